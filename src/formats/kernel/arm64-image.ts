import { InputError } from '../../base/diagnostic.ts';
import { bytes, struct, u32le, u64le, type StructValue } from '../../base/struct.ts';
import { findBanner } from './version.ts';
import { truncated } from './truncated.ts';

/** The first 64 bytes of an Image (Linux, Documentation/arch/arm64/booting.rst). */
export const arm64Header = struct({
  code0: u32le,
  code1: u32le,
  text_offset: u64le,
  image_size: u64le,
  flags: u64le,
  res2: u64le,
  res3: u64le,
  res4: u64le,
  magic: bytes(4),
  /** Offset of the PE header, in kernels with an EFI stub. */
  res5: u32le,
});

export type Arm64Header = StructValue<typeof arm64Header.fields>;

/** Where kernels before 3.17 are loaded: they leave image_size 0, and text_offset in an endianness of their own. */
const OLD_TEXT_OFFSET = 0x80000n;

const PAGE_SIZES = [null, 4096, 16384, 65536] as const;

/** A Linux arm64 kernel file, unpacked. */
export interface Arm64Image {
  format: 'Image';
  /** Bytes of the whole file. */
  size: number;
  header: Arm64Header;
  /** The image starts so many bytes behind a 2 MiB boundary. */
  textOffset: bigint;
  /** Bytes from the image's start that must be free RAM: the file, and the BSS behind it as far as the header tells. */
  runSize: bigint;
  bigEndian: boolean;
  /** Bytes; `null` where the header does not say. */
  pageSize: number | null;
  /** The kernel can also use RAM below itself (flags, bit 3). */
  placedAnywhere: boolean;
  /** `6.1.0 (user@host) ... #1 ...`; `null` if the banner is not found. */
  version: string | null;
}

const PE_SIGNATURE = 0x4550;
/** Sizes and offsets in PE's headers (Microsoft, PE Format): COFF header, section header. */
const COFF = { size: 24, sections: 6, optionalHeaderSize: 20 };
const SECTION = { size: 40, rawSize: 16, rawOffset: 20 };

/** Where the file ends as the EFI stub's section table tells; `null` without a stub. */
function endOfSections(file: Uint8Array, peOffset: number): number | null {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const isPe = file[0] === 0x4d && file[1] === 0x5a && peOffset !== 0;
  if (!isPe || peOffset + COFF.size > file.length) return null;
  if (view.getUint32(peOffset, true) !== PE_SIGNATURE) return null;
  const table = peOffset + COFF.size + view.getUint16(peOffset + COFF.optionalHeaderSize, true);
  const tableEnd = table + view.getUint16(peOffset + COFF.sections, true) * SECTION.size;
  if (tableEnd > file.length) return tableEnd;
  let end = tableEnd;
  for (let at = table; at < tableEnd; at += SECTION.size) {
    const section = view.getUint32(at + SECTION.rawOffset, true) + view.getUint32(at + SECTION.rawSize, true);
    if (section > end) end = section;
  }
  return end;
}

/**
 * Reads the header of an unpacked arm64 Image; `file` is the whole file.
 *
 * @throws InputError `kernel/format`, `kernel/truncated`
 */
export function parseArm64Image(file: Uint8Array): Arm64Image {
  if (file.length < arm64Header.size) throw truncated('the header', arm64Header.size, file.length);
  const header = arm64Header.decode(file);
  if (String.fromCharCode(...header.magic) !== 'ARM\x64') {
    throw new InputError(
      'kernel/format',
      'the kernel is not an arm64 Image: it has no ARM\\x64 magic at 0x38',
      {
        fix: "give the kernel build's arch/arm64/boot/Image",
      },
    );
  }
  const sections = endOfSections(file, header.res5);
  if (sections !== null && sections > file.length) throw truncated('the last section', sections, file.length);
  const size = BigInt(file.length);
  return {
    format: 'Image',
    size: file.length,
    header,
    textOffset: header.image_size === 0n ? OLD_TEXT_OFFSET : header.text_offset,
    runSize: header.image_size > size ? header.image_size : size,
    bigEndian: (header.flags & 1n) !== 0n,
    pageSize: PAGE_SIZES[Number((header.flags >> 1n) & 3n)]!,
    placedAnywhere: (header.flags & 8n) !== 0n,
    version: findBanner(file),
  };
}
