import { alignUp, describeSize, hex, PAGE_SIZE } from '../base/address.ts';
import type { Architecture } from '../base/choices.ts';
import type { ManifestPath } from '../base/diagnostic.ts';
import {
  contains,
  describeRange,
  endOf,
  intersection,
  joined,
  overlaps,
  rangeTo,
  without,
  type AddressRange,
} from '../base/ranges.ts';
import type { Wish } from '../manifest/wish/parse.ts';
import type { Findings } from './findings.ts';
import type { RootLinux } from './root-linux.ts';
import { isWithin, type RootRam } from './root-ram.ts';

/** Memory of the cell, and where the cell sees it. */
export interface GuestMemory {
  phys: bigint;
  guest: bigint;
  size: bigint;
}

export interface PlacedRam {
  ram: GuestMemory;
  /** Where Jailhouse's loader for Linux runs. */
  loader: GuestMemory;
  /** The communication region, at the address that the loader knows. */
  comm: bigint;
}

const MIB = 1n << 20n;
const GIB = 1n << 30n;

/** Where the loader's library looks for its memory and for the communication region (Jailhouse, inmates/lib). */
interface GuestLayout {
  loaderSize: bigint;
  comm: bigint;
  /** Where RAM is for the guest; `null`: where it is in the machine. */
  ram: bigint | null;
  /** Alignments of RAM, the best first. */
  alignments: readonly bigint[];
  /** RAM must end here. */
  limit: bigint;
}

const ARM64: GuestLayout = {
  loaderSize: 0x10000n,
  comm: 2n * GIB,
  ram: null,
  alignments: [2n * MIB],
  limit: 1n << 64n,
};

const LAYOUTS: Readonly<Record<Architecture, GuestLayout>> = {
  x86: { loaderSize: MIB, comm: MIB, ram: 2n * MIB, alignments: [2n * MIB], limit: 1n << 64n },
  arm64: ARM64,
  // A kernel before 5.12 takes the 128 MiB that it is in for the start of its memory.
  arm: { ...ARM64, alignments: [128n * MIB, 2n * MIB], limit: 4n * GIB },
};

/** What "beside the hypervisor" means. */
const NEAR = 32n * MIB;
/** Smaller regions are no home of a Linux: SRAM. */
const LEAST_HOME = 16n * MIB;

/** Where RAM may be looked for. */
interface Candidate {
  region: AddressRange;
  /** The lower, the better. */
  rank: number;
  why: string;
  /** Whether memory is taken from its start on. */
  fillsUp: boolean;
}

const gap = (a: AddressRange, b: AddressRange): bigint => {
  if (overlaps(a, b)) return 0n;
  return a.start < b.start ? b.start - endOf(a) : a.start - endOf(b);
};

/** The hypervisor's memory first, then that of links: what a cell's memory is best put beside. */
const anchorsOf = ({ taken }: RootRam): AddressRange[] =>
  taken.flatMap(({ range, by }) => (/hypervisor|ivshmem/.test(by) ? [range] : []));

function candidatesOf(ram: RootRam): Candidate[] {
  const anchors = anchorsOf(ram);
  const home = ram.regions.find(({ size }) => size >= LEAST_HOME);
  const judge = (region: AddressRange): Candidate => {
    const isNear = anchors.some((anchor) => gap(region, anchor) <= NEAR);
    const isHome = home !== undefined && contains(region, home);
    const where = isNear ? 'next to the hypervisor or the links' : 'apart from the hypervisor';
    return {
      region,
      rank: (isHome ? 1 : 0) + (isNear ? 0 : 2),
      why: `${where}, ${isHome ? 'in the region that the root’s Linux boots in' : 'in a region of its own'}`,
      fillsUp: anchors[0] !== undefined && region.start >= anchors[0].start,
    };
  };
  const ordered = (regions: readonly AddressRange[]): Candidate[] =>
    regions.map(judge).toSorted((a, b) => a.rank - b.rank || (a.region.size < b.region.size ? -1 : 1));
  const merged = joined(ram.regions).filter(
    ({ start, size }) => !ram.regions.some((region) => region.start === start && region.size === size),
  );
  return [...ordered(ram.regions), ...ordered(merged)];
}

