import { InputError } from '../diagnostic.ts';
import type { BzImage } from './bzimage.ts';
import type { Compression } from './compression.ts';
import { gunzip, type Fault } from './gzip.ts';

/** Unpacks all of `data` to at most `limit` bytes, checking what the format lets it check. */
type Decoder = (data: Uint8Array, limit: number, fault: Fault) => Uint8Array | Promise<Uint8Array>;

const DECODERS: Readonly<Partial<Record<Compression, Decoder>>> = {
  gzip: gunzip,
  none: (data) => data,
};

/** No kernel unpacks to more; the memory that a forged header can claim. */
const MAX_BYTES = 512 * 1024 * 1024;

/** The unpacked kernel (an ELF file, then its relocations), or why it is out of reach. */
export type Payload =
  | { kind: 'unpacked'; bytes: Uint8Array }
  /** Boot protocols below 2.08 do not say where it is. */
  | { kind: 'not-located'; protocol: number }
  | { kind: 'not-decodable'; compression: Compression };

const fault: Fault = (why) =>
  new InputError('kernel/payload', `the kernel's packed payload ${why}`, {
    hint: 'copy or build the kernel again',
  });

/**
 * Unpacks the kernel inside a bzImage; `file` is the whole file that `image` was read from.
 *
 * @throws InputError `kernel/payload` if it is damaged, or larger than the header's init_size
 */
export async function unpackPayload(file: Uint8Array, image: BzImage): Promise<Payload> {
  if (image.payload === null) return { kind: 'not-located', protocol: image.protocol };
  const { offset, length, compression } = image.payload;
  const decode = DECODERS[compression];
  if (!decode) return { kind: 'not-decodable', compression };
  // init_size is what the kernel needs to unpack itself, so no less than its unpacked size.
  const limit = Math.min(image.header.init_size || MAX_BYTES, MAX_BYTES);
  return { kind: 'unpacked', bytes: await decode(file.subarray(offset, offset + length), limit, fault) };
}
