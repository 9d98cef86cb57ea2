import { contains, describeSize, endOf, hex, type AddressRange } from '../address.ts';
import { describeFlags, isCommRegion, isRam, virtualRange } from '../cell/memory.ts';
import type { MemoryRegion } from '../cell/records.ts';
import type { CellConfig } from '../cell/types.ts';
import type { Placed } from './types.ts';

/** `RAM`, `comm region` or `memory`. */
const kindOf = (region: MemoryRegion): string =>
  isRam(region) ? 'RAM' : isCommRegion(region) ? 'comm region' : 'memory';

/** How error texts name a region: by its place in the config, its guest address and its size. */
export const describeRegion = (cell: CellConfig, index: number): string => {
  const region = cell.memoryRegions[index]!;
  return `memory region ${index} (${kindOf(region)} at ${hex(region.virt_start)}, ${describeSize(region.size)})`;
};

export const describeRange = (range: AddressRange): string => `${hex(range.start)}..${hex(endOf(range))}`;

interface Row {
  range: AddressRange;
  text: string;
}

const byStart = (a: Row, b: Row): number =>
  a.range.start < b.range.start ? -1 : a.range.start > b.range.start ? 1 : 0;

/** Where a placed part leaves the region it starts in, or starts in none. */
function verdict(part: Placed, regions: readonly AddressRange[]): string {
  if (regions.some((region) => contains(region, part))) return '';
  const home = regions.find((region) => region.start <= part.start && part.start < endOf(region));
  if (home === undefined) return '  <- outside every region';
  return `  <- ${describeSize(endOf(part) - endOf(home))} beyond the region`;
}

/**
 * The cell's guest address space as text: its regions by address, and what the plan puts into each, indented.
 * Empty regions are left out.
 */
export function drawMemoryMap(cell: CellConfig, placed: readonly Placed[]): string {
  const regions = cell.memoryRegions.map(virtualRange).filter((range) => range.size > 0n);
  const rows: Row[] = cell.memoryRegions.flatMap((region, index) =>
    region.size === 0n
      ? []
      : [
          {
            range: virtualRange(region),
            text: `${kindOf(region)}, region ${index}: ${describeFlags(region)}`,
          },
        ],
  );
  // A region's row comes before what lies at its very start: the sort is stable.
  const parts: Row[] = placed.map((part) => ({
    range: part,
    text: `  ${part.label}${verdict(part, regions)}`,
  }));
  const all = [...rows, ...parts].sort(byStart);
  const ranges = all.map((row) => describeRange(row.range));
  const sizes = all.map((row) => describeSize(row.range.size));
  const rangeWidth = Math.max(...ranges.map((text) => text.length));
  const sizeWidth = Math.max(...sizes.map((text) => text.length));
  return all
    .map(
      (row, index) =>
        `${ranges[index]!.padEnd(rangeWidth)}  ${sizes[index]!.padStart(sizeWidth)}  ${row.text}`,
    )
    .join('\n');
}
