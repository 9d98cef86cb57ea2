import { describeSize, endOf, hex, intersection, overlaps, span, type AddressRange } from '../address.ts';
import { isRam, ramRanges, virtualRange } from '../cell/memory.ts';
import type { CellConfig } from '../cell/types.ts';
import { failure, type Diagnostic, type ManifestPath } from '../diagnostic.ts';
import { describeRange, describeRegion } from '../plan/memory-map.ts';
import type { PlanRequest } from '../plan/request.ts';
import { explainGap, findContests, uncovered, whyNotLoadable, type Refusal } from '../plan/regions.ts';
import {
  checkCmdline,
  checkCommRegion,
  checkDma,
  checkE820,
  checkInitrdLimit,
  checkKernelAddress,
  checkLoaderSize,
  paramsInWindow,
} from './boot-checks.ts';
import type { X86Layout } from './place.ts';
import { COMM_PAGE } from './releases.ts';

/** One thing in the cell's memory, so that each fault of its place is told once. */
interface Part {
  what: string;
  path: ManifestPath;
  /** What must be RAM. */
  ram: AddressRange;
  /** What `jailhouse cell load` writes. */
  images: readonly { what: string; range: AddressRange }[];
  /** What to do where RAM is missing. */
  remedy: string;
}

/** Everything that speaks against booting a layout; no error in it is the proof that it can be loaded and started. */
export function checkLayout(
  request: PlanRequest,
  layout: X86Layout,
  initrd: AddressRange | null,
): Diagnostic[] {
  const parts = partsOf(request, layout, initrd);
  const ram = ramRanges(request.cell);
  const gaps = parts.flatMap((part) => uncovered(part.ram, ram));
  return [
    ...checkCommRegion(request),
    ...checkE820(layout),
    ...checkDma(request, gaps),
    ...checkKernelAddress(request, layout),
    ...checkLoaderSize(request, layout),
    ...parts.flatMap((part) => checkPart(request.cell, part, ram)),
    ...checkOverlaps(request, layout, initrd),
    ...checkContests(request, layout, initrd),
    ...checkRegionEnds(request.cell),
    ...checkCmdline(request, layout),
    ...checkInitrdLimit(request, initrd),
  ];
}

function partsOf(request: PlanRequest, layout: X86Layout, initrd: AddressRange | null): Part[] {
  const params = paramsInWindow(request, layout);
  // A loader that is too large is told as such; of an unknown one, all that it may use.
  const { start: loaderStart, size: loaderMost } = layout.loader;
  const loaderSize = request.loaderSize ?? loaderMost;
  const loader = { start: loaderStart, size: loaderSize < loaderMost ? loaderSize : loaderMost };
  const start: Part = {
    what: 'loader, with its stack and the params,',
    path: ['cell'],
    ram: span(layout.loader, params),
    images: [
      { what: 'loader', range: loader },
      { what: 'params image', range: params },
    ],
    remedy: 'give the cell RAM there, as the upstream x86 Linux cells have it',
  };
  const kernel: Part = {
    what: 'kernel, to unpack itself and start,',
    path: ['kernel', 'image'],
    ram: layout.runArea,
    images: [{ what: 'kernel file', range: layout.kernel }],
    remedy:
      'give the cell more RAM, or build the kernel smaller or with another CONFIG_PHYSICAL_START (0x1000000 is usual)',
  };
  if (initrd === null) return [start, kernel];
  return [
    start,
    kernel,
    {
      what: 'initrd',
      path: ['initrd'],
      ram: initrd,
      images: [{ what: 'initrd', range: initrd }],
      remedy: 'use `placement: exact`, or give the cell more RAM',
    },
  ];
}

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

const RAM_FLAGS_HINT =
  'correct the flags of that region: RAM has READ, WRITE, EXECUTE and DMA, and neither IO nor ROOTSHARED';

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
      symptom: isLoaded
        ? 'FATAL: Invalid RAM write, or a silent console'
        : 'JAILHOUSE_CELL_LOAD: Invalid argument',
      hint: reasons.some(({ flags }) => flags) ? RAM_FLAGS_HINT : part.remedy,
      path: part.path,
    },
  );
}

