import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../../src/base/bytes.ts';
import { decodeLzma } from '../../../src/formats/compression/lzma.ts';
import { LARGEST, originalOf, refusal, sample, sampleFault } from '../../helpers/packed-samples.ts';
import { oneIn, somePlaces } from '../../helpers/runs.ts';

const decode = (data: Uint8Array, limit = LARGEST) => decodeLzma(data, limit, sampleFault);

const SAMPLES = [
  'text',
  'text-fast',
  'text-lc4',
  'text-lp4',
  'text-pb4',
  'noise',
  'zeros',
  'empty',
  'one',
].map((name) => `${name}.lzma`);

/** The header's size: little endian, 64 bits, at 5. */
function withSize(packed: Uint8Array, size: number): Uint8Array {
  const copy = Buffer.from(packed);
  copy.writeBigUInt64LE(BigInt(size), 5);
  return copy;
}

const text = sample('text.bin');
const chunk = sample('text.lzma2');
/** The text without an end marker: the LZMA of a chunk of LZMA2, under a header. */
const unmarked = concatBytes([
  withSize(concatBytes([chunk.subarray(5, 6), Uint8Array.of(0, 0, 1, 0), new Uint8Array(8)]), text.length),
  chunk.subarray(6, -1),
]);

describe('decodeLzma', () => {
  it.each(SAMPLES)('unpacks %s as lzma does', (name) => {
    const packed = sample(name);
    const { bytes, consumed } = decode(packed);
    expect(Buffer.compare(bytes, originalOf(name))).toBe(0);
    expect(consumed).toBe(packed.length);
  });

  it.each(SAMPLES)('unpacks %s with a known size and an end marker', (name) => {
    const packed = withSize(sample(name), originalOf(name).length);
    const { bytes, consumed } = decode(packed);
    expect([Buffer.compare(bytes, originalOf(name)), consumed]).toEqual([0, packed.length]);
  });

  it('unpacks a known size without an end marker', () => {
    const { bytes, consumed } = decode(concatBytes([unmarked, Uint8Array.of(0, 1, 2)]));
    expect([Buffer.compare(bytes, text), consumed]).toEqual([0, unmarked.length]);
  });

  it('unpacks nothing at all', () => {
    const nothing = concatBytes([Uint8Array.of(0x5d, 0, 0, 1, 0), new Uint8Array(13)]);
    expect(decode(nothing)).toEqual({ bytes: new Uint8Array(0), consumed: 18 });
  });

  it.each(SAMPLES)('unpacks %s to its size and to no byte less', (name) => {
    const { length } = originalOf(name);
    expect(decode(sample(name), length).bytes.length).toBe(length);
    expect(decode(withSize(sample(name), length), length).bytes.length).toBe(length);
    if (length === 0) return;
    const why = `unpacks to more than ${length - 1} bytes`;
    expect(() => decode(sample(name), length - 1)).toThrow(why);
    expect(() => decode(withSize(sample(name), length), length - 1)).toThrow(why);
  });

  it.each([
    ['bytes', Uint8Array.of(1, 2, 3)],
    ['zeros', new Uint8Array(4)],
    ['another stream', sample('one.lzma')],
  ])('leaves %s behind the stream', (_, rest) => {
    const packed = sample('text.lzma');
    const { bytes, consumed } = decode(concatBytes([packed, rest]));
    expect([Buffer.compare(bytes, text), consumed]).toEqual([0, packed.length]);
  });

  it.each([
    ['an unknown size', sample('text-fast.lzma')],
    ['a known size', unmarked],
    ['a marker and a known size', withSize(sample('text-lp4.lzma'), text.length)],
    ['next to nothing', sample('empty.lzma')],
  ])('refuses %s cut anywhere', (_, packed) => {
    const told = somePlaces(packed.length, oneIn(2)).map((length) =>
      refusal(() => decode(packed.subarray(0, length))),
    );
    expect(new Set(told)).toEqual(new Set(['the data is cut short (lzma)']));
  });

  const packed = sample('text.lzma');
  it.each<[string, Uint8Array, string]>([
    ['properties that are none', packed.with(0, 225), '225 is not a valid byte of properties'],
    ['no range coder', packed.with(13, 1), 'do not start a range coder'],
    [
      'a range coder that cannot be',
      concatBytes([packed.subarray(0, 14), Buffer.alloc(40, 255)]),
      'do not start a range coder',
    ],
    [
      'a size that is too small',
      withSize(packed, text.length - 1),
      `has more than the ${text.length - 1} bytes`,
    ],
    [
      'another last byte',
      packed.with(packed.length - 1, packed.at(-1)! ^ 1),
      'its end marker is not the end',
    ],
    ['a size that ends in a match', withSize(sample('zeros.lzma'), 1000), 'has more than the 1000 bytes'],
    [
      'a size that is too large',
      withSize(packed, text.length + 1),
      `ends after ${text.length} bytes, and its header`,
    ],
    ['a size beyond any', withSize(packed, 2 ** 50), `unpacks to more than ${LARGEST} bytes`],
    ['distances beyond the dictionary', unmarked.with(3, 0), 'a distance is outside of the dictionary'],
  ])('refuses %s', (_, data, why) => {
    expect(() => decode(data)).toThrow(why);
  });

  it('does not take the sizes of the header for memory', () => {
    const huge = withSize(packed, 2 ** 50).fill(255, 1, 5);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decode(huge, 2 ** 51)).toThrow('ends after');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });
});
