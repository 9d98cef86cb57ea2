import { holds, type AddressRange } from '../../base/ranges.ts';
import { childNamed, propertyOf } from './edit.ts';
import type { DeviceTree, DtbNode } from './types.ts';
import { joinCells, readCell, readCells, readText, readTexts } from './values.ts';

/** A node with its ancestors, the parent first; the root has none. */
export interface Device {
  node: DtbNode;
  ancestors: readonly DtbNode[];
}

/** Every node, a parent before its children. */
export function* devicesOf({ root }: DeviceTree): Generator<Device, void> {
  const waiting: Device[] = [{ node: root, ancestors: [] }];
  for (let device = waiting.pop(); device !== undefined; device = waiting.pop()) {
    yield device;
    const ancestors = [device.node, ...device.ancestors];
    waiting.push(...device.node.children.toReversed().map((node) => ({ node, ancestors })));
  }
}

/** `/soc/serial@9000000`. */
export const pathOf = ({ node, ancestors }: Device): string =>
  [node, ...ancestors.slice(0, -1)]
    .toReversed()
    .map(({ name }) => `/${name}`)
    .join('');

const isOkay = (node: DtbNode): boolean => {
  const status = readText(propertyOf(node, 'status'));
  return status === null || status === 'okay' || status === 'ok';
};

/** Whether the device and all that it hangs on are switched on. */
export const isEnabled = ({ node, ancestors }: Device): boolean => [node, ...ancestors].every(isOkay);

export const compatiblesOf = ({ node }: Device): string[] => readTexts(propertyOf(node, 'compatible'));

/** The defaults that the Devicetree Specification gives (2.3.5). */
const addressCells = (node: DtbNode | undefined): number =>
  readCell(node && propertyOf(node, '#address-cells')) ?? 2;
const sizeCells = (node: DtbNode | undefined): number =>
  readCell(node && propertyOf(node, '#size-cells')) ?? 1;

/** Runs of cells, each run split into numbers of the given widths; a rest is left out. */
function tuples(cells: readonly number[], widths: readonly number[]): bigint[][] {
  const width = widths.reduce((sum, each) => sum + each, 0);
  if (width === 0) return [];
  return Array.from({ length: Math.floor(cells.length / width) }, (_, index) => {
    let at = index * width;
    return widths.map((each) => joinCells(cells.slice(at, (at += each))));
  });
}

/** A child's address as its grandparent's bus sees it; `null` if the bus does not pass it on. */
function translate(address: bigint, bus: DtbNode, parent: DtbNode): bigint | null {
  const ranges = propertyOf(bus, 'ranges');
  if (ranges === undefined) return null;
  if (ranges.length === 0) return address;
  const windows = tuples(readCells(ranges), [addressCells(bus), addressCells(parent), sizeCells(bus)]);
  for (const [from, to, size] of windows as [bigint, bigint, bigint][]) {
    if (holds({ start: from, size }, address)) return address - from + to;
  }
  return null;
}

/** The `reg` of a device as CPU addresses; ranges that no bus passes on are left out. */
export function registersOf({ node, ancestors }: Device): AddressRange[] {
  const [parent] = ancestors;
  const reg = tuples(readCells(propertyOf(node, 'reg')), [addressCells(parent), sizeCells(parent)]);
  return (reg as [bigint, bigint][]).flatMap(([start, size]) => {
    let address: bigint | null = start;
    for (const [index, bus] of ancestors.slice(0, -1).entries()) {
      if (address !== null) address = translate(address, bus, ancestors[index + 1]!);
    }
    return address === null ? [] : [{ start: address, size }];
  });
}

/** The devices that others refer to. */
export function phandlesOf(tree: DeviceTree): Map<number, Device> {
  const found = new Map<number, Device>();
  for (const device of devicesOf(tree)) {
    const { node } = device;
    const phandle = readCell(propertyOf(node, 'phandle')) ?? readCell(propertyOf(node, 'linux,phandle'));
    if (phandle !== null) found.set(phandle, device);
  }
  return found;
}

/** A path, or an alias with or without a rest: `/soc/serial@9000000`, `serial0:115200n8`. */
export function deviceByName(tree: DeviceTree, name: string): Device | null {
  const [text] = name.split(':') as [string];
  const path = text.startsWith('/') ? text : readText(propertyOf(childNamed(tree.root, 'aliases'), text));
  if (path === null) return null;
  let found: Device = { node: tree.root, ancestors: [] };
  for (const step of path.split('/').filter((each) => each !== '')) {
    const child =
      childNamed(found.node, step) ?? found.node.children.find(({ name: own }) => own.split('@')[0] === step);
    if (child === undefined) return null;
    found = { node: child, ancestors: [found.node, ...found.ancestors] };
  }
  return found;
}
