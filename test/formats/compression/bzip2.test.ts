import { describe, expect, it } from 'vitest';
import { decodeBzip2 } from '../../../src/formats/compression/bzip2.ts';
import {
  expectContent,
  expectExactLimit,
  expectNoTruncated,
  expectRightOrRefused,
  packed,
  unpack,
} from '../../helpers/packed.ts';

const ALL = ['empty.9.bz2', 'text.1.bz2', 'text.9.bz2', 'random.9.bz2', 'repeats.1.bz2', 'repeats.9.bz2'];

describe('decodeBzip2', () => {
  it.each(ALL)('unpacks %s', (name) => expectContent(decodeBzip2, name));
  it.each(ALL)('keeps the limit for %s', (name) => expectExactLimit(decodeBzip2, name));
  it.each(['empty.9.bz2', 'text.1.bz2'])('refuses %s cut short', (name) =>
    expectNoTruncated(decodeBzip2, name),
  );

  it('takes one stream of several, as Linux does', async () => {
    const first = packed('text.1.bz2');
    const both = Buffer.concat([first, packed('random.9.bz2')]);
    expect(await unpack(decodeBzip2, both)).toMatchObject({ consumed: first.length });
  });

  const changed = (name: string, at: number, bit: number): Buffer => {
    const data = packed(name);
    data[at < 0 ? data.length + at : at]! ^= bit;
    return data;
  };
  it.each<[string, Buffer, RegExp]>([
    ['other data', Buffer.from('BZip2 is not'), /not bzip2 data$/],
    ['a level of 0', changed('text.1.bz2', 3, 1), /not bzip2 data$/],
    [
      'a block without its magic',
      changed('text.1.bz2', 4, 1),
      /there is no block where one must be, before offset 14/,
    ],
    [
      'another checksum of a block',
      changed('text.1.bz2', 10, 1),
      /block at offset 14 does not match its checksum/,
    ],
    // The end's checksum is followed by up to 7 bits of padding.
    [
      'another checksum of the whole',
      changed('text.1.bz2', -2, 0x10),
      /the checksum of the whole does not match/,
    ],
    ['a randomised block', changed('text.1.bz2', 14, 0x80), /before 0\.9\.5/],
    ['a start behind the block', changed('text.1.bz2', 14, 0x40), /is invalid/],
  ])('refuses %s', async (_, data, why) => {
    expect(await unpack(decodeBzip2, data)).toMatch(why);
  });

  it('gives a fault or the right bytes for mutated data', () =>
    expectRightOrRefused(decodeBzip2, ['empty.9.bz2', 'text.1.bz2'], () => true));
});
