import type { Compression } from './detect.ts';
import { refuseRest, type Decoder, type Fault, type Unpacked } from './decoder.ts';
import { decodeGzip } from './gzip.ts';
import { decodeLzma } from './lzma.ts';
import { decodeXz } from './xz.ts';

/** A method that can be undone. */
export type Packing = Exclude<Compression, 'none' | 'unknown'>;

const DECODERS: Readonly<Partial<Record<Packing, Decoder>>> = {
  gzip: decodeGzip,
  lzma: decodeLzma,
  xz: decodeXz,
};

/**
 * Unpacks the stream at the start of `data`, as the method's {@link Decoder} does.
 *
 * @throws the {@link Fault}'s error as that does
 */
export async function decodeStart(
  data: Uint8Array,
  packing: Packing,
  limit: number,
  fault: Fault,
): Promise<Unpacked> {
  const decode = DECODERS[packing];
  if (decode === undefined) throw fault(`is packed with ${packing}, which is not unpacked here`);
  return decode(data, limit, fault);
}

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
  const unpacked = await decodeStart(data, packing, limit, fault);
  refuseRest(data, unpacked, packing, fault);
  return unpacked.bytes;
}
