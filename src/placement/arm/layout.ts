import type { AddressRange } from '../../base/ranges.ts';
import { hex } from '../../base/address.ts';
import type { CellConfig } from '../../formats/cell/types.ts';
import { loaderAbiOf, type Layout } from '../plan.ts';
import type { KernelPlace } from './protocols.ts';
import { LOADER_ROOM, LOADERS, type ArmArchitecture, type ArmLoaderAbi } from './releases.ts';

/** Where everything goes on arm and arm64; the params are the edited device tree. */
export interface ArmLayout extends Layout {
  abi: ArmLoaderAbi;
  place: KernelPlace;
  initrd: AddressRange | null;
  dtb: Uint8Array;
}

/** @throws InputError `placement/release` */
export function loaderOf(
  cell: CellConfig,
  architecture: ArmArchitecture,
): { abi: ArmLoaderAbi; loader: AddressRange } {
  const abi = loaderAbiOf(cell, LOADERS[architecture]);
  const start = abi.base === null ? 0n : (cell.header.cpu_reset_address ?? 0n);
  return { abi, loader: { start, size: LOADER_ROOM } };
}

/** The loader's argument string. */
export const loaderArguments = ({ kernel, params }: ArmLayout): string =>
  `kernel=${hex(kernel.start)} dtb=${hex(params.start)}`;

/** Where the argument string goes; it is NUL-terminated there. */
export const argumentsRange = (layout: ArmLayout): AddressRange => ({
  start: layout.loader.start + layout.abi.args,
  size: BigInt(loaderArguments(layout).length + 1),
});
