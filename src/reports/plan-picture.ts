import { hex, roundSize } from '../base/address.ts';
import {
  byStart,
  contains,
  describeRange,
  endOf,
  holds,
  intersection,
  overlaps,
  uncovered,
  type AddressRange,
} from '../base/ranges.ts';
import { plural } from '../base/text.ts';
import { wrap } from '../base/wrap.ts';
import { ivshmemDevices } from '../checks/cell/shmem.ts';
import { isCommRegion, isDevice, isRam, virtualRange } from '../formats/cell/memory.ts';
import { regionName } from '../formats/cell/origins.ts';
import type { CellConfig } from '../formats/cell/types.ts';
import type { Placed, Plan } from '../placement/types.ts';

/** What a letter of a bar stands for. */
export const LETTERS = {
  loader: 'L',
  params: 'P',
  tree: 'D',
  kernel: 'K',
  run: 'r',
  initrd: 'I',
  free: '.',
} as const;
type Letter = (typeof LETTERS)[keyof typeof LETTERS];

/** Colours a text that shows a part. */
export type Paint = (letter: Letter, text: string) => string;

const STARTS: readonly (readonly [string, Letter])[] = [
  ['loader', LETTERS.loader],
  ['params', LETTERS.params],
  ['device tree', LETTERS.tree],
  ['kernel run', LETTERS.run],
  ['kernel', LETTERS.kernel],
  ['initrd', LETTERS.initrd],
];

const letterOf = ({ label }: Placed): Letter =>
  STARTS.find(([start]) => label.startsWith(start))?.[1] ?? LETTERS.run;

interface Region {
  name: string;
  range: AddressRange;
}

const sizeIn = (part: AddressRange, column: AddressRange): bigint => intersection(part, column)?.size ?? 0n;

/** Who has most of a column; the kernel's file goes before the area that it runs in. */
function letterAt(column: AddressRange, parts: readonly Placed[], free: readonly AddressRange[]): Letter {
  let best: Letter = LETTERS.free;
  let most = free.reduce((sum, range) => sum + sizeIn(range, column), 0n);
  for (const part of parts) {
    const size = sizeIn(part, column);
    const isFile = best === LETTERS.run && letterOf(part) !== LETTERS.run && size > 0n;
    if (size > most || isFile) [best, most] = [letterOf(part), size];
  }
  return best;
}

/** A letter for each column; a part that is smaller than a column gets one of a neighbour that has several. */
function drawColumns(range: AddressRange, parts: readonly Placed[], count: number): Letter[] {
  const free = uncovered(range, parts);
  const step = (range.size + BigInt(count) - 1n) / BigInt(count);
  const columns = Array.from({ length: Number((range.size + step - 1n) / step) }, (_, index) => ({
    start: range.start + BigInt(index) * step,
    size: step,
  }));
  const letters = columns.map((column) => letterAt(column, parts, free));
  for (const part of parts) {
    const letter = letterOf(part);
    if (letters.includes(letter)) continue;
    const isSpare = (at: number): boolean => letters.filter((each) => each === letters[at]).length > 1;
    const at = columns.findIndex((column, index) => overlaps(part, column) && isSpare(index));
    const near =
      at >= 0 ? at : letters.findIndex((_, index) => columns[index]!.start >= part.start && isSpare(index));
    if (near >= 0) letters[near] = letter;
  }
  return letters;
}

/** Letters in runs of the same, each painted as one. */
const paintRuns = (letters: readonly Letter[], paint: Paint): string =>
  (letters.join('').match(/(.)\1*/g) ?? []).map((run) => paint(run[0] as Letter, run)).join('');

/** `  K  0x1000000..0x1dc0000  13.75 MiB  kernel file`, in columns. */
function legend(
  rows: readonly { letter: Letter; range: string; size: string; text: string }[],
  paint: Paint,
) {
  const [wide, sizeWide] = (['range', 'size'] as const).map((key) =>
    Math.max(...rows.map((row) => row[key].length)),
  );
  return rows.map(
    ({ letter, range, size, text }) =>
      `  ${paint(letter, letter)}  ${range.padEnd(wide!)}  ${size.padStart(sizeWide!)}  ${text}`,
  );
}

const endsAfter = (part: Placed, range: AddressRange): boolean =>
  holds(range, part.start) && endOf(part) > endOf(range);

function drawRegion(
  { name, range }: Region,
  placed: readonly Placed[],
  width: number,
  paint: Paint,
): string[] {
  const parts = placed.filter((part) => overlaps(part, range)).toSorted(byStart);
  const letters = drawColumns(range, parts, width - 3);
  const column = (range.size + BigInt(width - 3) - 1n) / BigInt(width - 3);
  const sticksOut = parts.some((part) => endsAfter(part, range));
  const free = uncovered(range, parts);
  const rows = parts.map((part) => {
    const text = endsAfter(part, range) ? `${part.label} (!)` : part.label;
    return { letter: letterOf(part), range: describeRange(part), size: roundSize(part.size), text };
  });
  const largest = free.reduce((most, { size }) => (size > most ? size : most), 0n);
  const left = free.reduce((sum, { size }) => sum + size, 0n);
  const among = free.length > 1 ? `, at most ${roundSize(largest)} in one piece` : '';
  rows.push({ letter: LETTERS.free, range: '', size: roundSize(left), text: `free${among}` });
  const out = parts
    .filter((part) => endsAfter(part, range))
    .map((part) => `  !  ${part.label} sticks out of ${name} by ${roundSize(endOf(part) - endOf(range))}`);
  return [
    `RAM ${describeRange(range)}, ${roundSize(range.size)} (${name}; a column is ${roundSize(column)})`,
    `|${paintRuns(letters, paint)}|${sticksOut ? '>' : ''}`,
    ...legend(rows, paint),
    ...out,
  ];
}

