import { byStart, contains, endOf, overlaps, type AddressRange } from '../base/ranges.ts';
import { alignUp, describeSize, PAGE_SIZE, pageAlign } from '../base/address.ts';
import { isCommRegion, isLoadable, isRam, virtualRange, whyNotRam } from '../formats/cell/memory.ts';
import type { MemoryRegion } from '../formats/cell/records.ts';
import type { CellConfig } from '../formats/cell/types.ts';
import { describeRegion } from './memory-map.ts';
import { findContests } from './regions.ts';

/** What is wanted: so many bytes at or above an address, `offset` behind a multiple of `alignment` (a page). */
export interface Wish {
  size: bigint;
  from: bigint;
  alignment?: bigint;
  offset?: bigint;
}

/** The lowest place in `region` that hits nothing of `taken`, which is sorted. */
function firstFit(
  region: AddressRange,
  { size, from, alignment = PAGE_SIZE, offset = 0n }: Wish,
  taken: readonly AddressRange[],
): AddressRange | null {
  const placeAt = (least: bigint): bigint => alignUp(least - offset, alignment) + offset;
  let start = placeAt(region.start > from ? region.start : from);
  for (const range of taken) {
    if (overlaps(range, { start, size })) start = placeAt(endOf(range));
  }
  return contains(region, { start, size }) ? { start, size } : null;
}

/**
 * The lowest place in each loadable RAM region of the cell, by address. It hits nothing of `taken`, nor what two
 * regions claim: that may be no RAM after all.
 */
export function findFits(cell: CellConfig, wish: Wish, taken: readonly AddressRange[]): AddressRange[] {
  const obstacles = [...taken, ...findContests(cell).map(({ range }) => range)].toSorted(byStart);
  return cell.memoryRegions
    .filter((region) => isRam(region) && isLoadable(region))
    .map((region) => firstFit(virtualRange(region), wish, obstacles))
    .filter((range) => range !== null)
    .toSorted(byStart);
}

/** An address that nothing may reach. */
export interface Limit {
  end: bigint;
  name: string;
}

/** A region that does not take what is wanted. */
export interface Shortfall {
  region: MemoryRegion;
  room: bigint;
  /** What it lacks: bytes, the flags of RAM, the flag for images, or room beside what is in it already. */
  lacks: 'size' | 'ram' | 'loadable' | 'room';
  text: string;
}

const MAX_SHORTFALLS = 4;

/** Why no region takes `size` bytes at or above `from`, with the missing bytes; those with the most room first. */
export function shortfalls(
  cell: CellConfig,
  { from, size }: Pick<Wish, 'from' | 'size'>,
  limit: Limit | null,
): Shortfall[] {
  const all = cell.memoryRegions.flatMap((region, index): Shortfall[] => {
    const range = virtualRange(region);
    // A region that ends in the page before `from` is told, with nothing behind it.
    if (isCommRegion(region) || pageAlign(endOf(range)) < from || !(isRam(region) || isLoadable(region))) {
      return [];
    }
    const start = pageAlign(range.start > from ? range.start : from);
    const end = limit === null || endOf(range) < limit.end ? endOf(range) : limit.end;
    const room = end > start ? end - start : 0n;
    const name = describeRegion(cell, index);
    if (room < size) {
      const bound = end === limit?.end ? ` below ${limit.name}` : '';
      const has = room === 0n ? 'has nothing there' : `has ${describeSize(room)} there`;
      const text = `${name} ${has}${bound}, ${describeSize(size - room)} missing`;
      return [{ region, room, lacks: 'size', text }];
    }
    if (!isRam(region))
      return [{ region, room, lacks: 'ram', text: `${name} is not RAM: ${whyNotRam(region)}` }];
    if (!isLoadable(region)) return [{ region, room, lacks: 'loadable', text: `${name} is not loadable` }];
    return [{ region, room, lacks: 'room', text: `${name} is large enough, but other things are in it` }];
  });
  return all.toSorted((a, b) => (a.room > b.room ? -1 : a.room < b.room ? 1 : 0)).slice(0, MAX_SHORTFALLS);
}

export const describeShortfalls = (cell: CellConfig, wish: Pick<Wish, 'from' | 'size'>): string =>
  shortfalls(cell, wish, null)
    .map(({ text }) => text)
    .join('; ');
