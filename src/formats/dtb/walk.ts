import { childNamed, childWithoutAddress, propertyOf } from './edit.ts';
import type { DeviceTree, DtbNode } from './types.ts';
import { readCell, readCells, readText, readTexts } from './values.ts';

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
    for (const node of device.node.children.toReversed()) waiting.push({ node, ancestors });
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

/** The node that the device is a child of, as a device; `null` for the root. */
export function parentOf({ ancestors }: Device): Device | null {
  const [node, ...rest] = ancestors;
  return node === undefined ? null : { node, ancestors: rest };
}

/** The devices that others refer to, by the number that they do so with. */
export type Phandles = ReadonlyMap<number, Device>;

/** The devices that others refer to. */
export function phandlesOf(tree: DeviceTree): Phandles {
  const found = new Map<number, Device>();
  for (const device of devicesOf(tree)) {
    const { node } = device;
    const phandle = readCell(propertyOf(node, 'phandle')) ?? readCell(propertyOf(node, 'linux,phandle'));
    if (phandle !== null) found.set(phandle, device);
  }
  return found;
}

/** A property that refers to devices: to each its phandle, then as many cells as the device asks for. */
export interface Reference {
  /** `null` for a phandle of 0, which keeps the place of one that is not there. */
  device: Device | null;
  cells: readonly number[];
}

/**
 * The list of a property such as `clocks` or `interrupts-extended`.
 *
 * @param countedBy the property of the device that gives the number of cells: `#clock-cells`
 * @returns `null` where a phandle is of no device, the device does not say how many cells there are, or the list ends
 *   early
 */
export function referencesOf(
  phandles: Phandles,
  value: Uint8Array | undefined,
  countedBy: string,
): Reference[] | null {
  const cells = readCells(value);
  const found: Reference[] = [];
  for (let at = 0; at < cells.length;) {
    const phandle = cells[at++]!;
    if (phandle === 0) {
      found.push({ device: null, cells: [] });
      continue;
    }
    const device = phandles.get(phandle);
    const count = readCell(propertyOf(device?.node, countedBy));
    if (device === undefined || count === null || at + count > cells.length) return null;
    found.push({ device, cells: cells.slice(at, (at += count)) });
  }
  return found;
}

/** A path of the tree. */
function deviceAt(tree: DeviceTree, path: string): Device | null {
  let found: Device = { node: tree.root, ancestors: [] };
  for (const step of path.split('/').filter((each) => each !== '')) {
    const child = childNamed(found.node, step) ?? childWithoutAddress(found.node, step);
    if (child === undefined) return null;
    found = { node: child, ancestors: [found.node, ...found.ancestors] };
  }
  return found;
}

/** What /aliases calls devices, in order: `serial0`; `null` where its path leads nowhere. */
export const aliasesOf = (tree: DeviceTree): { name: string; path: string; device: Device | null }[] =>
  (childNamed(tree.root, 'aliases')?.properties ?? []).flatMap(({ name, value }) => {
    const path = readText(value);
    return path === null || !path.startsWith('/') ? [] : [{ name, path, device: deviceAt(tree, path) }];
  });

/** A path, or an alias with or without a rest: `/soc/serial@9000000`, `serial0:115200n8`. */
export function deviceByName(tree: DeviceTree, name: string): Device | null {
  const [text] = name.split(':') as [string];
  if (text.startsWith('/')) return deviceAt(tree, text);
  return aliasesOf(tree).find((alias) => alias.name === text)?.device ?? null;
}
