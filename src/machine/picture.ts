import { hex, roundSize } from '../base/address.ts';
import { describeRange, endOf, intersection, type AddressRange } from '../base/ranges.ts';
import { describeNumbers } from '../base/runs.ts';
import { plural, printable } from '../base/text.ts';
import { ivshmemDevices } from '../checks/cell/shmem.ts';
import { formatBdf } from '../formats/cell/pci.ts';
import { cpusOf, pinsOf } from '../formats/cell/resources.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import { shownName, stretchesOf, usersOf, type User } from '../reports/machine-shares.ts';
import { kindOf } from './link-kinds.ts';

const ROOT = '.';
const WIDTH = 64;
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

function drawMemory(users: readonly User[]): string[] {
  const stretches = stretchesOf(
    users.flatMap(({ memory }) => memory),
    HOLE,
  );
  const total = stretches.reduce((sum, { size }) => sum + size, 0n);
  const step = (total + BigInt(WIDTH) - 1n) / BigInt(WIDTH) || 1n;
  const bars = stretches.map((range) => {
    const count = Number((range.size + step - 1n) / step);
    const columns = Array.from({ length: count }, (_, index) => ({
      start: range.start + BigInt(index) * step,
      size: step,
    }));
    return { start: hex(range.start), bar: drawColumns(columns, users).join(''), end: hex(endOf(range)) };
  });
  const width = Math.max(...bars.map(({ start }) => start.length));
  return [
    `Memory (a column is ${roundSize(step)})`,
    ...bars.map(({ start, bar, end }) => `  ${start.padStart(width)} |${bar}| ${end}`),
  ];
}

/** Which of all CPUs, a column each; of many CPUs the numbers. */
const drawCpus = (own: readonly number[], all: readonly number[]): string =>
  all.length > MOST_CPUS ? describeNumbers(own) : all.map((cpu) => (own.includes(cpu) ? '#' : '-')).join('');

/** Users with their letters, CPUs and interrupts; the root cell has the CPUs that no cell has. */
function drawUsers(users: readonly User[], cells: readonly CellConfig[], all: readonly number[]): string[] {
  const given = new Set(cells.flatMap(cpusOf));
  const rows = users.map(({ letter, name, description, memory }) => {
    if (letter === ROOT) {
      const left = all.filter((cpu) => !given.has(cpu));
      return [letter, name, drawCpus(left, all), '', ''];
    }
    const ram = roundSize(memory.reduce((sum, { size }) => sum + size, 0n));
    if (description === null) return [letter, name, '', ram, ''];
    const pins = [...new Set(description.irqchips.flatMap(pinsOf))];
    const interrupts = pins.length === 0 ? '' : `interrupts ${describeNumbers(pins)}`;
    return [letter, name, drawCpus(cpusOf(description), all), ram, interrupts];
  });
  const widths = [0, 1, 2, 3].map((at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows.map((row) => `  ${row.map((text, at) => text.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd());
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

/** A machine and its cells as text: CPUs, interrupts, memory in proportion, links. */
export function drawMachine(system: SystemConfig, cells: readonly CellConfig[]): string[] {
  const users = usersOf({ system, cells }).map((user) => ({ ...user, name: printable(user.name) }));
  const all = cpusOf(system.rootCell);
  const [root] = users;
  const links = drawLinks(system, cells);
  const ram = root!.memory.map(describeRange);
  return [
    `${plural(all.length, 'CPU')}, RAM at ${ram.join(', ') || 'no address'}`,
    ...drawUsers(users, cells, all),
    ...drawMemory(users),
    ...(links.length === 0 ? [] : ['Links', ...links]),
  ].map((line) => line.trimEnd());
}
