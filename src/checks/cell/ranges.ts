import { byStart, describeSize, endOf, hex, overlaps, type AddressRange } from '../../base/address.ts';
import { isCommRegion } from '../../formats/cell/memory.ts';
import type { MemoryRegion } from '../../formats/cell/records.ts';
import type { Party } from './scene.ts';

/** A memory region by its place in its cell's config, at its physical or its guest address. */
export interface PlacedRegion {
  index: number;
  region: MemoryRegion;
  range: AddressRange;
}

type Side = 'phys_start' | 'virt_start';

/** The regions that are not empty. The comm region's memory is the hypervisor's: it has no physical place. */
export const placedRegions = ({ description }: Party, side: Side): PlacedRegion[] =>
  description.memoryRegions.flatMap((region, index) =>
    region.size === 0n || (side === 'phys_start' && isCommRegion(region))
      ? []
      : [{ index, region, range: { start: region[side], size: region.size } }],
  );

const sorted = <T extends { range: AddressRange }>(items: readonly T[]): T[] =>
  items.toSorted((a, b) => byStart(a.range, b.range));

/** Overlaps in one list: each item with the one in front of it that reaches furthest, so at most one for each item. */
export function overlapsWithin<T extends { range: AddressRange }>(items: readonly T[]): [T, T][] {
  const [first, ...others] = sorted(items);
  const found: [T, T][] = [];
  let furthest = first;
  for (const item of others) {
    if (overlaps(furthest!.range, item.range)) found.push([furthest!, item]);
    if (endOf(item.range) > endOf(furthest!.range)) furthest = item;
  }
  return found;
}

/** Overlaps of one list with another, neither of which overlaps itself (else a part of them). */
export function overlapsBetween<T extends { range: AddressRange }, U extends { range: AddressRange }>(
  ones: readonly T[],
  others: readonly U[],
): [T, U][] {
  const a = sorted(ones);
  const b = sorted(others);
  const found: [T, U][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [one, other] = [a[i]!, b[j]!];
    if (overlaps(one.range, other.range)) found.push([one, other]);
    if (endOf(one.range) < endOf(other.range)) i++;
    else j++;
  }
  return found;
}

/** The ranges sorted, with touching and overlapping ones joined. */
export function joined(ranges: readonly AddressRange[]): AddressRange[] {
  const result: AddressRange[] = [];
  for (const range of ranges.toSorted(byStart)) {
    const last = result.at(-1);
    if (last && range.start <= endOf(last)) {
      if (endOf(range) > endOf(last)) last.size = endOf(range) - last.start;
    } else {
      result.push({ ...range });
    }
  }
  return result;
}

export const rangeText = (range: AddressRange): string => `${hex(range.start)}..${hex(endOf(range))}`;

/** `memory region 3 (0x100000..0x200000, 1 MiB)` */
export const regionText = ({ index, range }: PlacedRegion): string =>
  `memory region ${index} (${rangeText(range)}, ${describeSize(range.size)})`;
