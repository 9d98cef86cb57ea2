import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../../src/base/bytes.ts';
import { crc64 } from '../../../src/formats/compression/crc64.ts';
import { decodeXz } from '../../../src/formats/compression/xz.ts';
import { LARGEST, originalOf, refusal, sample, sampleFault } from '../../helpers/packed-samples.ts';
import { LZMA2_FILTER, makeXz, number, stored, type XzBlock, type XzStream } from '../../helpers/xz-parts.ts';
import { oneIn, RUNS, somePlaces } from '../../helpers/runs.ts';

const decode = (data: Uint8Array, limit = LARGEST) => decodeXz(data, limit, sampleFault);

const SAMPLES = [
  ...['none', 'crc32', 'crc64', 'sha256', 'fast', 'best', 'blocks', 'sizes', 'lc4', 'lp4', 'pb4'].map(
    (name) => `text-${name}.xz`,
  ),
  'noise.xz',
  'zeros.xz',
  'empty.xz',
  'one.xz',
  ...['x86', 'arm', 'armthumb', 'arm64', 'start', 'twice'].map((name) => `branches-${name}.xz`),
];

describe('decodeXz', () => {
  it.each(SAMPLES)('unpacks %s as xz does', (name) => {
    const packed = sample(name);
    const { bytes, consumed } = decode(packed);
    expect(Buffer.compare(bytes, originalOf(name))).toBe(0);
    expect(consumed).toBe(packed.length);
  });

  it.each(SAMPLES)('unpacks %s to its size and to no byte less', (name) => {
    const { length } = originalOf(name);
    expect(decode(sample(name), length).bytes.length).toBe(length);
    if (length === 0) return;
    expect(() => decode(sample(name), length - 1)).toThrow(`unpacks to more than ${length - 1} bytes`);
  });

  it.each([
    ['another stream', sample('one.xz')],
    ['padding', new Uint8Array(8)],
    ['anything', Uint8Array.of(1, 2, 3)],
  ])('leaves %s behind the stream', (_, rest) => {
    const packed = sample('text-crc32.xz');
    const { bytes, consumed } = decode(concatBytes([packed, rest]));
    expect([Buffer.compare(bytes, sample('text.bin')), consumed]).toEqual([0, packed.length]);
  });

  it('reads a stream that does not lie at the start of its buffer', () => {
    const packed = sample('text-blocks.xz');
    const { bytes } = decode(concatBytes([Uint8Array.of(0), packed]).subarray(1));
    expect(Buffer.compare(bytes, sample('text.bin'))).toBe(0);
  });

  it.each(['text-blocks.xz', 'branches-x86.xz', 'empty.xz', 'noise.xz'])(
    'refuses %s cut anywhere',
    (name) => {
      const packed = sample(name);
      const told = somePlaces(packed.length, oneIn(2)).map((length) =>
        refusal(() => decode(packed.subarray(0, length))),
      );
      expect(new Set(told)).toEqual(new Set(['the data is cut short (xz)']));
    },
  );

  it('notices every changed bit', () => {
    for (const name of ['one.xz', 'text-sizes.xz']) {
      const packed = sample(name);
      const unnoticed = somePlaces(packed.length * 8).filter((bit) => {
        const changed = packed.slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        return !/^the data (is|has)/.test(refusal(() => decode(changed)) ?? '');
      });
      expect(unnoticed).toEqual([]);
    }
  });
});

const text = sample('text.bin');
const whole = sample('text.lzma2');
/** The chunk of all text, from its sizes on: they are followed by properties and LZMA. */
const [sizes, properties, packed] = [whole.subarray(1, 5), whole.subarray(5, 6), whole.subarray(6, -1)];
/** The text as a chunk of another kind: what it resets is in the control byte. */
const chunk = (control: number): Uint8Array =>
  concatBytes([Uint8Array.of(control), sizes, ...(control >= 0xc0 ? [properties] : []), packed]);
const END = Uint8Array.of(0);
const raw = (lzma2: readonly Uint8Array[], content: Uint8Array): XzBlock => ({
  lzma2: concatBytes(lzma2),
  content,
});
const good: XzBlock = { lzma2: whole, content: text };

