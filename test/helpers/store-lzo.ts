import { concatBytes } from '../../src/base/bytes.ts';
import { adler32 } from '../../src/formats/compression/adler32.ts';

const words = (...values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(values.length * 4);
  values.forEach((value, index) => new DataView(bytes.buffer).setUint32(index * 4, value));
  return bytes;
};

export const sumOf = (bytes: Uint8Array): number => adler32(bytes, 0, bytes.length);

/** A file of lzop whose one block is stored, not compressed: the same bytes with any lzop. */
export function storeLzo(content: Uint8Array): Uint8Array {
  const header = concatBytes([
    // versions, method, level
    Uint8Array.of(0x10, 0x40, 0x20, 0xa0, 0x09, 0x40, 3, 9),
    // flags: Adler-32 of the content; mode, time
    words(1, 0, 0, 0),
    // no name
    Uint8Array.of(0),
  ]);
  return concatBytes([
    Uint8Array.of(0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a),
    header,
    words(sumOf(header), content.length, content.length, sumOf(content)),
    content,
    words(0),
  ]);
}
