import { roundSize } from '../../../base/address.ts';
import { ramRanges } from '../../../formats/cell/memory.ts';
import type { Compression } from '../../../formats/compression/detect.ts';
import type { InitrdEvidence } from '../../../formats/initrd/types.ts';
import { valuesOf } from '../../../formats/kernel/cmdline.ts';
import type { KernelImage } from '../../../formats/kernel/recognise.ts';
import { isLacking, isSetTo } from '../../../formats/kernel/kconfig.ts';
import { isAtLeast } from '../../../formats/kernel/version.ts';
import type { KernelFacts } from '../evidence.ts';
import type { Breach } from '../rule.ts';
import { lackSymbols } from './symbols.ts';

const initrdOf = ({ initrd }: KernelFacts): InitrdEvidence | null => (initrd === 'none' ? null : initrd);

/** The symbol behind each way to pack an initrd that Linux knows. */
const UNPACKERS: readonly (readonly [Compression, string])[] = [
  ['gzip', 'RD_GZIP'],
  ['bzip2', 'RD_BZIP2'],
  ['lzma', 'RD_LZMA'],
  ['xz', 'RD_XZ'],
  ['lzo', 'RD_LZO'],
  ['lz4', 'RD_LZ4'],
  ['zstd', 'RD_ZSTD'],
];

const ZSTD_SINCE = { major: 5, minor: 9 };

/** What the kernel cannot unpack; where it takes no initrd at all, that is a rule of its own. */
export function judgeInitrdCompression(facts: KernelFacts): Breach | null {
  const { config, version } = facts;
  const initrd = initrdOf(facts);
  if (!config || !initrd || !isSetTo(config, 'BLK_DEV_INITRD', 'y')) return null;
  const lacking = UNPACKERS.filter(
    ([compression, symbol]) =>
      initrd.parts.some((part) => part.compression === compression) && isLacking(config, symbol),
  );
  if (lacking.length === 0) return null;
  const symbols = lacking.map(([, symbol]) => symbol);
  const packed = lacking.map(([compression]) => compression).join(' and ');
  const isTooOld = symbols.includes('RD_ZSTD') && version !== null && !isAtLeast(version, ZSTD_SINCE);
  const { fixSymbols, ...breach } = lackSymbols(config, symbols);
  return {
    message: `the initrd is packed with ${packed}, and ${breach.actual}${isTooOld ? `; Linux ${version.major}.${version.minor} cannot unpack zstd at all, 5.9 and newer can` : ''}`,
    ...breach,
    ...(isTooOld ? { fix: 'pack the initrd with gzip or xz, or use Linux 5.9 or newer' } : { fixSymbols }),
  };
}

/** What the unpacked archives have at least: content is hardly ever smaller than what it is packed into. */
function leastUnpacked({ parts, size }: InitrdEvidence): number {
  if (parts.length === 0) return size;
  return parts.reduce((sum, { offset, unpackedSize }, index) => {
    const packed = (parts[index + 1]?.offset ?? size) - offset;
    return sum + (unpackedSize ?? packed);
  }, 0);
}

/** What the kernel takes for itself: as large as its header says, else as its file. */
function runSizeOf(image: KernelImage | null): number {
  switch (image?.format) {
    case undefined:
    // Nothing loads a vmlinux, so nothing says what it takes.
    case 'vmlinux':
      return 0;
    case 'bzImage':
      return image.header.init_size;
    case 'Image':
      return Number(image.runSize);
    case 'zImage':
      return image.kernel === null ? image.imageSize : image.kernel.size + image.kernel.bssSize;
  }
}

/** struct page: 64 bytes for each page of 4 KiB. */
const PAGES_PER_RECORD = 64;

/** Nobody frees the packed initrd before it is unpacked: for a while RAM holds both, and the kernel. */
export function judgeInitrdMemory(facts: KernelFacts): Breach | null {
  const { cell, image, config, cmdline } = facts;
  const initrd = initrdOf(facts);
  if (!initrd || !cell) return null;
  const ram = ramRanges(cell.config).reduce((sum, { size }) => sum + Number(size), 0);
  const unpacked = leastUnpacked(initrd);
  const run = runSizeOf(image);
  // What does not fit as it is, the plan tells.
  if (run > 0 && run + initrd.size > ram) return null;
  const kernel = run + Math.ceil(ram / PAGES_PER_RECORD);
  const size = (bytes: number): string => roundSize(BigInt(bytes));
  const needed = kernel + initrd.size + unpacked;
  const isExact = initrd.complete && initrd.parts.every((part) => part.unpackedSize !== null);
  const content = `${isExact ? '' : 'at least '}${size(unpacked)}`;
  if (needed > ram) {
    return {
      message: `the initrd (${size(initrd.size)}), its content (${content}) and the kernel (${size(kernel)}) need ${size(needed - ram)} more than the cell's RAM`,
      requested: `${size(needed)} of RAM or more`,
      actual: size(ram),
      about: 'initrd',
    };
  }
  // Without root= the archives go into a tmpfs, and that takes half of the RAM that the kernel manages.
  const isTmpfs =
    config && isSetTo(config, 'TMPFS', 'y') && cmdline && valuesOf(cmdline, 'root').length === 0;
  const most = Math.floor((ram - kernel - initrd.size) / 2);
  if (!isTmpfs || valuesOf(cmdline, 'rootfstype').length > 0 || unpacked <= most) return null;
  return {
    message: `the initrd's content has ${content}, and the root file system that it is unpacked into (a tmpfs: half of the RAM) ${size(most)}`,
    requested: `at most ${size(most)}, or rootfstype=ramfs on the cmdline`,
    actual: size(unpacked),
    about: 'initrd',
  };
}

export function judgeInitrdInit(facts: KernelFacts): Breach | null {
  const { cmdline } = facts;
  if (initrdOf(facts)?.hasInit !== false || !cmdline) return null;
  if (['root', 'rdinit'].some((name) => valuesOf(cmdline, name).length > 0)) return null;
  return {
    message: 'the initrd has no /init, and the cmdline neither rdinit= nor root=',
    requested: '/init in the initrd, or another program by rdinit=',
    actual: 'no /init',
    about: 'initrd',
  };
}
