import { byStart, contains, endOf, holds, overlaps, type AddressRange } from '../base/ranges.ts';
import { hex, roundSize } from '../base/address.ts';
import { describeFlags, isCommRegion, isLoadable, isRam, virtualRange } from '../formats/cell/memory.ts';
import { regionName } from '../formats/cell/origins.ts';
import type { MemoryRegion } from '../formats/cell/records.ts';
import type { CellConfig } from '../formats/cell/types.ts';
import type { Placed } from './types.ts';

const kindOf = (region: MemoryRegion): string | null =>
  isRam(region) ? 'RAM' : isCommRegion(region) ? 'comm region' : null;

/** How error texts name a region: `memory region 2 (RAM, 73 MiB at 0x200000)`, by its place in the config. */
export const describeRegion = (cell: CellConfig, index: number): string => {
  const region = cell.memoryRegions[index]!;
  const kind = kindOf(region);
  const where = `${roundSize(region.size)} at ${hex(region.virt_start)}`;
  return `${regionName(cell, index)} (${kind === null ? '' : `${kind}, `}${where})`;
};

interface Row {
  range: AddressRange;
  text: string;
}

interface NamedRegion {
  name: string;
  region: MemoryRegion;
  range: AddressRange;
}

/** Regions of other memory are drawn only in a map that stays this small. */
const MAX_ROWS = 24;

/** Where a placed part leaves the region it starts in, or starts in none. */
function verdict(part: Placed, regions: readonly NamedRegion[]): string {
  if (regions.some(({ range }) => contains(range, part))) return '';
  const home = regions.find(({ range }) => holds(range, part.start));
  if (home === undefined) return '  <- outside every region';
  return `  <- ends ${roundSize(endOf(part) - endOf(home.range))} after ${home.name}`;
}

const regionRow = ({ name, region, range }: NamedRegion): Row => ({
  range,
  text: `${name}: ${kindOf(region) ?? 'other memory'} (${describeFlags(region)})`,
});

const matters = ({ region, range }: NamedRegion, placed: readonly Placed[]): boolean =>
  isRam(region) || isCommRegion(region) || isLoadable(region) || placed.some((part) => overlaps(part, range));

function layOut(rows: readonly Row[]): string[] {
  const columns = rows.map(({ range }) => [hex(range.start), hex(endOf(range)), roundSize(range.size)]);
  const widths = [0, 1, 2].map((column) =>
    columns.reduce((width, cells) => Math.max(width, cells[column]!.length), 0),
  );
  return rows.map((row, index) => {
    const [start, end, size] = columns[index]!.map((cell, column) => cell.padStart(widths[column]!));
    return `${start}..${end}  ${size}  ${row.text}`;
  });
}

/**
 * The cell's guest address space as text: its regions by address, and what the plan puts into each, indented.
 * Empty regions are left out; in a long map, so are those that are neither RAM nor comm region nor loadable.
 */
export function drawMemoryMap(cell: CellConfig, placed: readonly Placed[]): string {
  const regions = cell.memoryRegions
    .map((region, index) => ({
      name: regionName(cell, index, 'region'),
      region,
      range: virtualRange(region),
    }))
    .filter(({ range }) => range.size > 0n);
  const isLong = regions.length + placed.length > MAX_ROWS;
  const drawn = isLong ? regions.filter((region) => matters(region, placed)) : regions;
  // A region's row comes before what lies at its very start: the sort is stable.
  const rows = [
    ...drawn.map(regionRow),
    ...placed.map((part) => ({ range: part, text: `  ${part.label}${verdict(part, regions)}` })),
  ].toSorted((a, b) => byStart(a.range, b.range));
  const left = regions.length - drawn.length;
  return [...layOut(rows), ...(left > 0 ? [`(${left} regions of other memory are not shown)`] : [])].join(
    '\n',
  );
}
