import type { Compression, Packing } from '../compression/detect.ts';
import { decodeWhole } from '../compression/decode.ts';
import type { Fault } from '../compression/decoder.ts';

/** No kernel unpacks to more; the memory that a forged header can claim. */
export const MAX_KERNEL_BYTES = 512 * 1024 * 1024;

export const SIZE_WORD = 4;

/** Where the packed kernel stands in an image. */
export interface Packed {
  offset: number;
  /** Bytes, without the size word that may follow. */
  length: number;
  compression: Packing;
}

/** The unpacked kernel (x86: an ELF file, then its relocations), or why it is out of reach. */
export type Payload =
  | {
      kind: 'unpacked';
      bytes: Uint8Array;
      /** `null`: the file itself is the kernel, or holds it unpacked. */
      packed: Packed | null;
    }
  | {
      kind: 'not-located';
      /** A sentence without its full stop, about the image. */
      because: string;
    }
  | { kind: 'not-decodable'; compression: Compression };

/**
 * Unpacks what the build links into an image: the packed kernel, then its unpacked size as a 32-bit word. gzip ends in
 * that word anyway (Linux, scripts/Makefile.lib, size_append).
 *
 * @throws the {@link Fault}'s error if it is damaged, or larger than `limit`
 */
export async function decodeWithSize(
  linked: Uint8Array,
  packing: Packing,
  limit: number,
  fault: Fault,
): Promise<Uint8Array> {
  if (packing === 'gzip') return decodeWhole(linked, packing, limit, fault);
  const end = linked.length - SIZE_WORD;
  if (end <= 0) throw fault('is cut short');
  const size = new DataView(linked.buffer, linked.byteOffset).getUint32(end, true);
  if (size > limit) throw fault(`gives its size as ${size} bytes, but there is room for ${limit}`);
  const unpacked = await decodeWhole(linked.subarray(0, end), packing, size, fault);
  if (size !== unpacked.length) {
    throw fault(`unpacks to ${unpacked.length} bytes, and its size word says ${size}`);
  }
  return unpacked;
}