/** The place of `size` bytes in one of the ranges, the lowest or the highest. */
function fit(
  ranges: readonly AddressRange[],
  size: bigint,
  alignment: bigint,
  fillsUp: boolean,
): bigint | null {
  for (const range of fillsUp ? ranges : ranges.toReversed()) {
    const start = fillsUp ? alignUp(range.start, alignment) : (endOf(range) - size) & -alignment;
    if (start >= range.start && start + size <= endOf(range)) return start;
  }
  return null;
}

const within = (ranges: readonly AddressRange[], region: AddressRange): AddressRange[] =>
  ranges.flatMap((range) => intersection(range, region) ?? []);

interface Chosen {
  start: bigint;
  why: string;
}

function search(
  candidates: readonly Candidate[],
  free: readonly AddressRange[],
  size: bigint,
  { alignments }: GuestLayout,
): Chosen | null {
  for (const { region, fillsUp, why } of candidates) {
    for (const alignment of alignments) {
      const start = fit(within(free, region), size, alignment, fillsUp);
      if (start !== null) return { start, why };
    }
  }
  return null;
}

/** Guest addresses that RAM must leave to others, where the guest sees it at its own addresses. */
const reservedForGuest = ({ loaderSize, comm, ram, limit }: GuestLayout): AddressRange[] =>
  ram === null
    ? [{ start: 0n, size: loaderSize }, { start: comm, size: PAGE_SIZE }, rangeTo(limit, limit + (1n << 64n))]
    : [];

const largest = (ranges: readonly AddressRange[]): bigint =>
  ranges.reduce((most, { size }) => (size > most ? size : most), 0n);

/** Why each region was not taken. */
const refusals = (ram: RootRam, free: readonly AddressRange[], linux: RootLinux): string =>
  ram.regions
    .map((region) => {
      const left = within(free, region);
      const others = [
        ...new Set(ram.taken.filter(({ range }) => overlaps(range, region)).map(({ by }) => by)),
      ];
      const kept = linux.keeps.some((range) => overlaps(range, region)) ? ['the root’s Linux'] : [];
      const by = [...others, ...kept];
      const gone = by.length === 0 ? '' : `; the rest is of ${by.join(', ')}`;
      return `${describeRange(region)}: at most ${describeSize(largest(left))} in one piece${gone}`;
    })
    .join('\n') || 'the root cell has no region of RAM';

const AT: ManifestPath = ['memory'];

/** The RAM at a pinned place; what speaks against it is asked for. */
function checkPinned(
  pinned: AddressRange,
  ram: RootRam,
  linux: RootLinux,
  layout: GuestLayout,
  findings: Findings,
): boolean {
  const at: ManifestPath = [...AT, 'at'];
  const refuse = (what: string, fix: string): false => {
    findings.ask('memory', at, `the cell’s RAM cannot be at ${describeRange(pinned)}: ${what}`, fix, {
      detail: refusals(ram, without(ram.free, linux.keeps), linux),
    });
    return false;
  };
  const elsewhere = 'choose another address, or leave `at` out';
  if (pinned.start % PAGE_SIZE !== 0n) return refuse('it is not a multiple of 4 KiB', 'round it to 2 MiB');
  const known = joined([...ram.regions, ...ram.doubtful]);
  if (!isWithin(pinned, known)) return refuse('the root cell’s config has no RAM there', elsewhere);
  const owner = ram.taken.find(({ range }) => overlaps(range, pinned));
  if (owner !== undefined) return refuse(`${describeRange(owner.range)} is of ${owner.by}`, elsewhere);
  const kept = linux.keeps.find((range) => overlaps(range, pinned));
  if (kept !== undefined)
    return refuse(`${describeRange(kept)} is of the root’s kernel or firmware`, elsewhere);
  const guest = reservedForGuest(layout).find((range) => overlaps(range, pinned));
  if (guest !== undefined) {
    const what =
      guest.start === layout.comm
        ? `a cell has its communication region at ${hex(layout.comm)}`
        : guest.start === 0n
          ? 'a cell has its loader at 0'
          : 'it must end below 4 GiB on arm';
    return refuse(what, elsewhere);
  }
  return true;
}

