import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../../src/base/bytes.ts';
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

/** All that a stream gives; a piece may change when the next is asked for. */
async function inPieces(data: Uint8Array, packing: Packing) {
  const pieces = (await streamOf(packing))(data, fault);
  const all: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await pieces.next();
    if (done) return { bytes: concatBytes(all), consumed: value };
    all.push(value.slice());
  }
}

const whole = async (data: Uint8Array, packing: Packing) => (await decoderOf(packing))(data, 1 << 28, fault);

type Outcome = { text: string; consumed: number | null } | 'refused';

const outcomeOf = (job: Promise<{ bytes: Uint8Array; consumed: number | null }>): Promise<Outcome> =>
  job.then(
    ({ bytes, consumed }) => ({ text: Buffer.from(bytes).toString('latin1'), consumed }),
    (error: unknown) => {
      if (error instanceof InputError) return 'refused';
      throw error;
    },
  );

describe('in pieces comes what comes as a whole, and the same is refused', () => {
  test.each(files)('%s', async (name, packing) => {
    const data = packed(name);
    const cut = data.subarray(0, Math.floor(data.length / 2));
    const flipped = Buffer.from(data);
    flipped[Math.floor(data.length * 0.7)]! ^= 0x10;
    const followed = Buffer.concat([data, Buffer.from('\0\0\0\0more')]);
    for (const each of [data, cut, flipped, followed]) {
      const [one, other] = await Promise.all([
        outcomeOf(whole(each, packing)),
        outcomeOf(inPieces(each, packing)),
      ]);
      expect(other === one || JSON.stringify(other) === JSON.stringify(one)).toBe(true);
    }
  });
});
