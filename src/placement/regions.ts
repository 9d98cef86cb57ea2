import {
  byStart,
  contains,
  describeSize,
  endOf,
  hex,
  holds,
  intersection,
  type AddressRange,
} from '../base/address.ts';
import {
  describeFlags,
  isCommRegion,
  isLoadable,
  isRam,
  virtualRange,
  whyNotRam,
} from '../formats/cell/memory.ts';
import type { CellConfig } from '../formats/cell/types.ts';
import { describeRegion } from './memory-map.ts';

/** Why `jailhouse cell load` refuses an image. */
export interface Refusal {
  /** No region holds the image's start, or the one that does is not for loading, or it ends too early. */
  kind: 'outside' | 'not-loadable' | 'too-short';
  /** The region's place in the config; `null` where there is none. */
  region: number | null;
  text: string;
}

/**
 * Whether `jailhouse cell load` takes an image (then `null`): the first region of the config that holds the image's
 * start must be writable and loadable and hold all of it.
 */
export function whyNotLoadable(cell: CellConfig, image: AddressRange): Refusal | null {
  const index = cell.memoryRegions.findIndex((region) => holds(virtualRange(region), image.start));
  if (index < 0) {
    return { kind: 'outside', region: null, text: `no memory region of the cell holds ${hex(image.start)}` };
  }
  const region = cell.memoryRegions[index]!;
  const name = describeRegion(cell, index);
  if (!isLoadable(region)) {
    return { kind: 'not-loadable', region: index, text: `${name} has the flags ${describeFlags(region)}` };
  }
  const range = virtualRange(region);
  if (contains(range, image)) return null;
  const missing = describeSize(endOf(image) - endOf(range));
  return { kind: 'too-short', region: index, text: `${name} ends ${missing} too early` };
}

/** The parts of `wanted` that no range of `available` covers; `available` is sorted and does not overlap. */
export function uncovered(wanted: AddressRange, available: readonly AddressRange[]): AddressRange[] {
  const gaps: AddressRange[] = [];
  let at = wanted.start;
  for (const range of available) {
    if (endOf(range) <= at) continue;
    if (range.start >= endOf(wanted)) break;
    if (range.start > at) gaps.push({ start: at, size: range.start - at });
    at = endOf(range);
  }
  if (at < endOf(wanted)) gaps.push({ start: at, size: endOf(wanted) - at });
  return gaps;
}

/** Why there is no RAM at `gap`: the region that is there has other flags, or one ends in front of it, or neither. */
export function explainGap(cell: CellConfig, gap: AddressRange): { text: string; flags: boolean } {
  const { memoryRegions } = cell;
  const name = (index: number): string => describeRegion(cell, index);
  const there = memoryRegions.findIndex((region) => holds(virtualRange(region), gap.start));
  if (there >= 0) {
    const region = memoryRegions[there]!;
    if (isCommRegion(region)) return { text: `${name(there)} is there`, flags: false };
    return { text: `${name(there)} is no RAM: ${whyNotRam(region)}`, flags: true };
  }
  const before = memoryRegions.findIndex(
    (region) => isRam(region) && region.size > 0n && endOf(virtualRange(region)) === gap.start,
  );
  const text =
    before >= 0
      ? `${name(before)} ends ${describeSize(gap.size)} too early`
      : `no memory region of the cell holds ${hex(gap.start)}`;
  return { text, flags: false };
}

/** Guest addresses that two regions claim, by their places in the config. */
export interface Contest {
  range: AddressRange;
  regions: readonly [number, number];
}

/**
 * Where regions overlap in the guest's address space, by address. All contested addresses are covered, but where more
 * than two regions meet not every pair is named.
 */
export function findContests(cell: CellConfig): Contest[] {
  const sorted = cell.memoryRegions
    .map((region, index) => ({ range: virtualRange(region), index }))
    .filter(({ range }) => range.size > 0n)
    .toSorted((a, b) => byStart(a.range, b.range));
  const contests: Contest[] = [];
  let furthest = sorted[0];
  for (const next of sorted.slice(1)) {
    const range = intersection(furthest!.range, next.range);
    if (range !== null) contests.push({ range, regions: [furthest!.index, next.index] });
    if (endOf(next.range) > endOf(furthest!.range)) furthest = next;
  }
  return contests;
}
