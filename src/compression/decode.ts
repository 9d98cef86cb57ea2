import type { Compression } from './detect.ts';
import type { Decoder, Fault } from './decoder.ts';
import { decodeGzip } from './gzip.ts';
import { decodeLzma } from './lzma.ts';
import { decodeXz } from './xz.ts';

/** A method that can be undone. */
export type Packing = Exclude<Compression, 'none' | 'unknown'>;

/** @throws the {@link Fault}'s error as a decoder does */
export const DECODERS: Readonly<Partial<Record<Packing, Decoder>>> = {
  gzip: decodeGzip,
  lzma: decodeLzma,
  xz: decodeXz,
};
