import { InputError } from '../../base/diagnostic.ts';
import { bytes, struct, u32le } from '../../base/struct.ts';
import { detectCompression } from '../compression/detect.ts';
import { decodeWhole } from '../compression/decode.ts';
import type { Fault } from '../compression/decoder.ts';
import { decodeWithSize, MAX_KERNEL_BYTES, SIZE_WORD } from './packed.ts';
import { truncated } from './truncated.ts';

/** The start of an EFI zboot image (Linux, drivers/firmware/efi/libstub/zboot-header.S). */
export const zbootHeader = struct({
  mz: bytes(4),
  type: bytes(4),
  payload_offset: u32le,
  payload_size: u32le,
  reserved: bytes(8),
  /** NUL-terminated. */
  compression: bytes(32),
});

const fault: Fault = (why) =>
  new InputError('kernel/payload', `the kernel inside the EFI zboot image ${why}`, {
    fix: 'copy or build the kernel again',
  });

/** The build's own word for the compression (`gzip`, `zstd22`, `xzkern`), as far as it is readable. */
function nameOf(compression: Uint8Array): string {
  const text = String.fromCharCode(...compression);
  return /^[\w.+-]+(?=\0)/.exec(text)?.[0] ?? 'an unknown method';
}

/**
 * The kernel inside an EFI zboot image (`vmlinuz.efi`): firmware would unpack it, Jailhouse's loader does not.
 *
 * @throws InputError `kernel/truncated`; `kernel/zboot` if it is packed in a way that is not unpacked here;
 *   `kernel/payload` if it is damaged
 */
export async function unpackZboot(file: Uint8Array): Promise<Uint8Array> {
  if (file.length < zbootHeader.size) throw truncated('the header', zbootHeader.size, file.length);
  const { payload_offset: offset, payload_size: size, compression } = zbootHeader.decode(file);
  const end = offset + size;
  if (end > file.length) throw truncated('the packed kernel', end, file.length);
  const payload = file.subarray(offset, end);
  const packing = detectCompression(payload);
  if (packing === 'none' || packing === 'unknown') {
    throw new InputError(
      'kernel/zboot',
      `the kernel is an EFI zboot image packed with ${nameOf(compression)}, but its packed kernel starts with an unknown magic`,
      { fix: "copy the kernel again, or give the kernel build's arch/arm64/boot/Image" },
    );
  }
  if (packing === 'gzip') return decodeWhole(payload, packing, MAX_KERNEL_BYTES, fault);
  // The size word follows, but the header does not count it (drivers/firmware/efi/libstub/Makefile.zboot).
  if (end + SIZE_WORD > file.length) throw truncated('the packed kernel', end + SIZE_WORD, file.length);
  return decodeWithSize(file.subarray(offset, end + SIZE_WORD), packing, MAX_KERNEL_BYTES, fault);
}
