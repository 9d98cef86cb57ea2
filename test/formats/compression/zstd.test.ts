import { describe, expect, it } from 'vitest';
import { decodeZstd } from '../../../src/formats/compression/zstd.ts';
import {
  CONTENT,
  expectContent,
  expectExactLimit,
  expectNoTruncated,
  expectRightOrRefused,
  packed,
  unpack,
} from '../../helpers/packed.ts';

const ALL = [
  'empty.19.zst',
  'empty.piped.zst',
  'empty.unchecked.zst',
  'text.1.zst',
  'text.19.zst',
  'text.piped.zst',
  'text.unchecked.zst',
  'random.19.zst',
  'random.piped.zst',
  'repeats.19.zst',
  'repeats.piped.zst',
  'large.19.zst',
  'large.piped.zst',
];

const hex = (...bytes: readonly string[]): Buffer => Buffer.from(bytes.join(''), 'hex');
const MAGIC = '28b52ffd';
/** An RLE block of 128 KiB, the last or not. */
const run = (isLast: boolean): string => (isLast ? '03001000' : '02001000');

describe('decodeZstd', () => {
  it.each(ALL)('unpacks %s', (name) => expectContent(decodeZstd, name));
  it.each(ALL)('keeps the limit for %s', (name) => expectExactLimit(decodeZstd, name));
  it.each(['empty.19.zst', 'empty.unchecked.zst', 'text.19.zst', 'text.piped.zst', 'text.unchecked.zst'])(
    'refuses %s cut short',
    (name) => expectNoTruncated(decodeZstd, name),
  );

  it('takes one frame of several, as Linux does', async () => {
    const first = packed('text.19.zst');
    const both = Buffer.concat([first, packed('random.19.zst')]);
    expect(await unpack(decodeZstd, both)).toMatchObject({ consumed: first.length });
    expect(await unpack(decodeZstd, both.subarray(first.length))).toMatchObject({
      bytes: Uint8Array.from(CONTENT['random']!),
    });
  });

  const changed = (name: string, at: number, bit = 1): Buffer => {
    const data = packed(name);
    data[at < 0 ? data.length + at : at]! ^= bit;
    return data;
  };
  it.each<[string, Buffer, RegExp]>([
    ['other data', Buffer.from('zstd, not'), /not zstd data/],
    ['a skippable frame', hex('502a4d18', '04000000', '00000000'), /skippable frame/],
    ['a reserved bit', changed('text.19.zst', 4, 8), /reserved bit/],
    ['a dictionary', hex(MAGIC, '21', '07', '00', '010000'), /needs a dictionary/],
    ['a reserved kind of block', hex(MAGIC, '20', '00', '070000'), /block at offset 6 is invalid/],
    ['a block larger than its window', hex(MAGIC, '00', '00', '23', '4000'), /block at offset 6 is invalid/],
    [
      'less than the header says',
      hex(MAGIC, 'a0', '00000010', run(true), '00'),
      /shorter than its header says/,
    ],
    ['another checksum', changed('text.19.zst', -1), /damaged/],
    ['another checksum of a piped frame', changed('text.piped.zst', -1), /damaged/],
    ['another checksum of nothing', changed('empty.19.zst', -1), /its checksum does not match/],
    ['changed data', changed('text.piped.zst', 1000), /damaged/],
  ])('refuses %s', async (_, data, why) => {
    expect(await unpack(decodeZstd, data)).toMatch(why);
  });

  it('makes no room for more than the limit', async () => {
    const bomb = hex(MAGIC, '00', '88', ...Array.from({ length: 100_000 }, () => run(false)), run(true));
    expect(await unpack(decodeZstd, bomb)).toMatch(/unpacks to more than/);
  });

  it('gives a fault or the right bytes for mutated data', () => {
    const hasChecksum = (data: Uint8Array): boolean => (data[4]! & 4) !== 0;
    return expectRightOrRefused(
      decodeZstd,
      ['empty.19.zst', 'text.1.zst', 'text.19.zst', 'text.piped.zst', 'random.19.zst', 'text.unchecked.zst'],
      hasChecksum,
    );
  });
});
