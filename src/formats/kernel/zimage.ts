import { InputError } from '../../base/diagnostic.ts';
import { struct, u32le } from '../../base/struct.ts';
import { truncated } from './truncated.ts';

const HEADER_OFFSET = 0x24;
const MAGIC = 0x016f2818;
/** Announces the table of tags, since Linux 4.15. */
const TABLE_MAGIC = 0x45454545;
const TAG_KERNEL_SIZE = 0x5a534c4b;
const DEVICE_TREE_MAGIC = 0xd00dfeed;

/** At 0x24 of a zImage (Linux, arch/arm/boot/compressed/head.S). */
const zImageHeader = struct({
  magic: u32le,
  start: u32le,
  end: u32le,
  endian: u32le,
  table_magic: u32le,
  table: u32le,
});

/** The tag's words (Linux, arch/arm/boot/compressed/vmlinux.lds.S); `words` counts the first four. */
const kernelSizeTag = struct({ words: u32le, tag: u32le, size_offset: u32le, bss_size: u32le });

/** A Linux arm kernel file, which unpacks itself. */
export interface ZImage {
  format: 'zImage';
  /** Bytes of the whole file. */
  size: number;
  /** Bytes of the zImage proper, as its header tells; what follows in the file was appended. */
  imageSize: number;
  /** A device tree follows the zImage: with CONFIG_ARM_APPENDED_DTB the kernel takes it instead of the loader's. */
  appendedDtb: boolean;
  /**
   * Bytes of the unpacked kernel and of its BSS, and where in the image the first of these numbers stands: right behind
   * the packed kernel. `null` below Linux 4.15, which does not say.
   */
  kernel: { size: number; bssSize: number; sizeAt: number } | null;
  version: null;
}

const MIN_SIZE = HEADER_OFFSET + zImageHeader.offsets.endian;

const damaged = (why: string): InputError =>
  new InputError('kernel/damaged', `the zImage's ${why}`, { fix: 'copy or build the kernel again' });

function readKernelSize(file: Uint8Array, imageSize: number, table: number): ZImage['kernel'] {
  const view = new DataView(file.buffer, file.byteOffset, imageSize);
  let at = table;
  while (at + 4 <= imageSize) {
    const words = view.getUint32(at, true);
    if (words === 0) return null;
    if (words >= 4 && at + kernelSizeTag.size <= imageSize) {
      const { tag, size_offset, bss_size } = kernelSizeTag.decode(file, at);
      if (tag === TAG_KERNEL_SIZE) {
        if (size_offset + 4 > imageSize) throw damaged('kernel size is outside of it');
        return { size: view.getUint32(size_offset, true), bssSize: bss_size, sizeAt: size_offset };
      }
    }
    at += words * 4;
  }
  throw damaged('table of tags has no end');
}

/**
 * Reads the header of a little-endian arm zImage; `file` is the whole file.
 *
 * @throws InputError `kernel/format`, `kernel/truncated`, `kernel/damaged`
 */
export function parseZImage(file: Uint8Array): ZImage {
  if (file.length < MIN_SIZE) throw truncated('the header', MIN_SIZE, file.length);
  const padded = new Uint8Array(HEADER_OFFSET + zImageHeader.size);
  padded.set(file.subarray(0, padded.length));
  const header = zImageHeader.decode(padded, HEADER_OFFSET);
  if (header.magic !== MAGIC) {
    throw new InputError('kernel/format', 'the kernel is not a zImage: it has no magic 0x016f2818 at 0x24', {
      fix: "give the kernel build's arch/arm/boot/zImage",
    });
  }
  const imageSize = header.end - header.start;
  if (imageSize < MIN_SIZE) throw damaged('end is before its header');
  if (imageSize > file.length) throw truncated('the zImage', imageSize, file.length);
  const hasTable = imageSize >= padded.length && header.table_magic === TABLE_MAGIC;
  const behind = new DataView(file.buffer, file.byteOffset + imageSize, file.length - imageSize);
  return {
    format: 'zImage',
    size: file.length,
    imageSize,
    appendedDtb: behind.byteLength >= 4 && behind.getUint32(0) === DEVICE_TREE_MAGIC,
    kernel: hasTable ? readKernelSize(file, imageSize, header.table) : null,
    version: null,
  };
}
