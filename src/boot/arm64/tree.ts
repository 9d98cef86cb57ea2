import { PAGE_SIZE } from '../../base/address.ts';
import { concatBytes } from '../../base/bytes.ts';
import { holds, type AddressRange } from '../../base/ranges.ts';
import { virtualRange } from '../../formats/cell/memory.ts';
import type { CellConfig } from '../../formats/cell/types.ts';
import { readRegisters, registersOf } from '../../formats/dtb/addresses.ts';
import {
  childNamed,
  propertyOf,
  withRoot,
  type NamedNode,
  type NamedProperty,
} from '../../formats/dtb/edit.ts';
import { gicOf } from '../../formats/dtb/gic.ts';
import type { DeviceTree, DtbNode } from '../../formats/dtb/types.ts';
import { numberedUarts, stdoutOf, type NumberedUart } from '../../formats/dtb/uarts.ts';
import { encodeCells, encodeNumber, encodeText, readCell, readText } from '../../formats/dtb/values.ts';
import { compatiblesOf, devicesOf, pathOf, phandlesOf } from '../../formats/dtb/walk.ts';
import { parseCmdline } from '../../formats/kernel/cmdline.ts';
import { namedConsoles } from '../../formats/kernel/consoles.ts';
import { QEMU_PL011 } from '../place.ts';

/** A device tree for QEMU, where its PL011 plays the board's UART. */
export interface PlayedTree {
  tree: DeviceTree;
  /** The registers of the UART that the PL011 plays, as the cell sees them; `null`: the cell has none that is known. */
  uart: AddressRange | null;
  /** The board's UART is of another kind. */
  isReplaced: boolean;
  /** What was changed, one sentence each. */
  changed: string[];
}

const PL011_TTY = 'ttyAMA';

/** The UART of QEMU's virt machine: SPI 1, active high. */
const PL011_INTERRUPTS = [0, 1, 4];

/** What QEMU's PL011 has to count baud rates with; it never does. */
const CLOCK = { node: 'box-clock', frequency: 24_000_000 };

const pageOf = (address: bigint): bigint => address - (address % PAGE_SIZE);

const rangeOf = ({ device }: NumberedUart): AddressRange | null => registersOf(device)[0] ?? null;

/** Whether the cell has a region at the UART, of whatever size and flags. */
function isOwned(uart: NumberedUart, { memoryRegions }: CellConfig): boolean {
  const range = rangeOf(uart);
  return range !== null && memoryRegions.some((region) => holds(virtualRange(region), range.start));
}

const isNamed = ({ kind, line }: NumberedUart, word: { device: string; line: number }): boolean =>
  kind.tty === word.device && line === word.line;

/** The cell's UART that the kernel is told to use, else the one that /chosen names, else the first. */
function consoleOf(tree: DeviceTree, cell: CellConfig, cmdline: string): NumberedUart | null {
  const owned = numberedUarts(tree).filter((uart) => isOwned(uart, cell));
  const words = namedConsoles(parseCmdline(cmdline)).toReversed();
  const stdout = stdoutOf(tree)?.device?.node;
  const told = words
    .map((word) => owned.find((uart) => isNamed(uart, word)))
    .find((uart) => uart !== undefined);
  return told ?? owned.find(({ device }) => device.node === stdout) ?? owned[0] ?? null;
}

const text = (name: string, ...values: string[]): NamedProperty => ({
  name,
  value: concatBytes(values.map(encodeText)),
});
const cells = (name: string, ...values: number[]): NamedProperty => ({ name, value: encodeCells(values) });

/** Properties that the node keeps: who refers to it, and what it is switched by. */
const KEPT = new Set(['phandle', 'linux,phandle', 'status']);

/** The board's UART as a PL011: one page, its start where the page of the UART begins. */
function asPl011({ device }: NumberedUart, gic: number, clock: number): NamedNode {
  const { entries, widths } = readRegisters(device);
  const [address, size] = widths as [1 | 2, 1 | 2];
  return {
    ...device.node,
    properties: [
      text('compatible', 'arm,pl011', 'arm,primecell'),
      {
        name: 'reg',
        value: concatBytes([
          encodeNumber(pageOf(entries[0]!.bus.start), address),
          encodeNumber(PAGE_SIZE, size),
        ]),
      },
      cells('interrupt-parent', gic),
      cells('interrupts', ...PL011_INTERRUPTS),
      cells('clocks', clock, clock),
      text('clock-names', 'uartclk', 'apb_pclk'),
      ...device.node.properties.filter(({ name }) => KEPT.has(name)),
    ],
  };
}

/** A PL011 of the board has its clocks; only the interrupt is another one. */
const withInterrupt = ({ device: { node } }: NumberedUart, gic: number): NamedNode => ({
  ...node,
  properties: [
    ...node.properties.filter(
      ({ name }) => !['interrupt-parent', 'interrupts', 'interrupts-extended'].includes(name),
    ),
    cells('interrupt-parent', gic),
    cells('interrupts', ...PL011_INTERRUPTS),
  ],
});

