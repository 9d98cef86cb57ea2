import type { Compression } from './detect.ts';
import type { Decoder } from './decoder.ts';
import { decodeBzip2 } from './bzip2.ts';
import { decodeGzip } from './gzip.ts';
import { decodeLz4 } from './lz4.ts';
import { decodeLzma } from './lzma.ts';
import { decodeLzo } from './lzo.ts';
import { decodeXz } from './xz.ts';
import { decodeZstd } from './zstd.ts';

/** A method that can be undone. */
export type Packing = Exclude<Compression, 'none' | 'unknown'>;

/** @throws the fault's error, as a {@link Decoder} does */
export const DECODERS: Readonly<Record<Packing, Decoder>> = {
  gzip: decodeGzip,
  bzip2: decodeBzip2,
  lzma: decodeLzma,
  xz: decodeXz,
  lzo: decodeLzo,
  lz4: decodeLz4,
  zstd: decodeZstd,
};
