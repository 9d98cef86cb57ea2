interface Stranger {
  at: number;
  magic: readonly number[];
  what: string;
  hint?: string;
}

const latin1 = (text: string): readonly number[] => [...Buffer.from(text, 'latin1')];

const UNPACKED = 'give the file without that wrapping: tail -c +65 FILE';
const NEWC = 'pack it with cpio -o -H newc';
const LEGACY = 'pack it with lz4 -l';

/** Files that people give as an initrd, and that no kernel unpacks. */
const STRANGERS: readonly Stranger[] = [
  {
    at: 0,
    magic: [0x04, 0x22, 0x4d, 0x18],
    what: "in lz4's frame format, which Linux does not read",
    hint: LEGACY,
  },
  {
    at: 0,
    magic: [0x27, 0x05, 0x19, 0x56],
    what: 'a uImage (wrapped by mkimage for U-Boot)',
    hint: UNPACKED,
  },
  {
    at: 0,
    magic: [0x50, 0x2a, 0x4d, 0x18],
    what: 'a file of pzstd, which begins with a skippable frame',
    hint: 'pack it with zstd',
  },
  { at: 0, magic: latin1('070707'), what: 'a cpio archive in the old portable format', hint: NEWC },
  { at: 0, magic: [0xc7, 0x71], what: 'a cpio archive in the old binary format', hint: NEWC },
  { at: 0, magic: latin1('\x7fELF'), what: 'an ELF file' },
  { at: 0x202, magic: latin1('HdrS'), what: 'a bzImage, a kernel' },
  { at: 0x38, magic: latin1('ARM\x64'), what: 'an Image, a kernel for arm64' },
  { at: 0, magic: [0xd0, 0x0d, 0xfe, 0xed], what: 'a device tree blob (or a FIT image)' },
  { at: 0, magic: latin1('JHC'), what: 'a Jailhouse cell config' },
  { at: 0, magic: latin1('JHS'), what: 'a Jailhouse system config' },
  { at: 0, magic: latin1('ANDROID!'), what: 'an Android boot image' },
  { at: 0, magic: latin1('PK\x03\x04'), what: 'a zip archive', hint: NEWC },
  { at: 257, magic: latin1('ustar'), what: 'a tar archive', hint: NEWC },
];

/** What the kernel takes for an image of a RAM disk (Linux, init/do_mounts_rd.c). */
const FILE_SYSTEMS: readonly Stranger[] = [
  { at: 0x438, magic: [0x53, 0xef], what: 'an ext2, ext3 or ext4 file system' },
  { at: 0, magic: latin1('hsqs'), what: 'a squashfs file system' },
  { at: 0, magic: latin1('-rom1fs-'), what: 'a romfs file system' },
  { at: 0, magic: [0x45, 0x3d, 0xcd, 0x28], what: 'a cramfs file system' },
];

const find = (table: readonly Stranger[], bytes: Uint8Array): Stranger | undefined =>
  table.find(({ at, magic }) => magic.every((byte, index) => bytes[at + index] === byte));

/** What a file is that is no initrd, to complete "the initrd is ...". */
export const recogniseStranger = (bytes: Uint8Array): { what: string; hint?: string } | undefined =>
  find(STRANGERS, bytes);

/** Which file system an image has, if it is one of those that make an initrd. */
export const recogniseFileSystem = (bytes: Uint8Array): string | undefined => find(FILE_SYSTEMS, bytes)?.what;