/** PL011s without an alias are counted from 0. */
const playedLine = ({ hasAlias, line }: NumberedUart): number => (hasAlias ? (line ?? 0) : 0);

/**
 * The command line with the board's own name of the UART replaced by the PL011's; names that are of no UART, or of
 * another one, stay as wrong as they are. Early consoles write to the board's UART itself, and go.
 */
function rewriteCmdline(cmdline: string, uart: NumberedUart): string {
  return cmdline
    .replace(/(?<!\S)earlycon(?:=\S*)?(?:\s+|$)/g, '')
    .replace(/(?<!\S)console=([A-Za-z]+)(\d+)(?=[,\s]|$)/g, (word, device: string, line: string) =>
      isNamed(uart, { device, line: Number(line) }) ? `console=${PL011_TTY}${playedLine(uart)}` : word,
    )
    .trimEnd();
}

/** The root with some nodes replaced, told by themselves. */
const replaced = (root: DtbNode, by: ReadonlyMap<DtbNode, NamedNode>): NamedNode => {
  const node = by.get(root) ?? root;
  return { ...node, children: root.children.map((child) => replaced(child, by)) };
};

const withoutProperty = (node: DtbNode, name: string): NamedNode => ({
  ...node,
  properties: node.properties.filter((property) => property.name !== name),
});

/** A frequency that firmware forgot to tell the CPU is told by the tree; QEMU's timer has its own. */
function timersOf(tree: DeviceTree): DtbNode[] {
  return [...devicesOf(tree)]
    .filter(
      (device) =>
        compatiblesOf(device).some((each) => each === 'arm,armv8-timer' || each === 'arm,armv7-timer') &&
        propertyOf(device.node, 'clock-frequency') !== undefined,
    )
    .map(({ node }) => node);
}

interface Edits {
  nodes: Map<DtbNode, NamedNode>;
  /** For the root. */
  added: NamedNode[];
  changed: string[];
}

function playUart(tree: DeviceTree, uart: NumberedUart, cmdline: string, edits: Edits): void {
  const gicNode = gicOf(tree)?.node;
  const gic = readCell(propertyOf(gicNode, 'phandle')) ?? readCell(propertyOf(gicNode, 'linux,phandle'));
  const { node } = uart.device;
  const where = pathOf(uart.device);
  // Without a controller to interrupt, the UART is the least of the tree's problems.
  if (gic === null) return;
  if (uart.kind.tty === PL011_TTY) {
    edits.nodes.set(node, withInterrupt(uart, gic));
    edits.changed.push(`QEMU's PL011 plays ${where}, with its own interrupt`);
    return;
  }
  const clock = Math.max(0, ...phandlesOf(tree).keys()) + 1;
  edits.nodes.set(node, asPl011(uart, gic, clock));
  edits.added.push({
    name: CLOCK.node,
    properties: [
      text('compatible', 'fixed-clock'),
      cells('#clock-cells', 0),
      cells('clock-frequency', CLOCK.frequency),
      cells('phandle', clock),
    ],
    children: [],
  });
  edits.changed.push(`QEMU's PL011 plays ${where} (${uart.compatible})`);
  const rewritten = rewriteCmdline(cmdline, uart);
  const chosen = childNamed(tree.root, 'chosen');
  if (chosen === undefined || rewritten === cmdline) return;
  edits.nodes.set(chosen, {
    ...chosen,
    properties: chosen.properties.map((property) =>
      property.name === 'bootargs' ? text('bootargs', rewritten) : property,
    ),
  });
  edits.changed.push(`the command line is \`${rewritten}\``);
}

/**
 * Edits a copy of the cell's device tree for QEMU's virt machine: its PL011 plays the UART of the cell that the console
 * is on. What is wrong with the tree stays wrong.
 */
export function playTree(tree: DeviceTree, cell: CellConfig): PlayedTree {
  const cmdline = readText(propertyOf(childNamed(tree.root, 'chosen'), 'bootargs')) ?? '';
  const uart = consoleOf(tree, cell, cmdline);
  const registers = uart && rangeOf(uart);
  const edits: Edits = { nodes: new Map(), added: [], changed: [] };
  // A PL011 where QEMU has its own is taken for that one, with its interrupt.
  const isQemus = uart?.kind.tty === PL011_TTY && registers?.start === QEMU_PL011;
  if (uart !== null && !isQemus) playUart(tree, uart, cmdline, edits);
  for (const node of timersOf(tree)) {
    edits.nodes.set(node, withoutProperty(node, 'clock-frequency'));
    const frequency = readCell(propertyOf(node, 'clock-frequency'));
    edits.changed.push(`the timer runs at QEMU's frequency instead of ${frequency} Hz`);
  }
  const root = replaced(tree.root, edits.nodes);
  return {
    tree:
      edits.nodes.size === 0
        ? tree
        : withRoot(tree, { ...root, children: [...root.children, ...edits.added] }),
    uart: registers,
    isReplaced: uart !== null && uart.kind.tty !== PL011_TTY && edits.nodes.has(uart.device.node),
    changed: edits.changed,
  };
}