function chooseRam(
  size: bigint,
  ram: RootRam,
  linux: RootLinux,
  layout: GuestLayout,
  findings: Findings,
): Chosen | null {
  const usable = without(ram.free, joined(reservedForGuest(layout)));
  const free = without(usable, linux.keeps);
  const candidates = candidatesOf(ram);
  const unused = linux.uses === null ? null : search(candidates, without(free, linux.uses), size, layout);
  const found = unused ?? search(candidates, free, size, layout);
  if (found !== null) return found;
  const doubtful = fit(
    without(ram.doubtful, joined(ram.taken.map(({ range }) => range))),
    size,
    layout.alignments.at(-1)!,
    true,
  );
  if (doubtful !== null) {
    findings.ask(
      'memory-doubtful',
      AT,
      `only ${describeRange({ start: doubtful, size })} has room for ${describeSize(size)}, and it is not sure to be RAM: the root cell cannot execute there`,
      `if it is RAM without another user (firmware, OP-TEE), write \`memory: { size: ${hex(size)}, at: ${hex(doubtful)} }\``,
    );
    return null;
  }
  findings.ask(
    'memory',
    AT,
    `the root cell has no ${describeSize(size)} of RAM in one piece to give away`,
    'ask for less, or enlarge a RAM region of the system config',
    {
      requested: describeSize(size),
      actual: describeSize(largest(free)),
      detail: refusals(ram, free, linux),
    },
  );
  return null;
}

/** The place nearest to `near`, below it if both sides are equal. */
function nearest(
  free: readonly AddressRange[],
  size: bigint,
  alignment: bigint,
  near: AddressRange,
): bigint | null {
  let best: { start: bigint; distance: bigint } | null = null;
  for (const range of free) {
    const isBelow = endOf(range) <= near.start;
    const start = isBelow ? (endOf(range) - size) & -alignment : alignUp(range.start, alignment);
    if (start < range.start || start + size > endOf(range)) continue;
    const distance = gap({ start, size }, near);
    if (best === null || distance < best.distance) best = { start, distance };
  }
  return best?.start ?? null;
}

/** Memory for a new link, nearest to the hypervisor's; `null` if there is none. */
export function placeLink(
  ram: RootRam,
  linux: RootLinux,
  size: bigint,
  used: readonly AddressRange[],
): bigint | null {
  const [hypervisor] = anchorsOf(ram);
  const free = without(without(ram.free, linux.keeps), joined(used));
  const unused = linux.uses === null ? [] : without(free, linux.uses);
  const near = hypervisor ?? { start: 0n, size: 0n };
  return nearest(unused, size, 0x10000n, near) ?? nearest(free, size, 0x10000n, near);
}

/** Chooses the cell's memory, or says why there is none. */
export function placeRam(
  { memory }: Wish,
  architecture: Architecture,
  ram: RootRam,
  linux: RootLinux,
  findings: Findings,
): PlacedRam | null {
  const layout = LAYOUTS[architecture];
  const size = alignUp(memory.size, 2n * MIB);
  let start: bigint;
  if (memory.at !== null) {
    if (!checkPinned({ start: memory.at, size }, ram, linux, layout, findings)) return null;
    start = memory.at;
    findings.choose('memory', describeRange({ start, size }), 'as the wish has it');
  } else {
    const found = chooseRam(size, ram, linux, layout, findings);
    if (found === null) return null;
    ({ start } = found);
    findings.choose('memory', describeRange({ start, size }), found.why);
  }
  const own = { start, size };
  // Who says that a place is RAM says so of the region that it is in.
  const agreed = ram.doubtful.filter((region) => overlaps(region, own));
  const taken = joined(ram.taken.map(({ range }) => range));
  const rest = without(without(joined([...ram.free, ...without(agreed, taken)]), [own]), linux.keeps);
  const unused = linux.uses === null ? [] : without(rest, linux.uses);
  const loader =
    nearest(unused, layout.loaderSize, layout.loaderSize, own) ??
    nearest(rest, layout.loaderSize, layout.loaderSize, own);
  if (loader === null) {
    findings.ask(
      'memory',
      AT,
      `no ${describeSize(layout.loaderSize)} of RAM are left for the cell’s loader`,
      'ask for 2 MiB less: the loader needs memory of its own',
    );
    return null;
  }
  findings.choose(
    'loader',
    describeRange({ start: loader, size: layout.loaderSize }),
    'the free memory that is nearest to the RAM',
  );
  return {
    ram: { phys: start, guest: layout.ram ?? start, size },
    loader: { phys: loader, guest: 0n, size: layout.loaderSize },
    comm: layout.comm,
  };
}
