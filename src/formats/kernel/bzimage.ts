import { hasMagic, MAGIC } from '../../base/magic.ts';
import { copyOf } from '../../base/bytes.ts';
import { InputError } from '../../base/diagnostic.ts';
import { bytes, struct, u16le, u32le, u64le, u8, type StructValue } from '../../base/struct.ts';
import { detectCompression, isGzip, type Compression } from '../compression/detect.ts';
import { truncated } from './truncated.ts';

/** The setup_header in a bzImage and in the zero page starts here. */
export const SETUP_HEADER_OFFSET = 0x1f1;

/** setup_header of protocol 2.15, at 0x1f1 (Linux, Documentation/arch/x86/boot.rst; struct setup_header in bootparam.h). */
export const setupHeader = struct({
  setup_sects: u8,
  root_flags: u16le,
  syssize: u32le,
  ram_size: u16le,
  vid_mode: u16le,
  root_dev: u16le,
  boot_flag: u16le,
  jump: bytes(2),
  header: bytes(4),
  version: u16le,
  realmode_swtch: u32le,
  start_sys_seg: u16le,
  kernel_version: u16le,
  type_of_loader: u8,
  loadflags: u8,
  setup_move_size: u16le,
  code32_start: u32le,
  ramdisk_image: u32le,
  ramdisk_size: u32le,
  bootsect_kludge: u32le,
  heap_end_ptr: u16le,
  ext_loader_ver: u8,
  ext_loader_type: u8,
  cmd_line_ptr: u32le,
  initrd_addr_max: u32le,
  kernel_alignment: u32le,
  relocatable_kernel: u8,
  min_alignment: u8,
  xloadflags: u16le,
  cmdline_size: u32le,
  hardware_subarch: u32le,
  hardware_subarch_data: u64le,
  payload_offset: u32le,
  payload_length: u32le,
  setup_data: u64le,
  pref_address: u64le,
  init_size: u32le,
  handover_offset: u32le,
  kernel_info_offset: u32le,
});

export type SetupHeader = StructValue<typeof setupHeader.fields>;

/** A field exists from the protocol version on that the boot protocol names; before that its bytes are code. */
export const PROTOCOL = {
  payload: 0x208,
  prefAddress: 0x20a,
  xloadflags: 0x20c,
  newest: 0x20f,
} as const;

const XLF_KERNEL_64 = 1;
/** The header ends at 0x202 and what the byte in front of that says. */
const HEAD_SIZE = 0x202 + 0xff;
export const SECTOR = 512;
const JUMP_OPCODE = 0xeb;

/** A Linux x86 kernel file in the boot protocol's format. */
export interface BzImage {
  format: 'bzImage';
  /** Bytes of the whole file. */
  size: number;
  /** Boot protocol, `0x20f` for 2.15. */
  protocol: number;
  /** Fields that the kernel's protocol does not have yet are zero. */
  header: SetupHeader;
  /** Bytes of the real-mode part: what stands in front of the protected-mode kernel. */
  setupSize: number;
  /** The version text of the setup part, `6.1.0 (user@host) #1 ...`; `null` if there is none. */
  version: string | null;
  /** The packed kernel: offset and length in the file. `null` below protocol 2.08, which does not say. */
  payload: { offset: number; length: number; compression: Compression } | null;
  /** What stands where upstream's tool looks for the packed kernel: it takes a setup_sects of 0 as it is. */
  upstreamCompression: Compression;
  /** The start of the file with the whole setup_header: a copy, so that nothing keeps the file in memory. */
  head: Uint8Array;
  /** XLF_KERNEL_64; `null` below protocol 2.12, which does not say. */
  is64Bit: boolean | null;
}

export const formatProtocol = (protocol: number): string =>
  `${protocol >> 8}.${String(protocol & 0xff).padStart(2, '0')}`;

/** Whether the bytes carry the boot protocol's two magics, and so are meant to be a bzImage. */
export const looksLikeBzImage = (file: Uint8Array): boolean =>
  file.length >= 0x206 && file[0x1fe] === 0x55 && file[0x1ff] === 0xaa && textAt(file, 0x202, 4) === 'HdrS';

/** As much as a magic needs. */
const partOf = (file: Uint8Array, at: number): Uint8Array => file.subarray(at, at + 4);

const textAt = (file: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...file.subarray(at, at + length));

const BUILT = "give the kernel build's arch/x86/boot/bzImage (/boot/vmlinuz-* of a distribution)";

function notBzImage(file: Uint8Array): InputError {
  const [what, fix] =
    file.length === 0
      ? ['the file is empty', BUILT]
      : hasMagic(file, MAGIC.elf)
        ? ['it is an ELF file (a vmlinux?)', BUILT]
        : isGzip(file)
          ? ['it is gzip-compressed', 'unpack it with gunzip']
          : ['it lacks the boot flag 0xaa55, the HdrS magic or the jump over its header', BUILT];
  return new InputError('kernel/not-bzimage', `the kernel is not a bzImage: ${what}`, { fix });
}

