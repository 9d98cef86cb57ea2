import { commonTo, type AddressRange } from '../../base/ranges.ts';
import { addressCellsOf, registersOf, sizeCellsOf } from './addresses.ts';
import { propertyOf } from './edit.ts';
import type { DeviceTree } from './types.ts';
import { joinCells, readCells } from './values.ts';
import { compatiblesOf, devicesOf, isEnabled, type Device } from './walk.ts';

/** Memory that a device tree sets aside for DMA, and that Linux' CMA manages: where, in bytes. */
export interface CmaArea {
  /** It stands for the one that `cma=` or the config would make. */
  isDefault: boolean;
  /** What `reg` says; empty where Linux finds a place for `size`. */
  fixed: readonly AddressRange[];
  size: bigint;
  /** Where that place may be; `null`: anywhere. */
  within: readonly AddressRange[] | null;
}

function areaOf(device: Device): CmaArea {
  const { node, ancestors } = device;
  const widths = [addressCellsOf(ancestors[0]), sizeCellsOf(ancestors[0])] as const;
  const cells = readCells(propertyOf(node, 'alloc-ranges'));
  const width = widths[0] + widths[1];
  const within = Array.from({ length: width === 0 ? 0 : Math.floor(cells.length / width) }, (_, index) => {
    const at = index * width;
    return {
      start: joinCells(cells.slice(at, at + widths[0])),
      size: joinCells(cells.slice(at + widths[0], at + width)),
    };
  });
  return {
    isDefault: propertyOf(node, 'linux,cma-default') !== undefined,
    fixed: registersOf(device),
    size: joinCells(readCells(propertyOf(node, 'size'))),
    within: within.length > 0 ? within : null,
  };
}

/**
 * The areas of /reserved-memory for CMA.
 *
 * @see Linux, Documentation/devicetree/bindings/reserved-memory and kernel/dma/contiguous.c
 */
export const cmaAreasOf = (tree: DeviceTree): CmaArea[] =>
  [...devicesOf(tree)]
    .filter(
      (device) =>
        device.ancestors.length === 2 &&
        device.ancestors[0]!.name === 'reserved-memory' &&
        isEnabled(device) &&
        compatiblesOf(device).includes('shared-dma-pool') &&
        propertyOf(device.node, 'reusable') !== undefined &&
        propertyOf(device.node, 'no-map') === undefined,
    )
    .map(areaOf);

/** The largest piece of RAM that an area without a place of its own may be in. */
export const largestFor = ({ within }: Pick<CmaArea, 'within'>, ram: readonly AddressRange[]): number =>
  Math.max(0, ...(within ? commonTo(within, ram) : ram).map(({ size }) => Number(size)));
