import { InputError } from '../diagnostic.ts';
import { bytes, struct, u32le } from '../struct.ts';
import { detectCompression } from '../compression/detect.ts';
import { DECODERS } from '../compression/decode.ts';
import { refuseRest, type Fault } from '../compression/decoder.ts';
import { MAX_KERNEL_BYTES } from './payload.ts';
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
    hint: 'copy or build the kernel again',
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
  const decode = packing === 'none' || packing === 'unknown' ? undefined : DECODERS[packing];
  if (decode === undefined) {
    throw new InputError(
      'kernel/zboot',
      `the kernel is an EFI zboot image packed with ${nameOf(compression)}, which is not unpacked here`,
      { hint: "give the kernel build's arch/arm64/boot/Image, or build with CONFIG_KERNEL_GZIP=y" },
    );
  }
  const unpacked = await decode(payload, MAX_KERNEL_BYTES, fault);
  refuseRest(payload, unpacked, packing, fault);
  return unpacked.bytes;
}
