import { contains, describeSize, endOf, type AddressRange } from '../address.ts';
import { describeFlags, isLoadable, virtualRange } from '../cell/memory.ts';
import type { CellConfig } from '../cell/types.ts';
import { describeRegion } from './memory-map.ts';

/**
 * Why `jailhouse cell load` refuses an image, or `null` if it takes it: the first region of the config that holds the
 * image's start must be writable and loadable and hold all of it.
 */
export function whyNotLoadable(cell: CellConfig, image: AddressRange): string | null {
  const index = cell.memoryRegions.findIndex((region) => {
    const range = virtualRange(region);
    return range.start <= image.start && image.start < endOf(range);
  });
  if (index < 0) return 'no memory region of the cell holds its start';
  const region = cell.memoryRegions[index]!;
  const name = describeRegion(cell, index);
  if (!isLoadable(region)) return `${name} is not loadable (it has: ${describeFlags(region)})`;
  const range = virtualRange(region);
  if (!contains(range, image)) return `${name} ends ${describeSize(endOf(image) - endOf(range))} too early`;
  return null;
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
