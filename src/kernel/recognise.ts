import { InputError } from '../diagnostic.ts';
import { looksLikeBzImage } from './bzimage.ts';
import type { Packing } from '../compression/decode.ts';
import type { KernelFormat } from './image.ts';
import { looksLikeVmlinux } from './vmlinux.ts';

/** What may stand around an arm64 Image, and is taken off on the host. */
export type Wrapping = Packing | 'zboot';

const latin1 = (text: string): readonly number[] => Array.from(text, (char) => char.charCodeAt(0));

const hasMagic = (file: Uint8Array, at: number, magic: readonly number[]): boolean =>
  magic.every((byte, index) => file[at + index] === byte);

/** Sources: Linux, Documentation/arch/arm64/booting.rst, arch/arm/boot/compressed/head.S, drivers/firmware/efi/libstub/zboot-header.S. */
const KNOWN: readonly (readonly [KernelFormat | Wrapping, (file: Uint8Array) => boolean])[] = [
  ['bzImage', looksLikeBzImage],
  ['Image', (file) => hasMagic(file, 0x38, latin1('ARM\x64'))],
  ['zboot', (file) => hasMagic(file, 0, latin1('MZ')) && hasMagic(file, 4, latin1('zimg'))],
  ['zImage', (file) => hasMagic(file, 0x24, [0x18, 0x28, 0x6f, 0x01])],
  ['vmlinux', looksLikeVmlinux],
  ['gzip', (file) => hasMagic(file, 0, [0x1f, 0x8b])],
  ['bzip2', (file) => hasMagic(file, 0, latin1('BZh'))],
  ['lzma', (file) => hasMagic(file, 0, [0x5d, 0x00, 0x00])],
  ['xz', (file) => hasMagic(file, 0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['lzo', (file) => hasMagic(file, 0, [0x89, 0x4c, 0x5a, 0x4f])],
  ['lz4', (file) => hasMagic(file, 0, [0x02, 0x21, 0x4c, 0x18])],
  ['zstd', (file) => hasMagic(file, 0, [0x28, 0xb5, 0x2f, 0xfd])],
];

/** Whether the start of a file is a kernel's, wrapped or not; of gzip it cannot be told. */
export const looksLikeKernel = (head: Uint8Array): boolean =>
  KNOWN.some(([format, matches]) => format !== 'gzip' && matches(head));

const BUILD = 'give arch/x86/boot/bzImage, arch/arm64/boot/Image or arch/arm/boot/zImage of the kernel build';

interface Stranger {
  at: number;
  magic: readonly number[];
  /** Completes "the kernel is ...". */
  what: string;
  hint: string;
}

/** Files that people give as a kernel, and that no loader of Jailhouse starts. */
const STRANGERS: readonly Stranger[] = [
  { at: 0, magic: latin1('\x7fELF'), what: 'an ELF file, and no vmlinux for x86, arm64 or arm', hint: BUILD },
  {
    at: 0,
    magic: [0x04, 0x22, 0x4d, 0x18],
    what: 'compressed with lz4, in a frame that the kernel build does not make',
    hint: 'unpack it first, or pack it with `lz4 -l`',
  },
  { at: 0, magic: [0x27, 0x05, 0x19, 0x56], what: 'a uImage (for U-Boot)', hint: BUILD },
  { at: 0, magic: [0xd0, 0x0d, 0xfe, 0xed], what: 'a device tree (or a FIT image for U-Boot)', hint: BUILD },
  { at: 0, magic: latin1('ANDROID!'), what: 'an Android boot image', hint: BUILD },
  { at: 0, magic: latin1('07070'), what: 'a cpio archive (an initrd?)', hint: BUILD },
  { at: 0, magic: latin1('JHC'), what: 'a Jailhouse cell config', hint: BUILD },
  { at: 0x38, magic: latin1('RSC\x05'), what: 'a kernel for RISC-V', hint: BUILD },
  { at: 0x24, magic: [0x01, 0x6f, 0x28, 0x18], what: 'a big-endian zImage', hint: BUILD },
];

const findStranger = (file: Uint8Array): Stranger | undefined =>
  STRANGERS.find(({ at, magic }) => hasMagic(file, at, magic));

/** What a file is that is no kernel, with its article; `null` if it cannot be told. */
export const nameStranger = (file: Uint8Array): string | null => findStranger(file)?.what ?? null;

/** What a file is that is no kernel; `what` completes "the kernel is ...". */
const describeStranger = (file: Uint8Array): { what: string; hint: string } =>
  findStranger(file) ?? {
    what:
      file.length === 0
        ? 'an empty file'
        : 'in no known format: it is neither a bzImage, an Image nor a zImage',
    hint: BUILD,
  };

/**
 * Tells a kernel file's format by its magic.
 *
 * @throws InputError `kernel/format` for a file that no loader of Jailhouse starts, naming what it is
 */
export function recogniseKernel(file: Uint8Array): KernelFormat | Wrapping {
  const known = KNOWN.find(([, matches]) => matches(file));
  if (known !== undefined) return known[0];
  const { what, hint } = describeStranger(file);
  throw new InputError('kernel/format', `the kernel is ${what}`, { hint });
}
