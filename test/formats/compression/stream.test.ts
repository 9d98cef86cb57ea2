import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/base/diagnostic.ts';
import { decoderOf, streamOf } from '../../../src/formats/compression/decode.ts';
import type { Fault } from '../../../src/formats/compression/decoder.ts';
import type { Packing } from '../../../src/formats/compression/detect.ts';
import { packed } from '../../helpers/packed.ts';

const FIXTURES = path.join(import.meta.dirname, '../../fixtures/compression');
const ENDS: Readonly<Record<string, Packing>> = {
  '.zst': 'zstd',
  '.bz2': 'bzip2',
  '.lz4': 'lz4',
  '.lzo': 'lzo',
  '.lzma': 'lzma',
  '.xz': 'xz',
  '.gz': 'gzip',
};

const files = readdirSync(FIXTURES)
  .map((name) => [name, ENDS[path.extname(name)]] as const)
  .filter((each): each is readonly [string, Packing] => each[1] !== undefined);

const fault: Fault = (why) => new InputError('kernel/payload', why);

const whole = async (data: Uint8Array, packing: Packing) => (await decoderOf(packing))(data, 1 << 28, fault);

/** How far a stream gives these bytes, and what it has read at its end; a piece may change when the next is asked for. */
async function inPieces(data: Uint8Array, packing: Packing, bytes: Uint8Array) {
  const pieces = (await streamOf(packing))(data, fault);
  let size = 0;
  for (;;) {
    const { done, value } = await pieces.next();
    if (done) return { size, consumed: value };
    const expected = bytes.subarray(size, size + value.length);
    if (Buffer.compare(value, expected) !== 0) throw new Error(`other bytes after ${size}`);
    size += value.length;
  }
}

/** What a job gives, unless the data is refused. */
const unlessRefused = <T>(job: Promise<T>): Promise<T | 'refused'> =>
  job.catch((error: unknown) => {
    if (error instanceof InputError) return 'refused';
    throw error;
  });

/** All that a stream gives before it refuses the data. */
async function refusalOf(data: Uint8Array, packing: Packing): Promise<'refused' | null> {
  const pieces = (await streamOf(packing))(data, fault);
  const ended = (async () => {
    while (!(await pieces.next()).done);
    return null;
  })();
  return unlessRefused(ended);
}

describe('in pieces comes what comes as a whole, and the same is refused', () => {
  test.each(files)('%s', async (name, packing) => {
    const data = packed(name);
    const cut = data.subarray(0, Math.floor(data.length / 2));
    const flipped = Buffer.from(data);
    flipped[Math.floor(data.length * 0.7)]! ^= 0x10;
    const followed = Buffer.concat([data, Buffer.from('\0\0\0\0more')]);
    for (const each of [data, cut, flipped, followed]) {
      const one = await unlessRefused(whole(each, packing));
      if (one === 'refused') expect(await refusalOf(each, packing)).toBe('refused');
      else {
        const { bytes, consumed } = one;
        expect(await inPieces(each, packing, bytes)).toEqual({ size: bytes.length, consumed });
      }
    }
  });
});
