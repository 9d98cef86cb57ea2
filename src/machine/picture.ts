import { hex, roundSize } from '../base/address.ts';
import { byStart, describeRange, endOf, intersection, span, type AddressRange } from '../base/ranges.ts';
import { describeNumbers } from '../base/runs.ts';
import { plural, printable } from '../base/text.ts';
import { wrap } from '../base/wrap.ts';
import { ivshmemDevices } from '../checks/cell/shmem.ts';
import { formatBdf } from '../formats/cell/pci.ts';
import { cpusOf, pinsOf } from '../formats/cell/resources.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import { shownName, stretchesOf, usersOf, type User } from '../reports/machine-shares.ts';
import { kindOf } from './link-kinds.ts';

const ROOT = '.';
/** Of files, and where no terminal says it. */
const USUAL_WIDTH = 80;
const LEAST_COLUMNS = 16;
const MOST_COLUMNS = 64;
/** Larger holes between memory are not drawn. */
const HOLE = 1n << 28n;
/** More CPUs are told as numbers. */
const MOST_CPUS = 64;

const sizeIn = ({ memory }: User, column: AddressRange): bigint =>
  memory.reduce((sum, range) => sum + (intersection(range, column)?.size ?? 0n), 0n);

/** Who has most of a column; what the root cell gave away goes before what it keeps. */
function letterOf(column: AddressRange, users: readonly User[]): string {
  const [root, ...others] = users;
  const sizes = others.map((user) => sizeIn(user, column));
  const most = sizes.reduce((large, size) => (size > large ? size : large), 0n);
  if (most > 0n) return others[sizes.indexOf(most)]!.letter;
  return sizeIn(root!, column) > 0n ? ROOT : ' ';
}

/** The letters of columns; whose memory is too small for one gets a column of those that have several. */
function drawColumns(columns: readonly AddressRange[], users: readonly User[]): string[] {
  const letters = columns.map((column) => letterOf(column, users));
  for (const user of users) {
    if (letters.includes(user.letter)) continue;
    const at = columns.findIndex((column, index) => {
      const hasOthers = letters.filter((letter) => letter === letters[index]).length > 1;
      return hasOthers && sizeIn(user, column) > 0n;
    });
    if (at >= 0) letters[at] = user.letter;
  }
  return letters;
}

/** Bars of the same scale, with their addresses, and what is drawn in them. */
function drawBars(
  title: string,
  stretches: readonly AddressRange[],
  users: readonly User[],
  width: number,
): { lines: string[]; letters: string } {
  const total = stretches.reduce((sum, { size }) => sum + size, 0n);
  const wide = Math.max(0, ...stretches.map(({ start }) => hex(start).length));
  const wideEnd = Math.max(0, ...stretches.map((range) => hex(endOf(range)).length));
  // A bar may begin one column for each stretch more.
  const room = width - '  '.length - wide - ' ||'.length - ' '.length - wideEnd - (stretches.length - 1);
  const count = BigInt(Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, room)));
  const step = (total + count - 1n) / count || 1n;
  const bars = stretches.map((range) =>
    drawColumns(
      Array.from({ length: Number((range.size + step - 1n) / step) }, (_, index) => ({
        start: range.start + BigInt(index) * step,
        size: step,
      })),
      users,
    ).join(''),
  );
  return {
    lines: [
      `${title} (a column is ${roundSize(step)})`,
      ...stretches.map(
        (range, at) => `  ${hex(range.start).padStart(wide)} |${bars[at]}| ${hex(endOf(range))}`,
      ),
    ],
    letters: bars.join(''),
  };
}

/** The memory of all; where a part of it is too small for that, once more what the root cell does not keep. */
function drawMemory(users: readonly User[], width: number): string[] {
  const stretches = stretchesOf(
    users.flatMap(({ memory }) => memory),
    HOLE,
  );
  const all = drawBars('Memory', stretches, users, width);
  const others = users.slice(1);
  if (others.every(({ letter, memory }) => memory.length === 0 || all.letters.includes(letter))) {
    return all.lines;
  }
  const windows = stretches.flatMap((stretch) => {
    const [first, ...rest] = others.flatMap(({ memory }) =>
      memory.flatMap((range) => intersection(range, stretch) ?? []),
    );
    return first === undefined ? [] : [rest.reduce(span, first)];
  });
  return [...all.lines, ...drawBars('Enlarged', windows, users, width).lines];
}

