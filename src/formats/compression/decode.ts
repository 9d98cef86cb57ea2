import { refuseRest, type Decoder, type Fault, type StreamDecoder } from './decoder.ts';
import type { Packing } from './detect.ts';
import { decodeGzip, streamGzip } from './gzip.ts';

/** A file has one method or two; all decoders take long to load. */
const DECODERS: Readonly<Record<Packing, () => Decoder | Promise<Decoder>>> = {
  gzip: () => decodeGzip,
  bzip2: async () => (await import('./bzip2.ts')).decodeBzip2,
  lzma: async () => (await import('./lzma.ts')).decodeLzma,
  xz: async () => (await import('./xz.ts')).decodeXz,
  lzo: async () => (await import('./lzo.ts')).decodeLzo,
  lz4: async () => (await import('./lz4.ts')).decodeLz4,
  zstd: async () => (await import('./zstd.ts')).decodeZstd,
};

/** The decoder of a method. Each takes one stream, as Linux does. */
export const decoderOf = async (packing: Packing): Promise<Decoder> => DECODERS[packing]();

const STREAMS: Readonly<Record<Packing, () => StreamDecoder | Promise<StreamDecoder>>> = {
  gzip: () => streamGzip,
  bzip2: async () => (await import('./bzip2.ts')).streamBzip2,
  lzma: async () => (await import('./lzma.ts')).streamLzma,
  xz: async () => (await import('./xz.ts')).streamXz,
  lzo: async () => (await import('./lzo.ts')).streamLzo,
  lz4: async () => (await import('./lz4.ts')).streamLz4,
  zstd: async () => (await import('./zstd.ts')).streamZstd,
};

/** The same in pieces, for what need not be in memory as a whole. */
export const streamOf = async (packing: Packing): Promise<StreamDecoder> => STREAMS[packing]();

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
  const decode = await decoderOf(packing);
  const unpacked = await decode(data, limit, fault);
  refuseRest(data, unpacked, packing, fault);
  return unpacked.bytes;
}
