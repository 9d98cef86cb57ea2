import type { Architecture } from '../../../base/choices.ts';
import { roundSize } from '../../../base/address.ts';
import { commonTo } from '../../../base/ranges.ts';
import { largestFor } from '../../../formats/dtb/cma.ts';
import { ramRanges } from '../../../formats/cell/memory.ts';
import type { InitrdEvidence } from '../../../formats/initrd/types.ts';
import { valuesOf } from '../../../formats/kernel/cmdline.ts';
import { isSetTo } from '../../../formats/kernel/kconfig.ts';
import type { KernelImage } from '../../../formats/kernel/recognise.ts';
import { cmaAreas } from '../cma.ts';
import type { KernelFacts } from '../evidence.ts';
import type { Breach } from '../rule.ts';

const MIB = 1 << 20;

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

/** How the RAM of a cell is shared out while Linux starts: by one reckoning, in bytes. */
interface Shares {
  /** The kernel itself, and its tables of pages. */
  kernel: number;
  /** What CMA keeps from the root file system. */
  cma: number;
  /** What Linux must have beside all that before it starts init. */
  work: number;
}

/** What is known of memory, from the cell, the kernel and the initrd. */
interface Given {
  ram: number;
  run: number;
  initrd: number;
  facts: KernelFacts;
}

/** CMA takes each area in one piece, aligned; with little RAM beside the kernel it finds none and does without. */
function cmaShare({ facts, run, initrd }: Given, roomy: number): number {
  const ram = ramRanges(facts.cell!.config);
  const shares = cmaAreas(facts).map((area) => {
    if (area.fixed.length > 0)
      return commonTo(area.fixed, ram).reduce((sum, { size }) => sum + Number(size), 0);
    const wanted = Number(area.size);
    return largestFor(area, ram) - run - initrd >= roomy * wanted ? wanted : 0;
  });
  return shares.reduce((sum, share) => sum + share, 0);
}

/**
 * What full kernels such as Debian's need to work with, as a part of their size. Measured: arm64 (32 MiB) dies with 18 MiB
 * and boots with 22; the cloud kernel for x86 (51 MiB) dies with 23 and boots with 31, the other one (64 MiB) dies with
 * 20 and boots with 39. An x86 kernel of 14 MiB with little in it needs 4.
 */
const WORK: Readonly<Record<Architecture, { from: number; least: number; likely: number }>> = {
  x86: { from: 40 * MIB, least: 0.4, likely: 0.5 },
  arm64: { from: 24 * MIB, least: 0.45, likely: 0.6 },
  arm: { from: Infinity, least: 0, likely: 0 },
};

const isFull = ({ run, facts }: Given): boolean => run >= WORK[facts.architecture].from;

/**
 * The least that the kernel takes. Of init_size some is for unpacking, and free later: Debian's cloud kernel keeps 83 %.
 * struct page has 64 bytes for each page of 4 KiB, on 32 bits half of that.
 */
function leastShares(given: Given): Shares {
  const { ram, run, facts } = given;
  return {
    kernel: run * (facts.architecture === 'x86' ? 0.8 : 1) + ram / (facts.architecture === 'arm' ? 128 : 64),
    cma: cmaShare(given, 2),
    work: run * (isFull(given) ? WORK[facts.architecture].least : 0.15),
  };
}

/** As measured with Debian's arm64 kernel in 240 and 400 MiB: its size, and 2.8 % of the RAM. */
function likelyShares(given: Given): Shares {
  const { ram, run, facts } = given;
  return {
    kernel: run * (facts.architecture === 'x86' ? 0.9 : 1) + ram * 0.028,
    cma: cmaShare(given, 1.5),
    work: run * (isFull(given) ? WORK[facts.architecture].likely : 0.25),
  };
}

const size = (bytes: number): string => roundSize(BigInt(Math.ceil(bytes)));

/** Without root= the archives go into a tmpfs, and that takes half of the RAM that the kernel manages then. */
function isInTmpfs({ config, cmdline }: KernelFacts): boolean {
  if (!config || !cmdline || !isSetTo(config, 'TMPFS', 'y')) return false;
  return ['root', 'rootfstype'].every((name) => valuesOf(cmdline, name).length === 0);
}

type Finding = Omit<Breach, 'severity'>;

/** The kernel alone, or with the packed initrd, leaves Linux nothing to work with. */
function findTooLittle({ ram, run, initrd }: Given, { kernel, work }: Shares): Finding | null {
  const left = ram - kernel - initrd;
  if (run === 0 || left >= work) return null;
  const withInitrd = initrd > 0 ? ` and the initrd (${size(initrd)})` : '';
  return {
    message: `the kernel and its tables (${size(kernel)})${withInitrd} leave ${size(Math.max(0, left))} of the cell's RAM, and Linux needs ${size(work)} or more before it starts init`,
    requested: `${size(kernel + initrd + work)} of RAM or more`,
    actual: size(ram),
    about: 'cell',
    fix: initrd > 0 ? 'give the cell more RAM, or put less into the initrd' : 'give the cell more RAM',
  };
}

/** Nobody frees the packed initrd before it is unpacked: for a while RAM holds both, and the kernel. */
function findTooMuch(
  { ram, initrd, facts }: Given,
  { kernel, cma }: Shares,
  evidence: InitrdEvidence,
): Finding | null {
  const unpacked = leastUnpacked(evidence);
  const isExact = evidence.complete && evidence.parts.every((part) => part.unpackedSize !== null);
  const content = `${isExact ? '' : 'at least '}${size(unpacked)}`;
  const needed = kernel + cma + initrd + unpacked;
  const beside = cma > 0 ? `, CMA (${size(cma)})` : '';
  if (needed > ram) {
    return {
      message: `the initrd (${size(initrd)}), its content (${content})${beside} and the kernel (${size(kernel)}) need ${size(needed - ram)} more than the cell's RAM`,
      requested: `${size(needed)} of RAM or more`,
      actual: size(ram),
      about: 'initrd',
    };
  }
  const most = (ram - kernel - cma - initrd) / 2;
  if (!isInTmpfs(facts) || unpacked <= most) return null;
  const without = cma > 0 ? ` without CMA's ${size(cma)}` : '';
  return {
    message: `the initrd's content has ${content}, and the root file system that it is unpacked into (a tmpfs: half of the RAM${without}) ${size(most)}`,
    requested: `at most ${size(most)}, or rootfstype=ramfs on the cmdline`,
    actual: size(unpacked),
    about: 'initrd',
  };
}

/** An error where even the least that Linux takes leaves too little, a warning where what it took elsewhere does. */
export function judgeInitrdMemory(facts: KernelFacts): Breach | null {
  const { cell, image } = facts;
  if (!cell) return null;
  const evidence = facts.initrd === 'none' ? null : facts.initrd;
  const ram = ramRanges(cell.config).reduce((sum, range) => sum + Number(range.size), 0);
  const given = { ram, run: runSizeOf(image), initrd: evidence?.size ?? 0, facts };
  // What does not fit as it is, the plan tells.
  if (given.run > 0 && given.run + given.initrd > ram) return null;
  const find = (shares: Shares): Finding | null =>
    (evidence && findTooMuch(given, shares, evidence)) ?? findTooLittle(given, shares);
  const sure = find(leastShares(given));
  // Of an unknown kernel the size is unknown as well.
  if (sure && (given.run > 0 || !evidence)) return sure;
  const likely = sure ?? find(likelyShares(given));
  return likely && { ...likely, severity: 'warning' };
}
