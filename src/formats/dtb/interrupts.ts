import { addressCellsOf } from './addresses.ts';
import { propertyOf } from './edit.ts';
import type { DtbNode } from './types.ts';
import { readCell, readCells } from './values.ts';
import { parentOf, referencesOf, type Device, type Phandles } from './walk.ts';

/** An interrupt as a controller counts it. */
export interface Interrupt {
  controller: Device;
  /** The specifier, as the controller's binding reads it. */
  cells: readonly number[];
}

/** Why Linux does not find the interrupts of a device. */
export type InterruptFault =
  /** No interrupt-parent, nor any ancestor that is a controller. */
  | 'no-parent'
  /** A phandle of no device, or of one that does not say how many cells a specifier has. */
  | 'no-controller'
  /** The last specifier is cut short. */
  | 'cut-short'
  /** The interrupt-map on the way has no such entry. */
  | 'not-mapped';

/** What a device says of its interrupts; with a fault those that were found before it. */
export interface Interrupts {
  interrupts: Interrupt[];
  fault: InterruptFault | null;
}

const cellsOf = (node: DtbNode): number | null => readCell(propertyOf(node, '#interrupt-cells'));

/**
 * Where the interrupts of a device go: the nearest device, by interrupt-parent or else by the tree, that counts
 * interrupts (Linux, drivers/of/irq.c, of_irq_find_parent).
 */
export function interruptParent(phandles: Phandles, device: Device): Device | null {
  const seen = new Set<DtbNode>();
  for (let at: Device | null = device; at !== null && !seen.has(at.node);) {
    seen.add(at.node);
    const phandle = readCell(propertyOf(at.node, 'interrupt-parent'));
    at = phandle === null ? parentOf(at) : (phandles.get(phandle) ?? null);
    if (at !== null && cellsOf(at.node) !== null) return at;
  }
  return null;
}

/** An entry of interrupt-map: what arrives as `child` leaves as `parent`. */
export interface MappedInterrupt {
  /** Unit address and specifier of the child. */
  address: readonly number[];
  specifier: readonly number[];
  parent: Interrupt;
}

/** The entries of a device's interrupt-map, up to the first that cannot be read. */
export function interruptMapOf(phandles: Phandles, nexus: Device): MappedInterrupt[] {
  const cells = readCells(propertyOf(nexus.node, 'interrupt-map'));
  const [addressCells, ownCells] = [addressCellsOf(nexus.node), cellsOf(nexus.node) ?? 0];
  const found: MappedInterrupt[] = [];
  let at = 0;
  const take = (count: number): readonly number[] => cells.slice(at, (at += count));
  while (at < cells.length) {
    const address = take(addressCells);
    const specifier = take(ownCells);
    const controller = phandles.get(cells[at++] ?? 0);
    const count = controller && cellsOf(controller.node);
    if (controller === undefined || count === undefined || count === null) return found;
    // Here the address has no cells where the controller does not say.
    take(readCell(propertyOf(controller.node, '#address-cells')) ?? 0);
    const parent = { controller, cells: take(count) };
    if (at > cells.length) return found;
    found.push({ address, specifier, parent });
  }
  return found;
}

const masked = (values: readonly number[], mask: readonly number[]): string =>
  values.map((value, index) => (value & (mask[index] ?? 0xffffffff)) >>> 0).join();

/** Maps that were read before, by their bytes: each interrupt that goes through one asks for it. */
const read = new WeakMap<Phandles, WeakMap<Uint8Array, ReadonlyMap<string, MappedInterrupt>>>();

/** The entries of the interrupt-map `map` of a device, by what its mask leaves of them; the first counts. */
function entriesOf(
  phandles: Phandles,
  nexus: Device,
  map: Uint8Array,
  mask: readonly number[],
): ReadonlyMap<string, MappedInterrupt> {
  const maps = read.get(phandles) ?? new WeakMap();
  read.set(phandles, maps);
  let entries = maps.get(map);
  if (entries === undefined) {
    const all = interruptMapOf(phandles, nexus).toReversed();
    entries = new Map(all.map((each) => [masked([...each.address, ...each.specifier], mask), each]));
    maps.set(map, entries);
  }
  return entries;
}

/** Follows a specifier through interrupt-maps to the controller that takes it. */
function follow(
  phandles: Phandles,
  { node }: Device,
  to: Device,
  cells: readonly number[],
): Interrupt | 'no-parent' | 'not-mapped' {
  let [controller, specifier] = [to, cells];
  let address = readCells(propertyOf(node, 'reg'));
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const map = propertyOf(controller.node, 'interrupt-map');
    if (map === undefined) {
      if (propertyOf(controller.node, 'interrupt-controller') !== undefined) {
        return { controller, cells: specifier };
      }
      // What neither takes interrupts nor maps them leaves them to its own parent.
      const next = interruptParent(phandles, controller);
      if (next === null) return steps === 0 ? { controller, cells: specifier } : 'no-parent';
      controller = next;
      continue;
    }
    const mask = readCells(propertyOf(controller.node, 'interrupt-map-mask'));
    const wanted = [...address.slice(0, addressCellsOf(controller.node)), ...specifier];
    const entry = entriesOf(phandles, controller, map, mask).get(masked(wanted, mask));
    if (entry === undefined) return 'not-mapped';
    address = [];
    [controller, specifier] = [entry.parent.controller, entry.parent.cells];
  }
  return 'not-mapped';
}

/** No board maps an interrupt so often. */
const MAX_STEPS = 16;

/** The specifiers that a device gives, each with whom it gives it to. */
function specifiersOf(phandles: Phandles, device: Device): Interrupts {
  const extended = propertyOf(device.node, 'interrupts-extended');
  if (extended !== undefined) {
    const references = referencesOf(phandles, extended, '#interrupt-cells');
    if (references === null) return { interrupts: [], fault: 'no-controller' };
    const interrupts = references.flatMap(({ device: controller, cells }) =>
      controller === null ? [] : [{ controller, cells }],
    );
    return { interrupts, fault: null };
  }
  const cells = readCells(propertyOf(device.node, 'interrupts'));
  if (cells.length === 0) return { interrupts: [], fault: null };
  const controller = interruptParent(phandles, device);
  if (controller === null) return { interrupts: [], fault: 'no-parent' };
  const width = cellsOf(controller.node)!;
  if (width === 0) return { interrupts: [], fault: 'no-controller' };
  const interrupts = Array.from({ length: Math.floor(cells.length / width) }, (_, index) => ({
    controller,
    cells: cells.slice(index * width, (index + 1) * width),
  }));
  return { interrupts, fault: cells.length % width === 0 ? null : 'cut-short' };
}

/** The interrupts of a device at the controllers that take them, through interrupt-parents and interrupt-maps. */
export function interruptsOf(phandles: Phandles, device: Device): Interrupts {
  const { interrupts: given, fault } = specifiersOf(phandles, device);
  const interrupts: Interrupt[] = [];
  for (const { controller, cells } of given) {
    const found = follow(phandles, device, controller, cells);
    if (typeof found === 'string') return { interrupts, fault: found };
    interrupts.push(found);
  }
  return { interrupts, fault };
}