describe('LZMA2', () => {
  const few = Uint8Array.of(1, 2, 3);

  it.each<[string, Uint8Array[], Uint8Array[]]>([
    ['a stored chunk', [stored(1, few)], [few]],
    ['stored chunks after one another', [stored(1, few), stored(2, few), stored(1, few)], [few, few, few]],
    ['an LZMA chunk after a stored one', [stored(1, few), chunk(0xc0)], [few, text]],
    ['a stored chunk after LZMA', [chunk(0xe0), stored(2, few), chunk(0xa0)], [text, few, text]],
    ['a state that is reset', [chunk(0xe0), chunk(0xa0), chunk(0xc0)], [text, text, text]],
    ['a dictionary that is reset', [chunk(0xe0), stored(1, few), chunk(0xe0)], [text, few, text]],
    ['no chunk', [], []],
  ])('unpacks %s', (_, chunks, contents) => {
    const content = concatBytes(contents);
    const { bytes } = decode(makeXz({ blocks: [raw([...chunks, END], content)] }));
    expect(Buffer.compare(bytes, content)).toBe(0);
  });

  it.each<[string, Uint8Array[], RegExp]>([
    ['a first chunk without a dictionary', [stored(2, few)], /does not start a dictionary/],
    ['a first LZMA chunk without a dictionary', [chunk(0xc0)], /does not start a dictionary/],
    ['LZMA without properties', [stored(1, few), chunk(0x80)], /a chunk has no properties/],
    ['LZMA without properties anew', [chunk(0xe0), stored(1, few), chunk(0xa0)], /a chunk has no properties/],
    ['an unknown chunk', [stored(3, few)], /no chunk of kind 3/],
    ['lc + lp over 4', [chunk(0xe0).with(5, 3 + 9 * 2)], /a byte of properties is not valid/],
    ['pb over 4', [chunk(0xe0).with(5, 225)], /a byte of properties is not valid/],
    ['more content than it says', [chunk(0xe0).with(2, sizes[1]! - 1)], /another size than it says/],
    ['less content than it says', [chunk(0xe0).with(2, sizes[1]! + 1)], /another size than it says/],
    [
      'a packed byte too many',
      [chunk(0xe0).with(4, sizes[3]! + 1), Uint8Array.of(0)],
      /another size than it says/,
    ],
    ['no range coder', [chunk(0xe0).with(6, 1)], /do not start a range coder/],
    ['four bytes of LZMA', [Uint8Array.of(0xe0, 0, 0, 0, 3, 0, 0, 0, 0, 0)], /do not start a range coder/],
    [
      'a match before the start',
      [Uint8Array.of(0xe0, 0, 9, 0, 5, 0, 0, 255, 255, 0, 0, 0)],
      /a distance is outside of/,
    ],
  ])('refuses %s', (_, chunks, why) => {
    expect(() => decode(makeXz({ blocks: [raw([...chunks, END], text)] }))).toThrow(why);
  });
});