const LOAD_HINTS: Readonly<Record<Refusal['kind'], string>> = {
  outside: 'give the cell a RAM region that holds all of it',
  'not-loadable': 'add JAILHOUSE_MEM_LOADABLE (and JAILHOUSE_MEM_WRITE) to the flags of that region',
  'too-short': 'enlarge that region, or make one of it and the next: an image may not lie in two',
};

const notLoadable = (
  what: string,
  range: AddressRange,
  { kind, text }: Refusal,
  path: ManifestPath,
): Diagnostic =>
  failure('placement/not-loadable', `the ${what} (${describeRange(range)}) cannot be loaded: ${text}`, {
    requested: `one region with WRITE and LOADABLE that holds ${describeRange(range)}`,
    symptom: 'JAILHOUSE_CELL_LOAD: Invalid argument',
    hint: LOAD_HINTS[kind],
    path,
  });

interface Claim {
  what: string;
  range: AddressRange;
  path: ManifestPath;
}

/** What occupies memory, each with all that moves along with it. */
function claimsOf(request: PlanRequest, layout: X86Layout, initrd: AddressRange | null): Claim[] {
  const params = paramsInWindow(request, layout);
  return [
    { what: 'loader and params', range: span(layout.loader, params), path: ['cell'] },
    { what: 'kernel', range: span(layout.kernel, layout.runArea), path: ['kernel', 'image'] },
    ...(initrd === null ? [] : [{ what: 'initrd', range: initrd, path: ['initrd'] }]),
  ];
}

/** Regions of other kinds need no look here: what is placed lies in RAM, and regions that overlap are told. */
function checkOverlaps(request: PlanRequest, layout: X86Layout, initrd: AddressRange | null): Diagnostic[] {
  const claims = claimsOf(request, layout, initrd);
  // The later one is the one to move.
  return claims.flatMap((claim, index) =>
    claims.slice(0, index).flatMap((other) => {
      const shared = intersection(claim.range, other.range);
      return shared === null ? [] : [overlapping(claim, other, shared, layout)];
    }),
  );
}

function overlapping(claim: Claim, other: Claim, shared: AddressRange, { abi }: X86Layout): Diagnostic {
  const isInitrd = claim.what === 'initrd';
  const exact = `use \`placement: exact\`${abi.kernelFactor === null ? ', or a larger -k factor with upstream’s' : ''}`;
  return failure(
    'placement/overlap',
    `the ${claim.what} (${describeRange(claim.range)}) and the ${other.what} (${describeRange(other.range)}) overlap by ${describeSize(shared.size)} at ${hex(shared.start)}`,
    {
      symptom: isInitrd
        ? 'Initramfs unpacking failed: invalid magic at start of compressed archive'
        : 'a silent hang or a triple fault',
      hint: isInitrd
        ? `${exact}: the kernel unpacks over what lies there`
        : 'build the kernel with another CONFIG_PHYSICAL_START (0x1000000 is usual), or move the cell’s regions',
      path: claim.path,
    },
  );
}

/** The hypervisor maps regions in config order, the later one wins; `jailhouse cell load` writes to the earlier one. */
function checkContests(request: PlanRequest, layout: X86Layout, initrd: AddressRange | null): Diagnostic[] {
  const { cell } = request;
  const used = [...claimsOf(request, layout, initrd).map(({ range }) => range), COMM_PAGE];
  const contests = findContests(cell).filter(({ range }) => used.some((part) => overlaps(part, range)));
  const [first] = contests;
  if (first === undefined) return [];
  const [one, two] = first.regions.map((index) => describeRegion(cell, index));
  const more = contests.length > 1 ? ` (one of ${contests.length} such places)` : '';
  return [
    failure(
      'placement/regions-overlap',
      `${one} and ${two} overlap at ${describeRange(first.range)}, where the plan uses the memory${more}`,
      {
        requested: 'memory regions that do not overlap in the guest',
        symptom: 'the guest sees other memory than the images were loaded into',
        hint: 'correct .virt_start and .size of the two regions',
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
    failure('placement/region-size', `${describeRegion(cell, index)} ends behind the last 64-bit address`, {
      hint: 'correct .virt_start and .size of that region',
      path: ['cell'],
    }),
  ];
}