/** Regions of one kind in one line; nothing without any. */
function folded(label: string, ranges: readonly AddressRange[], more: string, width: number): string[] {
  if (ranges.length === 0 && more === '') return [];
  const start = label.length + 2;
  const total = ranges.reduce((sum, { size }) => sum + size, 0n);
  const sorted = ranges.toSorted(byStart);
  const where =
    sorted.length === 0
      ? ''
      : `${plural(sorted.length, 'region')}, ${roundSize(total)}, from ${hex(sorted[0]!.start)} to ${hex(endOf(sorted.at(-1)!))}`;
  const text = [more, where].filter((each) => each !== '').join('; ');
  return [`${label}: ${wrap(text, width, { start, indent: start })}`];
}

/** All that is no RAM, a line for each kind. */
function drawOthers(cell: CellConfig, width: number): string[] {
  const devices = ivshmemDevices({ description: cell });
  const shared = new Set(devices.flatMap(({ sections }) => sections.map(({ index }) => index)));
  const all = cell.memoryRegions.map((region, index) => ({ region, index, range: virtualRange(region) }));
  const rest = all.filter(({ region, range }) => range.size > 0n && !isRam(region));
  const rangesOf = (is: (each: (typeof rest)[number]) => boolean): AddressRange[] =>
    rest.filter(is).map(({ range }) => range);
  const isShared = ({ index }: { index: number }): boolean => shared.has(index);
  const others = cell.pciDevices.length - devices.length;
  return [
    ...folded(
      'ivshmem',
      rangesOf(isShared),
      devices.length === 0 ? '' : plural(devices.length, 'device'),
      width,
    ),
    ...folded(
      'devices',
      rangesOf((each) => !isShared(each) && isDevice(each.region)),
      others === 0 ? '' : plural(others, 'PCI device'),
      width,
    ),
    ...folded(
      'comm region',
      rangesOf(({ region }) => isCommRegion(region)),
      '',
      width,
    ),
    ...folded(
      'other memory',
      rangesOf((each) => !isShared(each) && !isDevice(each.region) && !isCommRegion(each.region)),
      '',
      width,
    ),
  ];
}

/** Too narrow for a bar. */
const NARROWEST = 40;
const MIN_BAR = 16;

const ramOf = (cell: CellConfig): Region[] =>
  cell.memoryRegions
    .flatMap((region, index): Region[] =>
      isRam(region) && region.size > 0n
        ? [{ name: regionName(cell, index, 'region'), range: virtualRange(region) }]
        : [],
    )
    .toSorted((a, b) => byStart(a.range, b.range));

/** The bar of the RAM that the kernel is in, in one line; `null`: it is in none. */
export function drawBriefly(
  cell: CellConfig,
  { placed }: Plan,
  width: number,
  paint: Paint = (_, text) => text,
): string | null {
  const kernel = placed.find((part) => letterOf(part) === LETTERS.kernel);
  const home = ramOf(cell).find(({ range }) => kernel && holds(range, kernel.start))?.range;
  if (home === undefined) return null;
  const parts = placed.filter((part) => overlaps(part, home));
  const left = uncovered(home, parts).reduce((sum, { size }) => sum + size, 0n);
  const out = parts.some((part) => endsAfter(part, home)) ? '>' : '';
  const [before, after] = [`${hex(home.start)} |`, `|${out} ${hex(endOf(home))}, ${roundSize(left)} free`];
  const count = Math.max(width - before.length - after.length, MIN_BAR);
  return `${before}${paintRuns(drawColumns(home, parts, count), paint)}${after}`;
}

/**
 * Where everything goes in a cell's memory, as text: a bar for each region of RAM, in proportion, with what is in it and
 * what is free, and a line for each other kind of memory.
 *
 * @param width of the longest line, where addresses allow it
 */
export function drawPlan(
  cell: CellConfig,
  plan: Plan,
  width: number,
  paint: Paint = (_, text) => text,
): string[] {
  const columns = Math.max(width, NARROWEST);
  const regions = ramOf(cell);
  const all = cell.memoryRegions.map(virtualRange);
  const lost = plan.placed.filter(
    (part) =>
      !all.some((range) => contains(range, part)) && !regions.some(({ range }) => holds(range, part.start)),
  );
  return [
    ...regions.flatMap((region) => drawRegion(region, plan.placed, columns, paint)),
    ...lost.map((part) => `  !  ${part.label} is in no region of RAM: ${describeRange(part)}`),
    ...drawOthers(cell, columns),
  ];
}
