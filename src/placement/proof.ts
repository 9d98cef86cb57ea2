import {
  describeRange,
  endOf,
  holds,
  intersection,
  overlaps,
  uncovered,
  type AddressRange,
} from '../base/ranges.ts';
import { describeSize, hex } from '../base/address.ts';
import {
  isCommRegion,
  isRam,
  isRamWithoutDma,
  isSameMapping,
  ramRanges,
  virtualRange,
} from '../formats/cell/memory.ts';
import type { CellConfig } from '../formats/cell/types.ts';
import { failure, type Diagnostic, type ManifestPath } from '../base/diagnostic.ts';
import { describeRegion, drawMemoryMap } from './memory-map.ts';
import {
  type Contest,
  explainGap,
  findContests,
  LOAD_REFUSED,
  LOADABLE_FIX,
  RAM_FLAGS_FIX,
  whyNotLoadable,
  type Refusal,
} from './regions.ts';
import type { Placed } from './types.ts';

/** One thing in the cell's memory, so that each fault of its place is told once. */
export interface Part {
  what: string;
  path: ManifestPath;
  /** What must be RAM. */
  ram: AddressRange;
  /** What `jailhouse cell load` writes. */
  images: readonly { what: string; range: AddressRange }[];
  /** What to do where RAM is missing. */
  fix: string;
}

/** What is loaded whole, and nothing more: an initrd, a device tree. */
export const wholePart = (what: string, key: string, range: AddressRange): Part => ({
  what,
  path: [key],
  ram: range,
  images: [{ what, range }],
  fix: 'use `placement: exact`, or give the cell more RAM',
});

function checkPart(cell: CellConfig, part: Part, ram: readonly AddressRange[]): Diagnostic[] {
  const gaps = uncovered(part.ram, ram);
  const problems: Diagnostic[] = [];
  if (gaps.length > 0) problems.push(missingRam(cell, part, gaps));
  for (const { what, range } of part.images) {
    const refusal = whyNotLoadable(cell, range);
    if (refusal === null || isSameFault(cell, refusal, range, gaps)) continue;
    problems.push(notLoadable(what, range, refusal, part.path));
    // Images of one part share its region, and its fault.
    break;
  }
  return problems;
}

/** Whether what keeps an image from being loaded is only what the missing RAM tells already. */
function isSameFault(
  cell: CellConfig,
  { kind, region }: Refusal,
  image: AddressRange,
  gaps: readonly AddressRange[],
): boolean {
  if (kind === 'not-loadable') return gaps.length > 0 && !isRam(cell.memoryRegions[region!]!);
  return gaps.some((gap) => overlaps(gap, image));
}

function missingRam(cell: CellConfig, part: Part, gaps: readonly AddressRange[]): Diagnostic {
  const missing = gaps.reduce((sum, gap) => sum + gap.size, 0n);
  const reasons = gaps.map((gap) => explainGap(cell, gap));
  const isLoaded = part.images.every(({ range }) => whyNotLoadable(cell, range) === null);
  return failure(
    'placement/no-ram',
    `the ${part.what} needs RAM at ${describeRange(part.ram)}, ${describeSize(missing)} missing: ${reasons.map(({ text }) => text).join('; ')}`,
    {
      requested: `${describeSize(part.ram.size)} of RAM at ${describeRange(part.ram)}`,
      actual: `no RAM at ${gaps.map(describeRange).join(', ')}`,
      symptom: isLoaded ? 'FATAL: Invalid RAM write, or a silent console' : LOAD_REFUSED,
      fix: reasons.some(({ flags }) => flags) ? RAM_FLAGS_FIX : part.fix,
      path: part.path,
    },
  );
}

const LOAD_FIXES: Readonly<Record<Refusal['kind'], string>> = {
  outside: 'give the cell a RAM region that holds all of it',
  'not-loadable': LOADABLE_FIX,
  'too-short': 'enlarge that region, or make one of it and the next: an image must be in one region',
};

const notLoadable = (
  what: string,
  range: AddressRange,
  { kind, text }: Refusal,
  path: ManifestPath,
): Diagnostic =>
  failure('placement/not-loadable', `the ${what} (${describeRange(range)}) cannot be loaded: ${text}`, {
    requested: `one region with WRITE and LOADABLE that holds ${describeRange(range)}`,
    symptom: LOAD_REFUSED,
    fix: LOAD_FIXES[kind],
    path,
  });

/** Where parts need RAM, and the cell has none. */
export function missingRanges(cell: CellConfig, parts: readonly Part[]): AddressRange[] {
  const ram = ramRanges(cell);
  return parts.flatMap((part) => uncovered(part.ram, ram));
}

/** Regions that are RAM but for one flag, which is most often a slip. `gaps`: where missing RAM is an error already. */
export function checkDma(cell: CellConfig, gaps: readonly AddressRange[]): Diagnostic[] {
  return cell.memoryRegions.flatMap((region, index): Diagnostic[] => {
    const range = virtualRange(region);
    if (!isRamWithoutDma(region) || region.size === 0n || gaps.some((gap) => overlaps(gap, range))) return [];
    // Where the CPUs of an arm cell start, the loader is, and no RAM of the kernel's: few configs flag it so.
    const isLoaders = cell.memoryRegions.some(isRam) && holds(range, cell.header.cpu_reset_address ?? -1n);
    if (isLoaders) return [];
    return [
      {
        code: 'placement/ram-without-dma',
        severity: 'warning',
        message: `${describeRegion(cell, index)} is executable, but not RAM for the kernel: it lacks JAILHOUSE_MEM_DMA`,
        fix: 'add JAILHOUSE_MEM_DMA to its flags if the guest may use it as RAM',
        symptom: 'the kernel sees less memory than the cell has',
        path: ['cell'],
      },
    ];
  });
}

