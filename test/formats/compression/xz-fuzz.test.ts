import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decoder, Unpacked } from '../../../src/formats/compression/decoder.ts';
import { decodeLzma } from '../../../src/formats/compression/lzma.ts';
import { decodeXz } from '../../../src/formats/compression/xz.ts';
import { InputError, inputErrorOf } from '../../../src/base/diagnostic.ts';
import { mutate, mutations } from '../../helpers/mutations.ts';
import { originalOf, sample, sampleFault } from '../../helpers/packed-samples.ts';
import { RUNS } from '../../helpers/runs.ts';
import { quickly } from '../../helpers/cpu-time.ts';

const LIMIT = 64 * 1024;
const SLOWEST_MS = 200;

/** What becomes of a mutated input. */
function attempt(decode: Decoder, data: Uint8Array): Unpacked | InputError {
  return quickly(SLOWEST_MS, () => {
    try {
      const unpacked = decode(data, LIMIT, sampleFault) as Unpacked;
      expect(unpacked.bytes.length).toBeLessThanOrEqual(LIMIT);
      expect(unpacked.bytes.buffer.byteLength).toBeLessThanOrEqual(LIMIT + 1);
      expect(unpacked.consumed).toBeLessThanOrEqual(data.length);
      return unpacked;
    } catch (error) {
      return inputErrorOf(error);
    }
  });
}

function fuzz(decode: Decoder, name: string, judge: (result: Unpacked | InputError) => void) {
  const packed = sample(name);
  fc.assert(
    fc.property(mutations, (changes) => judge(attempt(decode, mutate(packed, changes)))),
    { numRuns: RUNS },
  );
}

/** A check or a CRC protects every byte, so what is unpacked is right: the mutation was behind the stream, or none. */
const right = (name: string) => (result: Unpacked | InputError) => {
  if (result instanceof InputError) expect(result.message).toMatch(/^the data (is|has|unpacks) /);
  else expect(Buffer.compare(result.bytes, originalOf(name))).toBe(0);
};

describe('mutated inputs', () => {
  it.each(['text-blocks.xz', 'text-crc64.xz', 'branches-x86.xz', 'branches-twice.xz'])(
    'of xz give an error or the right bytes: %s',
    (name) => fuzz(decodeXz, name, right(name)),
  );

  it.each(['text-fast.lzma', 'text-lp4.lzma'])(
    'of lzma, which has no check, give an error or some bytes: %s',
    (name) =>
      fuzz(decodeLzma, name, (result) => {
        if (result instanceof InputError) expect(result.message).toMatch(/^the data (is|unpacks) /);
        else expect(result.consumed).toBeGreaterThan(13);
      }),
  );

  it('of raw numbers give an error', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(attempt(decodeXz, bytes)).toBeInstanceOf(InputError);
        attempt(decodeLzma, Uint8Array.of(0x5d, 0, 0, 0x80, 0, ...Array<number>(8).fill(255), 0, ...bytes));
      }),
      { numRuns: RUNS },
    ));
});
