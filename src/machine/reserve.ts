import { alignUp, hex } from '../base/address.ts';
import { byStart, contains, endOf, joined, overlaps, rangeTo, type AddressRange } from '../base/ranges.ts';
import type { Architecture } from '../base/choices.ts';
import type { PlacedLink } from './links.ts';
import { linkMemory } from './links.ts';
import type { PlacedRam } from './ram.ts';
import type { RootRam } from './root-ram.ts';

/** Memory that the root cell's Linux must leave alone, and what it is for. */
export interface Reserved {
  range: AddressRange;
  what: string;
}

/** The cell's memory and what the hypervisor has, as far as Linux could take it for its own. */
export function reservedFor(ram: RootRam, placed: PlacedRam, links: readonly PlacedLink[]): Reserved[] {
  const own: Reserved[] = [
    { range: { start: placed.ram.phys, size: placed.ram.size }, what: 'ram' },
    { range: { start: placed.loader.phys, size: placed.loader.size }, what: 'loader' },
    ...links.flatMap((link) => linkMemory(link).map((range) => ({ range, what: 'link' }))),
  ];
  // What the board's own tree reserves is reserved there; another cell's memory was so for that cell.
  const before = ram.taken
    .filter(({ by }) => !by.endsWith('of the board'))
    .map(({ range, by }) => ({ range, what: wordOf(by) }));
  const distinct = before.filter(({ range }) => !own.some((each) => contains(each.range, range)));
  return touching([...own, ...distinct].toSorted((a, b) => byStart(a.range, b.range)));
}

/** What the memory of a range is for, in one word. */
const wordOf = (by: string): string =>
  ['hypervisor', 'ivshmem', 'cell'].find((word) => by.includes(word)) ?? 'pci';

/** Ranges of one kind that touch, as one. */
function touching(reserved: readonly Reserved[]): Reserved[] {
  const found: Reserved[] = [];
  for (const { range, what } of reserved) {
    const last = found.at(-1);
    if (last?.what === what && endOf(last.range) === range.start)
      last.range = rangeTo(last.range.start, endOf(range));
    else found.push({ range, what });
  }
  return found;
}

/** Smaller gaps are of no use to Linux. */
const USELESS = 1n << 20n;

/** The reserved ranges with small gaps between them closed. */
export function mergedRanges(reserved: readonly Reserved[], gap = USELESS): AddressRange[] {
  const merged: AddressRange[] = [];
  for (const range of joined(reserved.map((each) => each.range))) {
    const last = merged.at(-1);
    if (last !== undefined && range.start - endOf(last) <= gap) last.size = endOf(range) - last.start;
    else merged.push({ ...range });
  }
  return merged;
}

/** Words for the root's command line that keep its Linux out of the ranges. */
export interface MemoryWordChoice {
  words: string[];
  /** As GRUB's configuration wants them: it would take the `$` for a variable. */
  grub: string[];
}

const MIB = 1n << 20n;

/** `mem=` where all is above one line; `memmap=` on x86; `null` where only reserved-memory can say it. */
export function memoryWords(
  architecture: Architecture,
  regions: readonly AddressRange[],
  reserved: readonly AddressRange[],
): MemoryWordChoice | null {
  const ram = joined(regions);
  const inRam = reserved.filter((range) => ram.some((each) => overlaps(each, range)));
  if (inRam.length === 0) return { words: [], grub: [] };
  if (architecture === 'x86') {
    const words = inRam.map(({ start, size }) => `memmap=${hex(size)}$${hex(start)}`);
    return { words, grub: words.map((word) => word.replace('$', String.raw`\\\$`)) };
  }
  const line = inRam[0]!.start;
  const above = ram.flatMap((range) =>
    endOf(range) > line ? [rangeTo(range.start > line ? range.start : line, endOf(range))] : [],
  );
  const isAllReserved = above.every((range) => inRam.some((each) => contains(each, range)));
  const below = ram.reduce((sum, range) => {
    const end = endOf(range) < line ? endOf(range) : line;
    return end > range.start ? sum + (end - range.start) : sum;
  }, 0n);
  if (!isAllReserved || below === 0n) return null;
  const size = alignUp(below, MIB) > below ? alignUp(below, MIB) - MIB : below;
  const words = [`mem=${size / MIB}M`];
  return { words, grub: words };
}
