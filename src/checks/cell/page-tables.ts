import { type AddressRange, endOf, joined } from '../../base/ranges.ts';
import { alignUp } from '../../base/address.ts';

/** What one entry of the second-lowest level maps, and one table of the lowest level covers. */
const HUGE_PAGE = 1n << 21n;
/** What one table of each level covers, from the lowest on; above them is one root table. */
const LEVELS = [HUGE_PAGE, 1n << 30n, 1n << 39n] as const;

/** A guest's range of addresses, and the physical one behind it. */
export interface Mapping extends AddressRange {
  physical: bigint;
  /** Whether huge pages may map it. */
  huge: boolean;
}

export const hugePageOffset = (address: bigint): bigint => address & (HUGE_PAGE - 1n);

/** Only then can huge pages map a part of it, if it is large enough. */
export const isAlignedAlike = ({ start, physical }: Mapping): boolean =>
  hugePageOffset(start) === hugePageOffset(physical);

/** The parts of a guest's range that pages of 4 KiB map when huge pages map all they can. */
function besidesHugePages({ start, size }: AddressRange): AddressRange[] {
  const end = start + size;
  const first = alignUp(start, HUGE_PAGE);
  const last = end & -HUGE_PAGE;
  if (first >= last) return [{ start, size }];
  return [
    { start, size: first - start },
    { start: last, size: end - last },
  ].filter((part) => part.size > 0n);
}

/** Whether there is a place for a huge page in the range. */
export const fitsHugePage = (range: AddressRange): boolean =>
  alignUp(range.start, HUGE_PAGE) + HUGE_PAGE <= endOf(range);

/** How many tables that cover `reach` bytes each the ranges need. */
function tablesFor(ranges: readonly AddressRange[], reach: bigint): bigint {
  const covered = ranges.map((range) => {
    const start = range.start & -reach;
    return { start, size: alignUp(endOf(range), reach) - start };
  });
  return joined(covered).reduce((sum, { size }) => sum + size / reach, 0n);
}

/**
 * Pages of 4 KiB that one set of page tables of four levels takes, with huge pages of 2 MiB wherever they fit.
 * Pages of 1 GiB, which not all machines have, are not counted with; they save a table each.
 */
export function countPageTables(mappings: readonly Mapping[]): bigint {
  const small = mappings.flatMap((mapping) =>
    mapping.huge && isAlignedAlike(mapping) ? besidesHugePages(mapping) : [mapping],
  );
  const [lowest, ...upper] = LEVELS;
  return upper.reduce((sum, reach) => sum + tablesFor(mappings, reach), tablesFor(small, lowest) + 1n);
}
