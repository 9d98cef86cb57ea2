import { hex, roundSize } from '../base/address.ts';
import {
  byStart,
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
import type { CellConfig } from '../formats/cell/types.ts';
import type { Placed, Plan } from '../placement/types.ts';
import {
  excessOf,
  layOutPlan,
  lostParts,
  partKind,
  ramOf,
  type LaidRegion,
  type PlanLayout,
  type RegionKind,
} from './plan-layout.ts';

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

const letterOf = (part: Placed): Letter => LETTERS[partKind(part)];

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

function drawRegion({ name, range, parts, free }: LaidRegion, width: number, paint: Paint): string[] {
  const letters = drawColumns(range, parts, width - 3);
  const column = (range.size + BigInt(width - 3) - 1n) / BigInt(width - 3);
  const excess = parts.flatMap((part) => {
    const size = excessOf(part, { range });
    return size > 0n ? [{ part, size }] : [];
  });
  const rows = parts.map((part) => {
    const text = excess.some((each) => each.part === part) ? `${part.label} (!)` : part.label;
    return { letter: letterOf(part), range: describeRange(part), size: roundSize(part.size), text };
  });
  const largest = free.reduce((most, { size }) => (size > most ? size : most), 0n);
  const left = free.reduce((sum, { size }) => sum + size, 0n);
  const among = free.length > 1 ? `, at most ${roundSize(largest)} in one piece` : '';
  rows.push({ letter: LETTERS.free, range: '', size: roundSize(left), text: `free${among}` });
  return [
    `RAM ${describeRange(range)}, ${roundSize(range.size)} (${name}; a column is ${roundSize(column)})`,
    `|${paintRuns(letters, paint)}|${excess.length > 0 ? '>' : ''}`,
    ...legend(rows, paint),
    ...excess.map(({ part, size }) => `  !  ${part.label} sticks out of ${name} by ${roundSize(size)}`),
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
function drawOthers({ regions, ivshmem, otherDevices }: PlanLayout, width: number): string[] {
  const rangesOf = (wanted: RegionKind): AddressRange[] =>
    regions.filter(({ kind }) => kind === wanted).map(({ range }) => range);
  return [
    ...folded('ivshmem', rangesOf('shared'), ivshmem === 0 ? '' : plural(ivshmem, 'device'), width),
    ...folded(
      'devices',
      rangesOf('device'),
      otherDevices === 0 ? '' : plural(otherDevices, 'PCI device'),
      width,
    ),
    ...folded('comm region', rangesOf('comm'), '', width),
    ...folded('other memory', rangesOf('other'), '', width),
  ];
}

/** Too narrow for a bar. */
const NARROWEST = 40;
const MIN_BAR = 16;

/** The bar of the RAM that the kernel is in, in one line; `null`: it is in none. */
export function drawBriefly(
  cell: CellConfig,
  { placed }: Plan,
  width: number,
  paint: Paint = (_, text) => text,
): string | null {
  const kernel = placed.find((part) => partKind(part) === 'kernel');
  const home = ramOf(layOutPlan(cell, placed)).find(({ range }) => kernel && holds(range, kernel.start));
  if (home === undefined) return null;
  const { range, parts, free } = home;
  const left = free.reduce((sum, { size }) => sum + size, 0n);
  const out = parts.some((part) => excessOf(part, home) > 0n) ? '>' : '';
  const [before, after] = [`${hex(range.start)} |`, `|${out} ${hex(endOf(range))}, ${roundSize(left)} free`];
  const count = Math.max(width - before.length - after.length, MIN_BAR);
  return `${before}${paintRuns(drawColumns(range, parts, count), paint)}${after}`;
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
  const layout = layOutPlan(cell, plan.placed);
  return [
    ...ramOf(layout).flatMap((region) => drawRegion(region, columns, paint)),
    ...lostParts(layout).map((part) => `  !  ${part.label} is in no region of RAM: ${describeRange(part)}`),
    ...drawOthers(layout, columns),
  ];
}
