import type { Compression } from './detect.ts';
import type { Decoder, Fault } from './decoder.ts';
import { decodeBzip2 } from './bzip2.ts';
import { decodeGzip } from './gzip.ts';
import { decodeLz4 } from './lz4.ts';
import { decodeLzo } from './lzo.ts';
import { decodeZstd } from './zstd.ts';

/** A method that can be undone. */
export type Packing = Exclude<Compression, 'none' | 'unknown'>;

/** @throws the {@link Fault}'s error as a decoder does */
export const DECODERS: Readonly<Partial<Record<Packing, Decoder>>> = {
  gzip: decodeGzip,
  bzip2: decodeBzip2,
  lzo: decodeLzo,
  lz4: decodeLz4,
  zstd: decodeZstd,
};
