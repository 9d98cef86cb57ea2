import type { AddressRange } from '../../base/ranges.ts';
import { hex, pageAlign } from '../../base/address.ts';
import { isRam, virtualRange } from '../../formats/cell/memory.ts';
import type { CellConfig } from '../../formats/cell/types.ts';
import { concatBytes } from '../../base/bytes.ts';
import { InputError } from '../../base/diagnostic.ts';
import {
  childNamed,
  editTree,
  propertyOf,
  withoutNodes,
  withoutProperties,
  type Edit,
} from '../../formats/dtb/edit.ts';
import type { DeviceTree, DtbNode } from '../../formats/dtb/types.ts';
import { encodeNumber, encodeText, readCell } from '../../formats/dtb/values.ts';
import { LOADER_ROOM } from './releases.ts';

/** What the cell's device tree is told. */
export interface BootFacts {
  cell: CellConfig;
  /** `''` without one. */
  cmdline: string;
  initrd: AddressRange | null;
  /** linux,initrd-end counts whole pages. */
  roundsInitrdEnd: boolean;
}

const INITRD_PROPERTIES = ['linux,initrd-start', 'linux,initrd-end'] as const;

/** Cells of an address or a size under the root, as Jailhouse's tool reads it: 2, or else 1. */
const widthOf = (root: DtbNode, name: '#address-cells' | '#size-cells'): 1 | 2 =>
  readCell(propertyOf(root, name)) === 2 ? 2 : 1;

/** @throws InputError `dtb/cells` */
function encodeCells(value: bigint, width: 1 | 2, property: string): Uint8Array {
  try {
    return encodeNumber(value, width);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError('dtb/cells', `${hex(value)} does not fit the device tree's ${property} of 1`, {
      requested: `${property} = <2>`,
      actual: '32 bits',
      fix: `set ${property} of the root node to <2>, and write its children's reg accordingly; or move the cell's memory below 4 GiB`,
      path: ['dtb'],
    });
  }
}

/** The RAM that the kernel is told of: not the loader's own small region at 0. */
export const kernelRam = (cell: CellConfig): AddressRange[] =>
  cell.memoryRegions
    .filter((region) => isRam(region) && (region.virt_start > 0n || region.size > LOADER_ROOM))
    .map(virtualRange);

/**
 * Tells a device tree its cell's memory, and the kernel's command line and initrd, as Jailhouse's tool does.
 *
 * @throws InputError `dtb/cells` if an address or a size does not fit the tree's cells
 */
export function editForBoot(tree: DeviceTree, facts: BootFacts): DeviceTree {
  const { cell, cmdline, initrd, roundsInitrdEnd } = facts;
  const addressCells = widthOf(tree.root, '#address-cells');
  const sizeCells = widthOf(tree.root, '#size-cells');
  const address = (value: bigint): Uint8Array => encodeCells(value, addressCells, '#address-cells');
  const reg = kernelRam(cell).flatMap(({ start, size }) => [
    address(start),
    encodeCells(size, sizeCells, '#size-cells'),
  ]);
  const edits: Edit[] = [
    { node: 'memory', property: 'device_type', value: encodeText('memory') },
    { node: 'memory', property: 'reg', value: concatBytes(reg) },
  ];
  if (cmdline !== '') edits.push({ node: 'chosen', property: 'bootargs', value: encodeText(cmdline) });
  if (initrd !== null) {
    const end = initrd.start + (roundsInitrdEnd ? pageAlign(initrd.size) : initrd.size);
    const [startName, endName] = INITRD_PROPERTIES;
    edits.push(
      { node: 'chosen', property: startName, value: address(initrd.start) },
      { node: 'chosen', property: endName, value: address(end) },
    );
  }
  return editTree(tree, edits);
}

/** A node that tells the kernel of memory beside the one that is edited: `memory@80000000`. */
const isOtherMemory = ({ name }: DtbNode): boolean => name.startsWith('memory@');

export const otherMemoryNodes = ({ root }: DeviceTree): DtbNode[] => root.children.filter(isOtherMemory);

/** What another boot loader left in /chosen for an initrd that is not there. */
export const staleInitrd = ({ root }: DeviceTree): string[] =>
  INITRD_PROPERTIES.filter((name) => propertyOf(childNamed(root, 'chosen'), name) !== undefined);

/** The tree without what contradicts the cell: other memory nodes, and an initrd that is not loaded. */
export function withoutLeftovers(tree: DeviceTree, hasInitrd: boolean): DeviceTree {
  const cleaned = withoutNodes(tree, isOtherMemory);
  return hasInitrd ? cleaned : withoutProperties(cleaned, 'chosen', INITRD_PROPERTIES);
}
