import { crc32 } from 'node:zlib';
import type { PackedReader } from './packed-reader.ts';

/**
 * A number of at most 63 bits in groups of seven, the lowest first (xz file format, section 1.2). Above 2^53 it is rounded:
 * no size of real data is equal to it then.
 */
export function readNumber(reader: PackedReader): number {
  let value = 0;
  for (let group = 0; group < 9; group++) {
    const byte = reader.byte();
    if (byte === 0 && group > 0) break;
    value += (byte & 0x7f) * 2 ** (7 * group);
    if (byte < 0x80) return value;
  }
  throw reader.damaged('a number is badly encoded');
}

/** Zeros up to a multiple of four bytes from `start`. */
export function readPadding(reader: PackedReader, start: number, what: string): void {
  const count = (start - reader.at) & 3;
  if (reader.take(count).some((byte) => byte !== 0))
    throw reader.damaged(`the padding of ${what} is not zero`);
}

/** Holds the CRC-32 at the reader's place against `bytes`. */
export function readCrc32(reader: PackedReader, bytes: Uint8Array, what: string): void {
  if (reader.uint32() !== crc32(bytes)) throw reader.damaged(`the CRC-32 of ${what} does not match`);
}
