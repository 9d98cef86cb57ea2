import type { CellConfig } from '../formats/cell/types.ts';
import type { CmaArea } from '../formats/dtb/cma.ts';
import type { PlanRequest } from './request.ts';
import type { PlanResult } from './types.ts';

/** A device that the guest shall use, and the kconfig symbols that its driver needs. */
export interface DriverNeed {
  /** In words: `the console UART (arm,pl011)`. */
  device: string;
  symbols: readonly string[];
  /** A module does, too. */
  modular: boolean;
  /** What does not work without it: the boot, or what is reached through PCI, which not every guest uses. */
  neededBy: 'boot' | 'pci';
}

/** What a root file system can be on: SD and eMMC; SATA, UFS, NVMe and USB; flash; a network; virtio. */
export type StorageKind = 'mmc' | 'disk' | 'mtd' | 'network' | 'virtio';

/** What the product knows of one architecture; nothing outside its module asks which one it is. */
export interface ArchitectureSupport {
  /** What `uname -m` says on targets that can run such cells. */
  machines: readonly string[];
  /** Whether its cells need a device tree, so that nothing can be planned without it. */
  needsDtb: boolean;
  plan(request: PlanRequest): PlanResult;
  /** Whether the cell's Jailhouse release tells the kernel which UARTs it owns. */
  announcesUarts(cell: CellConfig): boolean;
  /** Whether the cell's device tree names a console; `null` without a tree that can be read. */
  hasStdout(dtb: Uint8Array | null): boolean | null;
  /**
   * What the cell's device tree has that a root file system may be on; `null` without a tree that can be read, or if it
   * has a device that may be anything.
   */
  storage(dtb: Uint8Array | null): readonly StorageKind[] | null;
  /** What the cell's device tree sets aside for CMA. */
  cma(dtb: Uint8Array | null): readonly CmaArea[];
  /** The drivers that the kernel needs for what the cell and its device tree have. */
  drivers(cell: CellConfig, dtb: Uint8Array | null, cmdline: string): DriverNeed[];
}
