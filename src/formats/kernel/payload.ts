import { InputError } from '../../base/diagnostic.ts';
import type { Fault } from '../compression/decoder.ts';
import { formatProtocol, type BzImage } from './bzimage.ts';
import type { KernelImage } from './recognise.ts';
import { decodeWithSize, MAX_KERNEL_BYTES, type Payload } from './packed.ts';
import { unpackZImage } from './zimage-payload.ts';

const fault: Fault = (why) =>
  new InputError('kernel/payload', `the kernel's packed payload ${why}`, {
    fix: 'copy or build the kernel again',
  });

async function unpackBzImage(file: Uint8Array, { payload, protocol, header }: BzImage): Promise<Payload> {
  if (payload === null) {
    const because = `boot protocol ${formatProtocol(protocol)} does not say where the image's payload is`;
    return { kind: 'not-located', because };
  }
  const { offset, length, compression } = payload;
  const linked = file.subarray(offset, offset + length);
  if (compression === 'none') return { kind: 'unpacked', bytes: linked, packed: null };
  if (compression === 'unknown') return { kind: 'not-decodable', compression };
  // init_size is what the kernel needs to unpack itself, so no less than its unpacked size.
  const limit = Math.min(header.init_size || MAX_KERNEL_BYTES, MAX_KERNEL_BYTES);
  const bytes = await decodeWithSize(linked, compression, limit, fault);
  return { kind: 'unpacked', bytes, packed: { offset, length, compression } };
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
    case 'zImage':
      return unpackZImage(file, image);
    case 'Image':
    case 'vmlinux':
      return { kind: 'unpacked', bytes: file, packed: null };
  }
}
