import type { Arm64Image } from './arm64-image.ts';
import type { ZImage } from './zimage.ts';
import { ARCHITECTURES, type Architecture } from '../../base/choices.ts';
import { either } from '../../base/text.ts';
import { InputError } from '../../base/diagnostic.ts';
import { looksLikeBzImage, type BzImage } from './bzimage.ts';
import { packingOf, type Packing } from '../compression/detect.ts';
import { hasMagic, MAGIC, magicText, type Magic } from '../../base/magic.ts';
import { looksLikeVmlinux, type Vmlinux } from './vmlinux.ts';

/** A kernel file's headers: the formats that the architectures' boot protocols define, and the ELF file behind them. */
export type KernelImage = BzImage | Arm64Image | ZImage | Vmlinux;

export type KernelFormat = KernelImage['format'];

/** A boot protocol belongs to one architecture. */
const ARCHITECTURE_OF: Readonly<Record<Exclude<KernelFormat, 'vmlinux'>, Architecture>> = {
  bzImage: 'x86',
  Image: 'arm64',
  zImage: 'arm',
};

export const architectureOfImage = (image: KernelImage): Architecture =>
  image.format === 'vmlinux' ? image.architecture : ARCHITECTURE_OF[image.format];

/** What may stand around an arm64 Image, and is taken off on the host. */
export type Wrapping = Packing | 'zboot';

/** Sources: Linux, Documentation/arch/arm64/booting.rst, arch/arm/boot/compressed/head.S, drivers/firmware/efi/libstub/zboot-header.S. */
const KNOWN: readonly (readonly [KernelFormat | 'zboot', (file: Uint8Array) => boolean])[] = [
  ['bzImage', looksLikeBzImage],
  ['Image', (file) => hasMagic(file, MAGIC.arm64Image)],
  ['zboot', (file) => hasMagic(file, magicText(0, 'MZ')) && hasMagic(file, magicText(4, 'zimg'))],
  ['zImage', (file) => hasMagic(file, { at: 0x24, bytes: [0x18, 0x28, 0x6f, 0x01] })],
  ['vmlinux', looksLikeVmlinux],
];

const formatOf = (file: Uint8Array): KernelFormat | Wrapping | null =>
  KNOWN.find(([, matches]) => matches(file))?.[0] ?? packingOf(file);

/** Whether the start of a file is a kernel's, wrapped or not; of gzip it cannot be told. */
export const looksLikeKernel = (head: Uint8Array): boolean => ![null, 'gzip'].includes(formatOf(head));

const BUILD = 'give arch/x86/boot/bzImage, arch/arm64/boot/Image or arch/arm/boot/zImage of the kernel build';

interface Stranger {
  magic: Magic;
  /** Completes "the kernel is ...". */
  what: string;
  fix: string;
}

/** Files that people give as a kernel, and that no loader of Jailhouse starts. */
const STRANGERS: readonly Stranger[] = [
  { magic: MAGIC.elf, what: `an ELF file, but not a vmlinux for ${either(ARCHITECTURES)}`, fix: BUILD },
  {
    magic: MAGIC.lz4Frame,
    what: 'compressed with lz4, in a frame that the kernel build does not make',
    fix: 'unpack it first, or pack it with `lz4 -l`',
  },
  { magic: MAGIC.uImage, what: 'a uImage (for U-Boot)', fix: BUILD },
  { magic: MAGIC.deviceTree, what: 'a device tree (or a FIT image for U-Boot)', fix: BUILD },
  { magic: MAGIC.android, what: 'an Android boot image', fix: BUILD },
  { magic: magicText(0, '07070'), what: 'a cpio archive (an initrd?)', fix: BUILD },
  { magic: MAGIC.cell, what: 'a Jailhouse cell config', fix: BUILD },
  { magic: magicText(0x38, 'RSC\x05'), what: 'a kernel for RISC-V', fix: BUILD },
  { magic: { at: 0x24, bytes: [0x01, 0x6f, 0x28, 0x18] }, what: 'a big-endian zImage', fix: BUILD },
];

const findStranger = (file: Uint8Array): Stranger | undefined =>
  STRANGERS.find(({ magic }) => hasMagic(file, magic));

/** What a file is that is no kernel, with its article; `null` if it cannot be told. */
export const nameStranger = (file: Uint8Array): string | null => findStranger(file)?.what ?? null;

/** What a file is that is no kernel; `what` completes "the kernel is ...". */
const describeStranger = (file: Uint8Array): { what: string; fix: string } =>
  findStranger(file) ?? {
    what:
      file.length === 0
        ? 'an empty file'
        : 'in an unknown format: it is neither a bzImage, an Image nor a zImage',
    fix: BUILD,
  };

/**
 * Tells a kernel file's format by its magic.
 *
 * @throws InputError `kernel/format` for a file that no loader of Jailhouse starts, naming what it is
 */
export function recogniseKernel(file: Uint8Array): KernelFormat | Wrapping {
  const format = formatOf(file);
  if (format !== null) return format;
  const { what, fix } = describeStranger(file);
  throw new InputError('kernel/format', `the kernel is ${what}`, { fix });
}
