import { InputError } from '../diagnostic.ts';
import type { BzImage } from './bzimage.ts';
import type { Compression } from './compression.ts';
import { gunzip, type Fault } from './gzip.ts';
import type { KernelImage } from './image.ts';

/** Unpacks all of `data` to at most `limit` bytes, checking what the format lets it check. */
export type Decoder = (data: Uint8Array, limit: number, fault: Fault) => Uint8Array | Promise<Uint8Array>;

/** By what is packed how; the ones that are missing are not unpacked here. */
export const DECODERS: Readonly<Partial<Record<Compression, Decoder>>> = {
  gzip: gunzip,
  none: (data) => data,
};

/** No kernel unpacks to more; the memory that a forged header can claim. */
export const MAX_KERNEL_BYTES = 512 * 1024 * 1024;

/** The unpacked kernel (x86: an ELF file, then its relocations), or why it is out of reach. */
export type Payload =
  | { kind: 'unpacked'; bytes: Uint8Array }
  /** Boot protocols below 2.08 do not say where it is. */
  | { kind: 'not-located'; protocol: number }
  | { kind: 'not-decodable'; compression: Compression };

const fault: Fault = (why) =>
  new InputError('kernel/payload', `the kernel's packed payload ${why}`, {
    hint: 'copy or build the kernel again',
  });

async function unpackBzImage(file: Uint8Array, { payload, protocol, header }: BzImage): Promise<Payload> {
  if (payload === null) return { kind: 'not-located', protocol };
  const { offset, length, compression } = payload;
  const decode = DECODERS[compression];
  if (!decode) return { kind: 'not-decodable', compression };
  // init_size is what the kernel needs to unpack itself, so no less than its unpacked size.
  const limit = Math.min(header.init_size || MAX_KERNEL_BYTES, MAX_KERNEL_BYTES);
  return { kind: 'unpacked', bytes: await decode(file.subarray(offset, offset + length), limit, fault) };
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
