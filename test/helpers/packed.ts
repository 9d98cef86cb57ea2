import fc from 'fast-check';
import { createCipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Decoder, Fault, Unpacked } from '../../src/formats/compression/decoder.ts';
import { InputError } from '../../src/base/diagnostic.ts';
import { mutate, mutations } from './mutations.ts';
import { oneIn, RUNS, somePlaces } from './runs.ts';

const FIXTURES = path.join(import.meta.dirname, '../fixtures/compression');

/** What scripts/make-unpack-fixtures.sh packed, e.g. `text.9.lz4`. */
export const packed = (name: string): Buffer => readFileSync(path.join(FIXTURES, name));

const numbers = Array.from({ length: 6000 }, (_, index) => `${index + 1}\n`).join('');
const random = createCipheriv('aes-128-ctr', new Uint8Array(16), new Uint8Array(16)).update(
  Buffer.alloc(3000),
);
const repeats = Buffer.concat(Array.from({ length: 100 }, () => random));

/** What is in it, by the first word of the name. */
export const CONTENT: Readonly<Record<string, Buffer>> = {
  empty: Buffer.alloc(0),
  /** The numbers to 6000, one a line. */
  text: Buffer.from(numbers),
  random,
  /** 300,000 bytes: some blocks of lzop and of bzip2 -1. */
  repeats,
  /** More than 8 MiB. */
  large: Buffer.concat(Array.from({ length: 29 }, () => repeats)),
  tree: packed('tree.cpio'),
};

export const contentOf = (name: string): Buffer => CONTENT[name.split('.')[0]!]!;

const NO_LIMIT = 1 << 28;

const fault: Fault = (why) => new InputError('kernel/payload', `the data ${why}`);

/** What a decoder gives, or the message of its fault; anything else that it throws fails the test. */
export async function unpack(
  decode: Decoder,
  data: Uint8Array,
  limit = NO_LIMIT,
): Promise<Unpacked | string> {
  try {
    return await decode(data, limit, fault);
  } catch (error) {
    if (error instanceof InputError && error.diagnostic.code === 'kernel/payload') return error.message;
    throw error;
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** The whole of a fixture gives its content, wherever it lies in memory and whatever is behind it. */
export async function expectContent(decode: Decoder, name: string): Promise<void> {
  const data = packed(name);
  const content = contentOf(name);
  const rest = Buffer.from('rest');
  for (const [input, length] of [
    [data, data.length],
    [Buffer.concat([rest, data]).subarray(rest.length), data.length],
    [Buffer.concat([data, rest]), data.length],
    [Buffer.concat([data, Buffer.alloc(512)]), data.length],
  ] as const) {
    const unpacked = await unpack(decode, input);
    if (typeof unpacked === 'string') expect.fail(unpacked);
    expect(sameBytes(unpacked.bytes, content)).toBe(true);
    expect(unpacked.consumed).toBe(length);
  }
}

/** The content's length is limit enough, and one byte less is not. */
export async function expectExactLimit(decode: Decoder, name: string): Promise<void> {
  const { length } = contentOf(name);
  const unpacked = await unpack(decode, packed(name), length);
  expect(typeof unpacked === 'string' ? unpacked : unpacked.bytes.length).toBe(length);
  if (length > 0) {
    expect(await unpack(decode, packed(name), length - 1)).toContain(
      `unpacks to more than ${length - 1} bytes`,
    );
  }
}

/** Headers and trailers are in the first and last bytes; in between, some lengths are enough. */
const EDGE = 200;

/** Cut off anywhere, a fixture gives an error. */
export async function expectNoTruncated(decode: Decoder, name: string): Promise<void> {
  const data = packed(name);
  const inside = new Set(somePlaces(data.length, oneIn(10)));
  for (let length = 0; length < data.length; length++) {
    if (length > EDGE && length < data.length - EDGE && !inside.has(length)) continue;
    const unpacked = await unpack(decode, data.subarray(0, length));
    if (typeof unpacked !== 'string') expect.fail(`${name} cut to ${length} bytes was accepted`);
  }
}

/**
 * Changed fixtures: a fault, or bytes within the limit. Where `isCovered` says that checksums cover a changed
 * fixture, they must be the right bytes.
 */
export async function expectRightOrRefused(
  decode: Decoder,
  names: readonly string[],
  isCovered: (data: Uint8Array, consumed: number) => boolean,
): Promise<void> {
  const limit = 1 << 20;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), mutations, async (name, changes) => {
      const data = mutate(packed(name), changes);
      const unpacked = await unpack(decode, data, limit);
      if (typeof unpacked === 'string') return;
      expect(unpacked.bytes.length).toBeLessThanOrEqual(limit);
      expect(unpacked.consumed).toBeLessThanOrEqual(data.length);
      if (isCovered(data, unpacked.consumed)) expect(sameBytes(unpacked.bytes, contentOf(name))).toBe(true);
    }),
    { numRuns: RUNS },
  );
}
