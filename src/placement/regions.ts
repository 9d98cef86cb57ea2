import { contains, endOf, holds, intersection, overlapsWithin, type AddressRange } from '../base/ranges.ts';
import { describeSize, hex } from '../base/address.ts';
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

/** What the tool prints then. */
export const LOAD_REFUSED = 'JAILHOUSE_CELL_LOAD: Invalid argument';

/** What `jailhouse cell linux` of arm prints where no RAM region has room for all, before it loads anything. */
export const NO_SPACE = 'No space found to load all images';

export const RAM_FLAGS_FIX =
  'correct the flags of that region: RAM has READ, WRITE, EXECUTE and DMA, and neither IO nor ROOTSHARED';

export const LOADABLE_FIX =
  'add JAILHOUSE_MEM_LOADABLE (and JAILHOUSE_MEM_WRITE) to the flags of that region';

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

/** Why there is no RAM at `gap`: the region that is there has other flags, or one ends in front of it, or neither. */
export function explainGap(cell: CellConfig, gap: AddressRange): { text: string; flags: boolean } {
  const { memoryRegions } = cell;
  const name = (index: number): string => describeRegion(cell, index);
  const there = memoryRegions.findIndex((region) => holds(virtualRange(region), gap.start));
  if (there >= 0) {
    const region = memoryRegions[there]!;
    if (isCommRegion(region)) return { text: `${name(there)} is there`, flags: false };
    return { text: `${name(there)} is not RAM: ${whyNotRam(region)}`, flags: true };
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
  const claimed = cell.memoryRegions
    .map((region, index) => ({ range: virtualRange(region), index }))
    .filter(({ range }) => range.size > 0n);
  return overlapsWithin(claimed).map(([one, other]) => ({
    range: intersection(one.range, other.range)!,
    regions: [one.index, other.index],
  }));
}
