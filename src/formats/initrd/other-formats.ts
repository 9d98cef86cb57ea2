import { hasMagic, MAGIC, magicText, type Magic } from '../../base/magic.ts';

interface Stranger {
  magic: Magic;
  what: string;
  fix?: string;
}

const UNPACKED = 'give the file without that wrapping: tail -c +65 FILE';
const NEWC = 'pack it with cpio -o -H newc';
const LEGACY = 'pack it with lz4 -l';

/** Files that people give as an initrd, and that no kernel unpacks. */
const STRANGERS: readonly Stranger[] = [
  {
    magic: MAGIC.lz4Frame,
    what: "in lz4's frame format, which Linux does not read",
    fix: LEGACY,
  },
  {
    magic: MAGIC.uImage,
    what: 'a uImage (wrapped by mkimage for U-Boot)',
    fix: UNPACKED,
  },
  {
    magic: { at: 0, bytes: [0x50, 0x2a, 0x4d, 0x18] },
    what: 'a file of pzstd, which begins with a skippable frame',
    fix: 'pack it with zstd',
  },
  {
    magic: magicText(0, '070707'),
    what: 'a cpio archive in the old portable format',
    fix: NEWC,
  },
  { magic: { at: 0, bytes: [0xc7, 0x71] }, what: 'a cpio archive in the old binary format', fix: NEWC },
  { magic: MAGIC.elf, what: 'an ELF file' },
  { magic: magicText(0x202, 'HdrS'), what: 'a bzImage, a kernel' },
  { magic: MAGIC.arm64Image, what: 'an Image, a kernel for arm64' },
  { magic: MAGIC.deviceTree, what: 'a device tree blob (or a FIT image)' },
  { magic: MAGIC.cell, what: 'a Jailhouse cell config' },
  { magic: magicText(0, 'JHS'), what: 'a Jailhouse system config' },
  { magic: MAGIC.android, what: 'an Android boot image' },
  { magic: magicText(0, 'PK\x03\x04'), what: 'a zip archive', fix: NEWC },
  { magic: magicText(257, 'ustar'), what: 'a tar archive', fix: NEWC },
];

/** What the kernel takes for an image of a RAM disk (Linux, init/do_mounts_rd.c). */
const FILE_SYSTEMS: readonly Stranger[] = [
  { magic: { at: 0x438, bytes: [0x53, 0xef] }, what: 'an ext2, ext3 or ext4 file system' },
  { magic: magicText(0, 'hsqs'), what: 'a squashfs file system' },
  { magic: magicText(0, '-rom1fs-'), what: 'a romfs file system' },
  { magic: { at: 0, bytes: [0x45, 0x3d, 0xcd, 0x28] }, what: 'a cramfs file system' },
];

const find = (table: readonly Stranger[], bytes: Uint8Array): Stranger | undefined =>
  table.find(({ magic }) => hasMagic(bytes, magic));

/** What a file is that is no initrd, to complete "the initrd is ...". */
export const recogniseStranger = (bytes: Uint8Array): { what: string; fix?: string } | undefined =>
  find(STRANGERS, bytes);

/** Which file system an image has, if it is one of those that make an initrd. */
export const recogniseFileSystem = (bytes: Uint8Array): string | undefined => find(FILE_SYSTEMS, bytes)?.what;