/** Which of all CPUs, a column each; of many CPUs the numbers. */
const drawCpus = (own: readonly number[], all: readonly number[]): string =>
  all.length > MOST_CPUS ? describeNumbers(own) : all.map((cpu) => (own.includes(cpu) ? '#' : '-')).join('');

/** More pieces of memory are counted: those of the machine, and those of a cell. */
const MOST_PIECES = { machine: 6, cell: 2 };

/** The largest pieces, by their addresses: `0x0..0x1000, 0x8000..0x9000 and 3 more`. */
function piecesText(memory: readonly AddressRange[], most: number): string {
  const largest = memory.toSorted((a, b) => (a.size > b.size ? -1 : a.size < b.size ? 1 : 0)).slice(0, most);
  const shown = largest.toSorted(byStart).map(describeRange).join(', ');
  const left = memory.length - largest.length;
  return left > 0 ? `${shown} and ${left} more` : shown;
}

function memoryText(memory: readonly AddressRange[]): string[] {
  const size = roundSize(memory.reduce((sum, range) => sum + range.size, 0n));
  return [size, piecesText(memory, MOST_PIECES.cell)];
}

/**
 * Users with their letters, CPUs, memory and interrupts; the root cell has the CPUs that no cell has. What is too long
 * goes to a line of its own.
 */
function drawUsers(
  users: readonly User[],
  cells: readonly CellConfig[],
  { all, width }: { all: readonly number[]; width: number },
): string[] {
  const given = new Set(cells.flatMap(cpusOf));
  const rows = users.map(({ letter, name, description, memory }) => {
    if (letter === ROOT) {
      const left = all.filter((cpu) => !given.has(cpu));
      return [letter, name, drawCpus(left, all)];
    }
    if (description === null) return [letter, name, '', ...memoryText(memory)];
    const pins = [...new Set(description.irqchips.flatMap(pinsOf))];
    const interrupts = pins.length === 0 ? [] : [`interrupts ${describeNumbers(pins)}`];
    return [letter, name, drawCpus(cpusOf(description), all), ...memoryText(memory), ...interrupts];
  });
  const widths = [0, 1, 2, 3].map((at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  const indent = widths.slice(0, 3).reduce((sum, each) => sum + 2 + each, 0);
  return rows.flatMap((row) => {
    const lines = [''];
    for (const [at, text] of row.entries()) {
      const [line] = lines.slice(-1) as [string];
      if (at > 3 && line.trimEnd().length + 2 + text.length > width) lines.push(' '.repeat(indent));
      const start = lines.at(-1)!.length + 2;
      const shown = at > 3 ? wrap(text, width, { start, indent: start }) : text.padEnd(widths[at] ?? 0);
      lines[lines.length - 1] += `  ${shown}`;
    }
    return lines;
  });
}

function drawLinks({ rootCell }: SystemConfig, cells: readonly CellConfig[]): string[] {
  const ends = new Map<string, { kind: string; names: string[] }>();
  for (const [name, description] of [
    ['root cell', rootCell] as const,
    ...cells.map((cell) => [printable(shownName(cell)), cell] as const),
  ]) {
    for (const { device } of ivshmemDevices({ description })) {
      const key = formatBdf(device.domain, device.bdf);
      const link = ends.get(key) ?? { kind: kindOf(device.shmem_protocol), names: [] };
      link.names.push(name);
      ends.set(key, link);
    }
  }
  return [...ends].map(([bdf, { kind, names }]) => `  ${bdf}  ${kind}: ${names.join(' - ')}`);
}

/**
 * A machine and its cells as text: CPUs, interrupts, memory in proportion, links.
 *
 * @param width of the longest line, where names and addresses allow it
 */
export function drawMachine(
  system: SystemConfig,
  cells: readonly CellConfig[],
  width: number = USUAL_WIDTH,
): string[] {
  const users = usersOf({ system, cells }).map((user) => ({ ...user, name: printable(user.name) }));
  const all = cpusOf(system.rootCell);
  const [root] = users;
  const links = drawLinks(system, cells);
  const ram = piecesText(root!.memory, MOST_PIECES.machine) || 'no address';
  const title = `${plural(all.length, 'CPU')}, RAM at`;
  return [
    `${title} ${wrap(ram, width, { start: title.length + 1, indent: title.length + 1 })}`,
    ...drawUsers(users, cells, { all, width }),
    ...drawMemory(users, width),
    ...(links.length === 0 ? [] : ['Links', ...links]),
  ].map((line) => line.trimEnd());
}