/** Each field exists since some protocol (boot.rst names it); older images have code there, and the default holds. */
function clearUnknownFields(header: SetupHeader, protocol: number): SetupHeader {
  const known = { ...header };
  if (protocol < 0x202) known.cmd_line_ptr = 0;
  if (protocol < 0x203) known.initrd_addr_max = 0x37ffffff;
  if (protocol < 0x205) Object.assign(known, { kernel_alignment: 0, relocatable_kernel: 0 });
  if (protocol < 0x206) known.cmdline_size = 255;
  if (protocol < 0x207) Object.assign(known, { hardware_subarch: 0, hardware_subarch_data: 0n });
  if (protocol < PROTOCOL.payload) Object.assign(known, { payload_offset: 0, payload_length: 0 });
  if (protocol < 0x209) known.setup_data = 0n;
  if (protocol < PROTOCOL.prefAddress)
    Object.assign(known, { min_alignment: 0, pref_address: 0n, init_size: 0 });
  if (protocol < 0x20b) known.handover_offset = 0;
  if (protocol < PROTOCOL.xloadflags) known.xloadflags = 0;
  if (protocol < 0x20f) known.kernel_info_offset = 0;
  return known;
}

/** Offset of the 64-bit entry in the protected-mode kernel (Linux, Documentation/arch/x86/boot.rst). */
export const ENTRY_64 = 0x200n;

/** No version text is longer; what goes on is no text. */
const MAX_VERSION = 256;

function readVersion(file: Uint8Array, header: SetupHeader, setupSize: number): string | null {
  if (header.kernel_version === 0) return null;
  const start = header.kernel_version + SECTOR;
  const end = file.subarray(0, setupSize).indexOf(0, start);
  if (start >= setupSize || end < 0) return null;
  const text = textAt(file, start, Math.min(end - start, MAX_VERSION));
  return /^[\x20-\x7e]+$/.test(text) ? text : null;
}

/**
 * Reads a bzImage's headers; `file` is the whole kernel file.
 *
 * Protocols 2.00 to 2.15 are known; a newer one is read as 2.15 (its header only grows at the end).
 *
 * @throws InputError `kernel/not-bzimage`, `kernel/truncated`, `kernel/protocol`
 */
export function parseBzImage(file: Uint8Array): BzImage {
  if (!looksLikeBzImage(file)) {
    if (file.length > 0 && file.length < 0x206 && textAt(file, 0, 2) === 'MZ') {
      throw truncated('the boot sector', 0x206, file.length);
    }
    throw notBzImage(file);
  }
  // The jump over the header, whose operand tells the header's end, and at least the protocol behind the magic.
  const headerEnd = Math.max(file[0x201]! + 0x202, 0x208);
  if (file.length < headerEnd) throw truncated('the setup header', headerEnd, file.length);

  const padded = new Uint8Array(SETUP_HEADER_OFFSET + setupHeader.size);
  padded.set(file.subarray(0, Math.min(file.length, padded.length)));
  const raw = setupHeader.decode(padded, SETUP_HEADER_OFFSET);
  if (raw.jump[0] !== JUMP_OPCODE) throw notBzImage(file);
  const protocol = raw.version;
  if (protocol < 0x200) {
    throw new InputError('kernel/protocol', `the kernel has boot protocol ${formatProtocol(protocol)}`, {
      fix: 'Jailhouse boots kernels with boot protocol 2.10 or newer (Linux 2.6.31)',
    });
  }

  const header = clearUnknownFields(raw, protocol);
  const setupSize = ((header.setup_sects || 4) + 1) * SECTOR;
  if (file.length <= setupSize) throw truncated('the setup part', setupSize, file.length);
  // syssize counts the protected-mode part in 16-byte paragraphs; before 2.04 only its low 16 bits meant anything.
  if (protocol >= 0x204) {
    const end = setupSize + header.syssize * 16;
    if (file.length < end) throw truncated('the protected-mode kernel', end, file.length);
  }
  return {
    format: 'bzImage',
    size: file.length,
    protocol,
    header,
    setupSize,
    version: readVersion(file, header, setupSize),
    payload: locatePayload(file, header, protocol, setupSize),
    upstreamCompression: detectCompression(
      partOf(file, (header.setup_sects + 1) * SECTOR + header.payload_offset),
    ),
    head: copyOf(file, 0, HEAD_SIZE),
    is64Bit: protocol >= PROTOCOL.xloadflags ? (header.xloadflags & XLF_KERNEL_64) !== 0 : null,
  };
}

function locatePayload(
  file: Uint8Array,
  header: SetupHeader,
  protocol: number,
  setupSize: number,
): BzImage['payload'] {
  if (protocol < PROTOCOL.payload) return null;
  const offset = setupSize + header.payload_offset;
  const end = offset + header.payload_length;
  if (end > file.length) throw truncated('the payload', end, file.length);
  return {
    offset,
    length: header.payload_length,
    compression: detectCompression(partOf(file, offset)),
  };
}