/**
 * The comm region must be at the page where the loader reads it.
 *
 * @param symptom of the loader's first access
 */
export function checkCommRegion(cell: CellConfig, page: AddressRange, symptom: string): Diagnostic[] {
  const regions = cell.memoryRegions.filter(isCommRegion).map(virtualRange);
  if (regions.some(({ start, size }) => start === page.start && size >= page.size)) return [];
  const actual =
    regions.length === 0 ? 'the cell has none' : `it is at ${regions.map(describeRange).join(', ')}`;
  return [
    failure('placement/comm-region', `the loader finds no comm region at ${describeRange(page)}: ${actual}`, {
      requested: `a memory region with JAILHOUSE_MEM_COMM_REGION at ${describeRange(page)}`,
      actual,
      symptom,
      fix:
        regions.length === 0
          ? 'add the comm region to .mem_regions of the cell config'
          : `set its .virt_start to ${hex(page.start)} in the cell config`,
      path: ['cell'],
    }),
  ];
}

/** What occupies memory, with all that moves along with it. */
export interface Claim {
  what: string;
  range: AddressRange;
  path: ManifestPath;
}

/** What an overlap comes to where the initrd is the one to move, and where it is another part. */
export type OverlapTexts = Readonly<Record<'initrd' | 'other', { symptom: string; fix: string }>>;

/** Claims that overlap with one before them; they are the ones to move. */
const checkOverlaps = (claims: readonly Claim[], texts: OverlapTexts): Diagnostic[] =>
  claims.flatMap((claim, index) =>
    claims.slice(0, index).flatMap((other) => {
      const shared = intersection(claim.range, other.range);
      if (shared === null) return [];
      return [
        failure(
          'placement/overlap',
          `the ${claim.what} (${describeRange(claim.range)}) and the ${other.what} (${describeRange(other.range)}) overlap by ${describeSize(shared.size)} at ${hex(shared.start)}`,
          { ...texts[claim.what === 'initrd' ? 'initrd' : 'other'], path: claim.path },
        ),
      ];
    }),
  );

/**
 * The hypervisor maps regions in config order, a later one over what is there (Jailhouse, paging_create() in
 * hypervisor/paging.c); `jailhouse cell load` writes to the first that holds the address (driver/cell.c).
 */
function checkContests(cell: CellConfig, used: readonly AddressRange[]): Diagnostic[] {
  const isHarmless = ([one, other]: Contest['regions']): boolean =>
    isSameMapping(cell.memoryRegions[one]!, cell.memoryRegions[other]!);
  const contests = findContests(cell).filter(
    ({ range, regions }) => !isHarmless(regions) && used.some((part) => overlaps(part, range)),
  );
  const [first] = contests;
  if (first === undefined) return [];
  const [one, two] = first.regions.map((index) => describeRegion(cell, index));
  const more = contests.length > 1 ? ` (one of ${contests.length} such places)` : '';
  return [
    failure(
      'placement/regions-overlap',
      `${one} and ${two} overlap at ${describeRange(first.range)}, where the plan uses the memory${more}`,
      {
        after: ['cell/memory-overlap'],
        requested: 'memory regions that do not overlap in the guest',
        symptom: 'the guest sees other memory than the memory that the images were loaded to',
        fix: 'correct .virt_start and .size of the two regions',
        path: ['cell'],
      },
    ),
  ];
}

const END_OF_ADDRESSES = 1n << 64n;

/** Sums of start and size that wrap mean something else to everyone who computes with 64 bits. */
function checkRegionEnds(cell: CellConfig): Diagnostic[] {
  const index = cell.memoryRegions.findIndex((region) => endOf(virtualRange(region)) > END_OF_ADDRESSES);
  if (index < 0) return [];
  return [
    failure('placement/region-size', `${describeRegion(cell, index)} ends after the last 64-bit address`, {
      fix: 'correct .virt_start and .size of that region',
      path: ['cell'],
    }),
  ];
}

/**
 * The cell's memory against what a layout puts there.
 *
 * Regions of other kinds need no look: what is placed lies in RAM, and regions that overlap are told.
 *
 * @param claims of two that overlap, the later one is the one to move
 * @param read what the loader or the kernel reads besides
 */
export function checkMemory(
  cell: CellConfig,
  parts: readonly Part[],
  claims: readonly Claim[],
  texts: OverlapTexts,
  read: readonly AddressRange[] = [],
): Diagnostic[] {
  const ram = ramRanges(cell);
  return [
    ...parts.flatMap((part) => checkPart(cell, part, ram)),
    ...checkOverlaps(claims, texts),
    ...checkContests(cell, [...claims.map(({ range }) => range), ...read]),
    ...checkRegionEnds(cell),
  ];
}

/** One map serves all problems: it goes with the first error about addresses. */
export function addMap(problems: readonly Diagnostic[], cell: CellConfig, placed: readonly Placed[]): void {
  const first = problems.find(({ code, severity }) => severity === 'error' && code.startsWith('placement/'));
  if (first) first.detail = drawMemoryMap(cell, placed);
}
