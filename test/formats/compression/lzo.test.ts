import { describe, expect, it } from 'vitest';
import { decodeLzo } from '../../../src/formats/compression/lzo.ts';
import {
  CONTENT,
  contentOf,
  expectContent,
  expectExactLimit,
  expectNoTruncated,
  expectRightOrRefused,
  packed,
  unpack,
} from '../../helpers/packed.ts';
import { sumOf } from '../../helpers/store-lzo.ts';

const ALL = [
  'empty.9.lzo',
  'text.1.lzo',
  'text.3.lzo',
  'text.9.lzo',
  'text.unchecked.lzo',
  'random.9.lzo',
  'repeats.9.lzo',
  'repeats.crc32.lzo',
];

interface Field {
  at: number;
  size: 1 | 2 | 4;
  value: number;
}
const FLAGS_AT = 17;
const METHOD_AT = 15;

/** Where the first block begins, for a header without filter and extra field. */
const firstBlock = (data: Uint8Array): number => 34 + data[33]! + 4;

/** Another value in the header, whose checksum is right again. */
function withHeader(name: string, { at, size, value }: Field): Buffer {
  const data = packed(name);
  data.writeUIntBE(value, at, size);
  const end = firstBlock(data) - 4;
  data.writeUInt32BE(sumOf(data.subarray(9, end)), end);
  return data;
}

const withNumber = (name: string, behindHeader: number, value: number): Buffer => {
  const data = packed(name);
  data.writeUInt32BE(value, firstBlock(data) + behindHeader);
  return data;
};

describe('decodeLzo', () => {
  it.each(ALL)('unpacks %s', (name) => expectContent(decodeLzo, name));
  it.each(ALL)('keeps the limit for %s', (name) => expectExactLimit(decodeLzo, name));
  it.each(['empty.9.lzo', 'text.1.lzo', 'text.9.lzo'])('refuses %s cut short', (name) =>
    expectNoTruncated(decodeLzo, name),
  );

  /** text.unchecked.lzo with checksums of the packed block, as older lzop wrote them. */
  const withPackedSum = (change: number): Buffer => {
    const data = withHeader('text.unchecked.lzo', { at: FLAGS_AT, size: 4, value: 0x03000002 });
    const at = firstBlock(data) + 8;
    const block = data.subarray(at, at + data.readUInt32BE(at - 4));
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE((sumOf(block) ^ change) >>> 0);
    return Buffer.concat([data.subarray(0, at), sum, data.subarray(at)]);
  };
  it('verifies the checksum of a packed block', async () => {
    const good = await unpack(decodeLzo, withPackedSum(0));
    expect(good).toMatchObject({ bytes: Uint8Array.from(CONTENT['text']!) });
    expect(await unpack(decodeLzo, withPackedSum(1))).toMatch(
      /the packed block at offset 42 does not match its checksum/,
    );
  });

  it('skips an extra field, and verifies its checksum', async () => {
    const data = withHeader('text.9.lzo', { at: FLAGS_AT, size: 4, value: 0x03000041 });
    const at = firstBlock(data);
    const field = Buffer.from('\0\0\0\u0003abc', 'latin1');
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(sumOf(field));
    const file = Buffer.concat([data.subarray(0, at), field, sum, data.subarray(at)]);
    expect(await unpack(decodeLzo, file)).toMatchObject({ consumed: file.length });
    file[at + 4]! ^= 1;
    expect(await unpack(decodeLzo, file)).toMatch(/extra field does not match its checksum/);
  });

  it('reads the short header of the first versions', async () => {
    const data = packed('text.9.lzo');
    const at = firstBlock(data);
    const header = Buffer.concat([
      Buffer.from('093020a0', 'hex'),
      data.subarray(METHOD_AT, METHOD_AT + 1),
      data.subarray(FLAGS_AT, FLAGS_AT + 12),
      data.subarray(at - 9, at - 4),
    ]);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(sumOf(header));
    const file = Buffer.concat([data.subarray(0, 9), header, sum, data.subarray(at)]);
    expect(await unpack(decodeLzo, file)).toMatchObject({ consumed: file.length });
  });

  const changed = (name: string, at: number): Buffer => {
    const data = packed(name);
    data[at < 0 ? data.length + at : at]! ^= 1;
    return data;
  };
  it.each<[string, Buffer, RegExp]>([
    ['other data', Buffer.from('\x89LZO but not by lzop'), /not a file of lzop/],
    ['another header', changed('text.9.lzo', 20), /header does not match its checksum/],
    ['another header, by its CRC', changed('repeats.crc32.lzo', 20), /header does not match its checksum/],
    ['a newer format', withHeader('text.9.lzo', { at: 13, size: 2, value: 0x1050 }), /newer, unknown format/],
    [
      'another method',
      withHeader('text.9.lzo', { at: METHOD_AT, size: 1, value: 4 }),
      /unknown method of lzop \(4\)/,
    ],
    ['another checksum', withNumber('text.9.lzo', 8, 1), /does not match its checksum/],
    ['another CRC', withNumber('repeats.crc32.lzo', 8, 1), /does not match its checksum/],
    ['a block larger unpacked than it can be', withNumber('text.9.lzo', 0, 0x3ffffff), /impossible sizes/],
    ['a block larger than lzop makes', withNumber('text.9.lzo', 0, 0x4000001), /impossible sizes/],
    ['a block larger packed', withNumber('text.9.lzo', 4, 40000), /impossible sizes/],
    ['a block of another length', withNumber('text.9.lzo', 0, contentOf('text').length + 1), /is invalid/],
    ['changed data', changed('text.9.lzo', -1000), /is invalid|does not match its checksum/],
  ])('refuses %s', async (_, data, why) => {
    expect(await unpack(decodeLzo, data)).toMatch(why);
  });

  it('refuses a filter', async () => {
    const data = packed('text.9.lzo');
    data.writeUInt32BE(0x03000801, FLAGS_AT);
    const end = firstBlock(data) - 4;
    const header = Buffer.concat([data.subarray(9, 21), Buffer.from([0, 0, 0, 1]), data.subarray(21, end)]);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(sumOf(header));
    const file = Buffer.concat([data.subarray(0, 9), header, sum, data.subarray(end + 4)]);
    expect(await unpack(decodeLzo, file)).toMatch(/filter/);
  });

  it('gives a fault or the right bytes for mutated data', () =>
    // A block's length that became 0 ends the file early, which no checksum covers.
    expectRightOrRefused(
      decodeLzo,
      ['empty.9.lzo', 'text.1.lzo', 'text.9.lzo', 'random.9.lzo'],
      (data, consumed) => consumed === data.length,
    ));

  it('gives a fault or bounded output for mutated data without checksums', () =>
    expectRightOrRefused(decodeLzo, ['text.unchecked.lzo'], () => false));
});

describe('adler32', () => {
  it.each([
    ['', 0x00000001],
    ['Wikipedia', 0x11e60398],
  ])('of %j', (text, sum) => {
    expect(sumOf(Buffer.from(text))).toBe(sum);
  });

  it('of long bytes, with sums taken modulo at each step', () => {
    const bytes = Buffer.alloc(20_003, 255);
    let [a, b] = [1, 0];
    for (const byte of bytes) {
      a = (a + byte) % 65521;
      b = (b + a) % 65521;
    }
    expect(sumOf(bytes)).toBe(b * 65536 + a);
  });
});
