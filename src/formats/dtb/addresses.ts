import { rangeIndex } from '../../base/range-index.ts';
import type { AddressRange } from '../../base/ranges.ts';
import { propertyOf } from './edit.ts';
import type { DtbNode } from './types.ts';
import { joinCells, readCell, readCells } from './values.ts';
import { parentOf, type Device } from './walk.ts';

/** How many cells the children of a node have for an address; the specification's default is 2 (2.3.5). */
export const addressCellsOf = (node: DtbNode | undefined): number =>
  readCell(propertyOf(node, '#address-cells')) ?? 2;

/** How many cells the children of a node have for a size; the specification's default is 1 (2.3.5). */
export const sizeCellsOf = (node: DtbNode | undefined): number =>
  readCell(propertyOf(node, '#size-cells')) ?? 1;

/** Runs of cells, each run split into numbers of the given widths; a rest is left out. */
function tuples(cells: readonly number[], widths: readonly number[]): bigint[][] {
  const width = widths.reduce((sum, each) => sum + each, 0);
  if (width === 0) return [];
  return Array.from({ length: Math.floor(cells.length / width) }, (_, index) => {
    let at = index * width;
    return widths.map((each) => joinCells(cells.slice(at, (at += each))));
  });
}

/** A window of a bus: what its children see at `child` is at `parent` on the bus above. */
export interface Window {
  child: bigint;
  parent: bigint;
  size: bigint;
}

/** How a bus passes addresses on: through windows, all of them as they are, or not at all. */
export type Passage = readonly Window[] | 'identity' | 'none';

/** What was read of `ranges` before, by its bytes: each register on the bus goes through them. */
const read = new WeakMap<Uint8Array, { widths: string; windows: readonly Window[] }>();

function windowsOf(value: Uint8Array, widths: readonly number[]): readonly Window[] {
  const before = read.get(value);
  if (before?.widths === widths.join()) return before.windows;
  const windows = (tuples(readCells(value), widths) as [bigint, bigint, bigint][]).map(
    ([child, parent, size]) => ({ child, parent, size }),
  );
  read.set(value, { widths: widths.join(), windows });
  return windows;
}

const indexes = new WeakMap<readonly Window[], (address: bigint) => number>();

/** The first window that holds an address. */
function windowAt(windows: readonly Window[], address: bigint): Window | undefined {
  let index = indexes.get(windows);
  if (index === undefined) {
    index = rangeIndex(windows.map(({ child, size }) => ({ start: child, size })));
    indexes.set(windows, index);
  }
  return windows[index(address)];
}

/**
 * What a bus says of the way between itself and the bus above.
 *
 * @param property `ranges` for the CPU's way to the devices, `dma-ranges` for their way to the memory
 */
export function busPassage(bus: Device, property: 'ranges' | 'dma-ranges'): Passage {
  const value = propertyOf(bus.node, property);
  if (value === undefined) return 'none';
  if (value.length === 0) return 'identity';
  const widths = [addressCellsOf(bus.node), addressCellsOf(parentOf(bus)?.node), sizeCellsOf(bus.node)];
  return windowsOf(value, widths);
}

/** An address that the children of `bus` see, as the CPU sees it; `null` if a bus does not pass it on. */
export function cpuAddress(bus: Device, address: bigint): bigint | null {
  const above = parentOf(bus);
  if (above === null) return address;
  const passage = busPassage(bus, 'ranges');
  if (passage === 'none') return null;
  if (passage === 'identity') return cpuAddress(above, address);
  const window = windowAt(passage, address);
  return window === undefined ? null : cpuAddress(above, address - window.child + window.parent);
}

/** An entry of `reg`. */
interface Register {
  /** As the bus that the device is on sees it. */
  bus: AddressRange;
  /** As the CPU sees it; `null` if a bus does not pass it on. */
  cpu: AddressRange | null;
}

/** The `reg` of a device, whose length need not be a multiple of what its bus asks for. */
export interface Registers {
  entries: Register[];
  /** Cells of an address and of a size on the bus. */
  widths: readonly [address: number, size: number];
  /** Cells that are left over; with any, Linux reads the rest otherwise than it was meant. */
  leftOver: number;
}

/** All that `reg` says. */
export function readRegisters(device: Device): Registers {
  const bus = parentOf(device);
  const widths = [addressCellsOf(bus?.node), sizeCellsOf(bus?.node)] as const;
  const cells = readCells(propertyOf(device.node, 'reg'));
  const width = widths[0] + widths[1];
  const entries = tuples(cells, widths).map(([start, size = 0n]): Register => {
    const cpu = bus && cpuAddress(bus, start!);
    return { bus: { start: start!, size }, cpu: cpu === null ? null : { start: cpu, size } };
  });
  return { entries, widths, leftOver: width === 0 ? cells.length : cells.length % width };
}

/** The `reg` of a device as CPU addresses; what no bus passes on is left out. */
export const registersOf = (device: Device): AddressRange[] =>
  readRegisters(device).entries.flatMap(({ cpu }) => cpu ?? []);
