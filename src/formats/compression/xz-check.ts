import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc64 } from './crc64.ts';

export interface XzCheck {
  size: number;
  /** Makes the bytes of the field from the unpacked bytes. */
  encode: (bytes: Uint8Array) => Uint8Array;
}

function encodeWords(words: readonly number[]): Uint8Array {
  const field = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) field.writeUInt32LE(word, index * 4);
  return field;
}

/** What protects the content of a block, by its number in the stream's flags (xz file format, section 2.1.1.2). */
export const XZ_CHECKS: ReadonlyMap<number, XzCheck> = new Map<number, XzCheck>([
  [0x00, { size: 0, encode: () => new Uint8Array(0) }],
  [0x01, { size: 4, encode: (bytes) => encodeWords([crc32(bytes)]) }],
  [
    0x04,
    {
      size: 8,
      encode: (bytes) => {
        const { low, high } = crc64(bytes);
        return encodeWords([low, high]);
      },
    },
  ],
  [0x0a, { size: 32, encode: (bytes) => createHash('sha256').update(bytes).digest() }],
]);
