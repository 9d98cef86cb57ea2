import { InputError } from '../diagnostic.ts';
import { DECODERS, type Packing } from '../compression/decode.ts';
import { refuseRest, type Decoder, type Fault } from '../compression/decoder.ts';
import type { Compression } from '../compression/detect.ts';
import { gunzip } from '../compression/gzip.ts';
import type { BzImage } from './bzimage.ts';
import type { KernelImage } from './image.ts';

/** No kernel unpacks to more; the memory that a forged header can claim. */
export const MAX_KERNEL_BYTES = 512 * 1024 * 1024;

/** The unpacked kernel (x86: an ELF file, then its relocations), or why it is out of reach. */
export type Payload =
  | { kind: 'unpacked'; bytes: Uint8Array }
  /** Boot protocols below 2.08 do not say where it is. */
  | { kind: 'not-located'; protocol: number }
  | { kind: 'not-decodable'; compression: Compression };

const SIZE_WORD = 4;

const fault: Fault = (why) =>
  new InputError('kernel/payload', `the kernel's packed payload ${why}`, {
    hint: 'copy or build the kernel again',
  });

/**
 * What the build links into an image: the packed kernel, then its unpacked size as a 32-bit word. gzip ends in that word
 * anyway (Linux, scripts/Makefile.lib, size_append).
 */
async function unpackLinked(linked: Uint8Array, compression: Packing, decode: Decoder, limit: number) {
  if (compression === 'gzip') return gunzip(linked, limit, fault);
  const end = linked.length - SIZE_WORD;
  if (end <= 0) throw fault('is cut short');
  const packed = linked.subarray(0, end);
  const unpacked = await decode(packed, limit, fault);
  refuseRest(packed, unpacked, compression, fault);
  const size = new DataView(linked.buffer, linked.byteOffset).getUint32(end, true);
  const { bytes } = unpacked;
  if (size !== bytes.length) throw fault(`unpacks to ${bytes.length} bytes, and its size word says ${size}`);
  return bytes;
}

async function unpackBzImage(file: Uint8Array, { payload, protocol, header }: BzImage): Promise<Payload> {
  if (payload === null) return { kind: 'not-located', protocol };
  const { offset, length, compression } = payload;
  const packed = file.subarray(offset, offset + length);
  if (compression === 'none') return { kind: 'unpacked', bytes: packed };
  const decode = compression === 'unknown' ? undefined : DECODERS[compression];
  if (compression === 'unknown' || !decode) return { kind: 'not-decodable', compression };
  // init_size is what the kernel needs to unpack itself, so no less than its unpacked size.
  const limit = Math.min(header.init_size || MAX_KERNEL_BYTES, MAX_KERNEL_BYTES);
  return { kind: 'unpacked', bytes: await unpackLinked(packed, compression, decode, limit) };
}

/**
 * Unpacks the kernel inside an image; `file` is the whole file that `image` was read from.
 *
 * @throws InputError `kernel/payload` if it is damaged, or larger than the header's init_size
 */
export async function unpackPayload(file: Uint8Array, image: KernelImage): Promise<Payload> {
  switch (image.format) {
    case 'bzImage':
      return unpackBzImage(file, image);
    case 'Image':
      return { kind: 'unpacked', bytes: file };
    case 'zImage':
      // Its header names neither the start of the packed kernel nor its compression.
      return { kind: 'not-decodable', compression: 'unknown' };
  }
}