describe('the container', () => {
  const x86 = [0x04, 0];
  it.each<[string, XzStream]>([
    ['no block', { blocks: [] }],
    ['two blocks', { blocks: [good, good] }],
    ['an empty block', { blocks: [raw([END], new Uint8Array(0)), good] }],
    [
      'four filters',
      { blocks: [{ ...raw([END], new Uint8Array(0)), filters: [x86, x86, x86, LZMA2_FILTER] }] },
    ],
    [
      'both sizes',
      { blocks: [{ ...good, flags: 0xc0, sizes: [...number(whole.length), ...number(text.length)] }] },
    ],
    ['four more bytes of header padding', { blocks: [{ ...good, headerPadding: [0, 0, 0, 0] }] }],
    ['the largest dictionary', { blocks: [{ ...good, filters: [[0x21, 1, 40]] }] }],
  ])('takes %s', (_, stream) => {
    const content = concatBytes(stream.blocks.map((block) => block.content));
    const { bytes, consumed } = decode(makeXz(stream));
    expect([Buffer.compare(bytes, content), consumed]).toEqual([0, makeXz(stream).length]);
  });

  const size = good.content.length;
  it.each<[string, XzStream, string]>([
    ['a reserved check', { flags: [0, 2], blocks: [good] }, 'has an unknown check (xz: flags 0, 2)'],
    ['stream flags to come', { flags: [1, 1], blocks: [] }, 'has an unknown check (xz: flags 1, 1)'],
    ['block flags to come', { blocks: [{ ...good, flags: 4 }] }, 'flags that are not defined'],
    [
      'another packed size',
      { blocks: [{ ...good, flags: 0x40, sizes: [9] }] },
      'other sizes than its header says',
    ],
    ['another size', { blocks: [{ ...good, flags: 0x80, sizes: [9] }] }, 'other sizes than its header says'],
    [
      'a number of ten bytes',
      { blocks: [{ ...good, flags: 0x80, sizes: [...Array<number>(9).fill(0x80), 1] }] },
      'a number is badly encoded',
    ],
    [
      'a number with a zero too many',
      { blocks: [{ ...good, flags: 0x80, sizes: [0x80, 0] }] },
      'a number is badly encoded',
    ],
    [
      'a dictionary beyond 4 GiB',
      { blocks: [{ ...good, filters: [[0x21, 1, 41]] }] },
      'no valid dictionary size',
    ],
    [
      'two bytes of LZMA2 properties',
      { blocks: [{ ...good, filters: [[0x21, 2, 1, 1]] }] },
      'no valid dictionary size',
    ],
    ['x86 as the last filter', { blocks: [{ ...good, filters: [x86] }] }, 'is not LZMA2'],
    [
      'LZMA2 before the last',
      { blocks: [{ ...good, filters: [LZMA2_FILTER, LZMA2_FILTER] }] },
      'filter 33 of xz',
    ],
    ['a filter of nobody', { blocks: [{ ...good, filters: [[0x7f, 0], LZMA2_FILTER] }] }, 'filter 127 of xz'],
    [
      'one byte of x86 properties',
      { blocks: [{ ...good, filters: [[0x04, 1, 0], LZMA2_FILTER] }] },
      'properties of another size',
    ],
    [
      'an odd start for ARM',
      { blocks: [{ ...good, filters: [[0x07, 4, 2, 0, 0, 0], LZMA2_FILTER] }] },
      'is not aligned',
    ],
    [
      'header padding',
      { blocks: [{ ...good, headerPadding: [1] }] },
      'padding of a block header is not zero',
    ],
    ['a header that ends before its fields do', { blocks: [{ ...good, filters: [[0x21, 1]] }] }, 'header'],
    [
      'block padding',
      { blocks: [{ ...raw([stored(1, Uint8Array.of(1)), END], Uint8Array.of(1)), padding: 1 }] },
      'padding of a block is not zero',
    ],
    [
      'another check',
      { blocks: [{ ...good, check: new Uint8Array(32) }] },
      'the check of a block does not match',
    ],
    ['a block that is not listed', { blocks: [good], records: [] }, 'the index does not list'],
    ['a block too many in the list', { blocks: [], records: [[100, 1]] }, 'the index does not list'],
    [
      'another size in the list',
      { blocks: [good], records: [[whole.length + 44, size + 1]] },
      'the index does not list',
    ],
    [
      'another packed size in the list',
      { blocks: [good], records: [[whole.length + 45, size]] },
      'the index does not list',
    ],
    ['index padding', { blocks: [], indexPadding: 1 }, 'padding of the index is not zero'],
    ['another index size', { blocks: [], backwardSize: 2 }, 'another size of the index'],
    ['other flags at the end', { blocks: [], footerFlags: [0, 1] }, 'other flags than the header'],
  ])('refuses %s', (_, stream, why) => {
    expect(() => decode(makeXz(stream))).toThrow(why);
  });

  it.each([
    ['branches-delta.xz', 'the data is packed with the delta filter of xz, which is not undone here'],
    ['branches-powerpc.xz', 'the data is packed with the PowerPC filter of xz, which is not undone here'],
  ])('says which filter %s has', (name, why) => {
    expect(() => decode(sample(name))).toThrow(why);
  });

  it('does not take the sizes of headers for memory', () => {
    const huge = [...number(2 ** 40), ...number(2 ** 50)];
    const stream = makeXz({ blocks: [{ ...good, flags: 0xc0, sizes: huge, filters: [[0x21, 1, 40]] }] });
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decode(stream, 2 ** 40)).toThrow('other sizes than its header says');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });
});

describe('crc64', () => {
  /** Bit by bit, as the format's document does it. */
  const slowly = (bytes: Uint8Array): bigint => {
    let crc = 2n ** 64n - 1n;
    for (const byte of bytes) {
      crc ^= BigInt(byte);
      for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? 0xc96c5795d7870f42n : 0n);
    }
    return crc ^ (2n ** 64n - 1n);
  };
  const quickly = (bytes: Uint8Array): bigint => {
    const { low, high } = crc64(bytes);
    return (BigInt(high) << 32n) | BigInt(low);
  };

  it('has the check value of CRC-64/XZ', () => {
    expect(quickly(Buffer.from('123456789'))).toBe(0x995dc9bbdf1939fan);
  });

  it('is what it is bit by bit, wherever the bytes lie', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(7), (bytes, offset) => {
        expect(quickly(concatBytes([new Uint8Array(offset), bytes]).subarray(offset))).toBe(slowly(bytes));
      }),
      { numRuns: RUNS },
    );
  });
});
