import { expect, test } from 'vitest';
import { detectCompression, isGzip, PACKED, packingOf } from '../../../src/formats/compression/detect.ts';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

test.each(Object.entries(PACKED))('%s is told by its magic', (packing, { bytes }) => {
  const file = Uint8Array.from([...bytes, 0, 0, 0, 0]);
  expect(packingOf(file)).toBe(packing);
  expect(detectCompression(file)).toBe(packing);
  expect(isGzip(file)).toBe(packing === 'gzip');
});

test.each([
  ['1f9e0000', 'gzip'],
  ['7f454c46', 'none'],
  ['425a0000', 'bzip2'],
  ['894c0000', 'lzo'],
  ['04224d18', 'unknown'],
  ['1f', 'unknown'],
  ['', 'unknown'],
])('%s: Linux sees %s, a file needs its whole magic', (start, compression) => {
  expect(detectCompression(bytesOf(start))).toBe(compression);
  expect(packingOf(bytesOf(start))).toBeNull();
});
