import { decodeBzip2 } from './bzip2.ts';
import { refuseRest, type Decoder, type Fault } from './decoder.ts';
import type { Compression } from './detect.ts';
import { decodeGzip } from './gzip.ts';
import { decodeLz4 } from './lz4.ts';
import { decodeLzma } from './lzma.ts';
import { decodeLzo } from './lzo.ts';
import { decodeXz } from './xz.ts';
import { decodeZstd } from './zstd.ts';

/** A method that can be undone. */
export type Packing = Exclude<Compression, 'none' | 'unknown'>;

/** Each takes one stream, as Linux does. */
export const DECODERS: Readonly<Record<Packing, Decoder>> = {
  gzip: decodeGzip,
  bzip2: decodeBzip2,
  lzma: decodeLzma,
  xz: decodeXz,
  lzo: decodeLzo,
  lz4: decodeLz4,
  zstd: decodeZstd,
};

/**
 * Unpacks a stream that must fill `data` to its end.
 *
 * @throws the {@link Fault}'s error as a {@link Decoder} does, and for trailing data
 */
export async function decodeWhole(
  data: Uint8Array,
  packing: Packing,
  limit: number,
  fault: Fault,
): Promise<Uint8Array> {
  const unpacked = await DECODERS[packing](data, limit, fault);
  refuseRest(data, unpacked, packing, fault);
  return unpacked.bytes;
}
