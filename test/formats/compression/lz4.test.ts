import { describe, expect, it } from 'vitest';
import { decodeLz4 } from '../../../src/formats/compression/lz4.ts';
import {
  CONTENT,
  expectContent,
  expectExactLimit,
  expectRightOrRefused,
  packed,
  unpack,
} from '../../helpers/packed.ts';
import { oneIn, somePlaces } from '../../helpers/runs.ts';

const MAGIC = Buffer.from('02214c18', 'hex');
const FULL = 8 << 20;
const ALL = ['empty.9.lz4', 'text.1.lz4', 'text.9.lz4', 'random.9.lz4', 'large.9.lz4'];

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

const block = (...bytes: readonly (number | Uint8Array)[]): Buffer => {
  const data = Buffer.concat(bytes.map((part) => (typeof part === 'number' ? Buffer.of(part) : part)));
  return Buffer.concat([word(data.length), data]);
};

/** A block of zeros: one literal, one match, and a last literal. */
function zeros(size: number): Buffer {
  const more = size - 2 - 19;
  const length = Buffer.concat([Buffer.alloc(Math.floor(more / 255), 255), Buffer.of(more % 255)]);
  return block(0x1f, 0, 1, 0, length, 0x10, 0);
}

const file = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat([MAGIC, ...parts]);

describe('decodeLz4', () => {
  it.each(ALL)('unpacks %s', (name) => expectContent(decodeLz4, name));
  it.each(ALL)('keeps the limit for %s', (name) => expectExactLimit(decodeLz4, name));

  // Without a block it is the file of nothing.
  it('refuses text.9.lz4 cut short, but for its magic alone', async () => {
    expect(await unpack(decodeLz4, packed('text.9.lz4').subarray(0, 4))).toMatchObject({ consumed: 4 });
    const data = packed('text.9.lz4');
    for (const length of new Set([4, 5, 6, 7, 8, ...somePlaces(data.length, oneIn(2))])) {
      // Behind the magic, less than a size is taken for what follows the stream.
      const unpacked = await unpack(decodeLz4, data.subarray(0, length));
      if (length >= 4 && length < 8) expect(unpacked).toMatchObject({ consumed: 4 });
      else expect(unpacked, `cut to ${length}`).toBeTypeOf('string');
    }
  });

  it('refuses several blocks cut short', async () => {
    const data = packed('large.9.lz4');
    for (const length of [9, 1000, data.length - 1000, data.length - 1]) {
      expect(await unpack(decodeLz4, data.subarray(0, length))).toMatch(/cut short/);
    }
  });

  it.each<[string, Buffer, number]>([
    ['full blocks', Buffer.alloc(0), 0],
    ['full blocks and padding', Buffer.alloc(512), 0],
    ['full blocks and less than a size', Buffer.alloc(3, 1), 0],
    ['full blocks and another magic', MAGIC, 0],
    ['full blocks and a frame', packed('text.frame.lz4'), 0],
    ['full blocks and a short one', zeros(100), 100],
  ])('finds the end behind %s', async (_, rest, more) => {
    const start = file(zeros(FULL), zeros(FULL));
    const unpacked = await unpack(decodeLz4, Buffer.concat([start, rest]));
    if (typeof unpacked === 'string') return expect.fail(unpacked);
    expect(unpacked.bytes.length).toBe(2 * FULL + more);
    expect(unpacked.consumed).toBe(start.length + (more === 0 ? 0 : rest.length));
  });

  it('takes a short block for the last', async () => {
    const first = file(zeros(100));
    expect(await unpack(decodeLz4, Buffer.concat([first, zeros(100)]))).toMatchObject({
      consumed: first.length,
    });
  });

  it('keeps the limit within and between blocks', async () => {
    const data = file(zeros(FULL), zeros(100));
    expect(await unpack(decodeLz4, data, FULL + 100)).toMatchObject({ consumed: data.length });
    for (const limit of [0, 1, FULL - 1, FULL, FULL + 99]) {
      expect(await unpack(decodeLz4, data, limit)).toContain(`unpacks to more than ${limit} bytes`);
    }
  });

  it.each<[string, Buffer, RegExp]>([
    ['other data', Buffer.from('no lz4'), /not lz4 data/],
    ['the frame format', packed('text.frame.lz4'), /only the legacy format \(lz4 -l\)/],
    ['a distance of 0', file(block(0x10, 7, 0, 0, 0x10, 7)), /block at offset 8 is invalid/],
    ['a distance before the block', file(zeros(FULL), block(0x10, 7, 2, 0, 0x10, 7)), /is invalid/],
    ['literals behind the block', file(block(0x20, 7)), /is invalid/],
    ['a block that ends in a match', file(block(0x10, 7, 1, 0)), /is invalid/],
    ['a length without end', file(block(0xff, 255, 255)), /is invalid/],
    ['a block above 8 MiB', file(zeros(FULL + 1)), /is invalid/],
  ])('refuses %s', async (_, data, why) => {
    expect(await unpack(decodeLz4, data)).toMatch(why);
  });

  it('repeats any distance over any length', async () => {
    for (const distance of [1, 2, 3, 7, 64, 300]) {
      for (const length of [4, 18, 19, 48, 49, 100, 1000]) {
        const literals = CONTENT['random']!.subarray(0, distance);
        const long = (value: number): Buffer =>
          value < 15
            ? Buffer.alloc(0)
            : Buffer.from([...Buffer.alloc(Math.floor((value - 15) / 255), 255), (value - 15) % 255]);
        const token = (Math.min(distance, 15) << 4) | Math.min(length - 4, 15);
        const offset = [distance & 255, distance >> 8] as const;
        const data = file(block(token, long(distance), literals, ...offset, long(length - 4), 0));
        const unpacked = await unpack(decodeLz4, data);
        if (typeof unpacked === 'string') return expect.fail(unpacked);
        const expected = Buffer.alloc(distance + length, literals);
        expect(Buffer.compare(unpacked.bytes, expected)).toBe(0);
      }
    }
  });

  it('gives a fault or bounded output for mutated data', () =>
    expectRightOrRefused(
      decodeLz4,
      ['empty.9.lz4', 'text.1.lz4', 'text.9.lz4', 'random.9.lz4'],
      () => false,
    ));
});
