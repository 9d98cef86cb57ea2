import { endOf, type AddressRange } from './ranges.ts';

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** The place of the last of these that is not above `value`; -1: all are. */
function lastUpTo(sorted: readonly bigint[], value: bigint): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * Finds the first of many ranges, in their order, that holds an address. They may hold each other.
 *
 * @returns the place of that range in the list; -1: none
 */
export function rangeIndex(ranges: readonly AddressRange[]): (address: bigint) => number {
  const bounds = [...new Set(ranges.flatMap((range) => [range.start, endOf(range)]))].toSorted(compare);
  // Between two bounds, one range is the first.
  const first = new Int32Array(bounds.length).fill(-1);
  /** The next place that no range has yet. */
  const free = Int32Array.from(bounds, (_, place) => place);
  const nextFree = (place: number): number => {
    let found = place;
    while (found < bounds.length && free[found] !== found) found = free[found]!;
    for (let at = place; at < found;) {
      const after = free[at]!;
      free[at] = found;
      at = after;
    }
    return found;
  };
  for (const [index, range] of ranges.entries()) {
    const end = lastUpTo(bounds, endOf(range));
    for (let place = nextFree(lastUpTo(bounds, range.start)); place < end; place = nextFree(place)) {
      first[place] = index;
      free[place] = place + 1;
    }
  }
  return (address) => first[lastUpTo(bounds, address)] ?? -1;
}
