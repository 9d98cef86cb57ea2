import { hex, type AddressRange } from '../../base/address.ts';
import { releaseOf } from '../../formats/cell/releases.ts';
import type { CellConfig } from '../../formats/cell/types.ts';
import { loaderAbiOf } from '../loader-abi.ts';
import type { KernelPlace } from './protocols.ts';
import { LOADER_ROOM, LOADERS, type ArmArchitecture, type ArmLoaderAbi } from './releases.ts';

/** Where everything goes on arm and arm64. */
export interface ArmLayout {
  abi: ArmLoaderAbi;
  /** The memory that is kept for the loader; its file is loaded at the start. */
  loader: AddressRange;
  /** The whole kernel as it is loaded. */
  kernel: AddressRange;
  /** What the kernel uses from its start on. */
  runArea: AddressRange;
  place: KernelPlace;
  initrd: AddressRange | null;
  /** The edited device tree. */
  dtb: AddressRange;
  params: Uint8Array;
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

/** The release of a cell's revision, for texts. */
export const releaseText = ({ revision }: CellConfig): string =>
  releaseOf(revision) ?? `revision ${revision}`;

/** The loader's argument string. */
export const loaderArguments = ({ kernel, dtb }: ArmLayout): string =>
  `kernel=${hex(kernel.start)} dtb=${hex(dtb.start)}`;

/** Where the argument string goes; it is NUL-terminated there. */
export const argumentsRange = (layout: ArmLayout): AddressRange => ({
  start: layout.loader.start + layout.abi.args,
  size: BigInt(loaderArguments(layout).length + 1),
});
