import type { AddressRange } from '../../base/ranges.ts';
import { childNamed, propertyOf } from '../dtb/edit.ts';
import type { DeviceTree, DtbNode } from '../dtb/types.ts';
import { readText } from '../dtb/values.ts';
import { registersOf } from '../dtb/addresses.ts';
import { isEnabled, pathOf, type Device } from '../dtb/walk.ts';

/** Memory that a board's device tree keeps from Linux. */
export interface ReservedMemory {
  /** `/reserved-memory/optee@fe000000`; `/memreserve/` for an entry of the blob's own list. */
  name: string;
  range: AddressRange;
  /** Linux does not even map it. */
  isUnmapped: boolean;
}

const isMemory = (node: DtbNode): boolean =>
  readText(propertyOf(node, 'device_type')) === 'memory' || /^memory(?:@|$)/.test(node.name);

const childrenOf = (parent: DtbNode, ancestors: readonly DtbNode[]): Device[] =>
  parent.children.map((node) => ({ node, ancestors: [parent, ...ancestors] }));

const isNotEmpty = ({ size }: AddressRange): boolean => size > 0n;

/** The board's RAM by its memory nodes, in their order; boot loaders fill them in, so a file may have none. */
export const boardRam = ({ root }: DeviceTree): AddressRange[] =>
  childrenOf(root, [])
    .filter((device) => isMemory(device.node) && isEnabled(device))
    .flatMap(registersOf)
    .filter(isNotEmpty);

/** The command line that the boot loader left in the tree, as in /sys/firmware/fdt; a file from a package has none. */
export const bootargsOf = ({ root }: DeviceTree): string | null =>
  readText(propertyOf(childNamed(root, 'chosen'), 'bootargs'));

/** The fixed reservations of a board's device tree; those that Linux places itself (`size` without `reg`) are left out. */
export function reservedMemory({ root, reservations }: DeviceTree): ReservedMemory[] {
  const nodes = root.children
    .filter(({ name }) => name === 'reserved-memory')
    .flatMap((parent) => childrenOf(parent, [root]))
    .filter(isEnabled)
    .flatMap((device) =>
      registersOf(device).map((range) => ({
        name: pathOf(device),
        range,
        isUnmapped: propertyOf(device.node, 'no-map') !== undefined,
      })),
    );
  const listed = reservations.map(({ address, size }) => ({
    name: '/memreserve/',
    range: { start: address, size },
    isUnmapped: false,
  }));
  return [...nodes, ...listed].filter(({ range }) => isNotEmpty(range));
}
