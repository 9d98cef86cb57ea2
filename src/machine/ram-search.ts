import { alignUp } from '../base/address.ts';
import { contains, endOf, intersection, joined, overlaps, type AddressRange } from '../base/ranges.ts';
import type { GuestLayout } from './guest-layout.ts';
import type { RootRam } from './root-ram.ts';

const MIB = 1n << 20n;

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
export const anchorsOf = ({ taken }: RootRam): AddressRange[] =>
  taken.flatMap(({ range, by }) => (/hypervisor|ivshmem/.test(by) ? [range] : []));

export function candidatesOf(ram: RootRam): Candidate[] {
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
export function fit(
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

export const within = (ranges: readonly AddressRange[], region: AddressRange): AddressRange[] =>
  ranges.flatMap((range) => intersection(range, region) ?? []);

export interface Chosen {
  start: bigint;
  why: string;
}

export function search(
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

/** The place nearest to `near`, below it if both sides are equal. */
export function nearest(
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
