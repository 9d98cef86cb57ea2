import { isIvshmem } from '../../formats/cell/names.ts';
import type { CellConfig } from '../../formats/cell/types.ts';
import { attempt } from '../../base/diagnostic.ts';
import { cmaAreasOf, type CmaArea } from '../../formats/dtb/cma.ts';
import { parseDtb } from '../../formats/dtb/parse.ts';
import type { DeviceTree } from '../../formats/dtb/types.ts';
import { gicOf, gicVersion } from '../../formats/dtb/gic.ts';
import { stdoutOf } from '../../formats/dtb/uarts.ts';
import type { DriverNeed, StorageKind } from '../architecture.ts';
import { consoleUart } from './console.ts';
import { storageIn } from './storage.ts';

/** What is wrong with the tree, the plan reports. */
const parsed = (dtb: Uint8Array | null): DeviceTree | null =>
  dtb && attempt([], ['dtb'], () => parseDtb(dtb));

export function hasStdout(dtb: Uint8Array | null): boolean | null {
  const tree = parsed(dtb);
  return tree && stdoutOf(tree) !== null;
}

/** What a root file system may be on; `null` without a tree that can be read, or if it may be anything. */
export function storageOf(dtb: Uint8Array | null): StorageKind[] | null {
  const tree = parsed(dtb);
  return tree && storageIn(tree);
}

/** What the tree sets aside for CMA. */
export function cmaIn(dtb: Uint8Array | null): CmaArea[] {
  const tree = parsed(dtb);
  return tree ? cmaAreasOf(tree) : [];
}

/** The kernel drivers for the console's UART, and for shared memory. */
export function driversFor(cell: CellConfig, dtb: Uint8Array | null, cmdline: string): DriverNeed[] {
  const tree = parsed(dtb);
  const uart = tree && consoleUart(tree, cmdline);
  const needs: DriverNeed[] = [];
  if (uart) {
    needs.push({
      device: `the console UART (${uart.compatible})`,
      symbols: uart.kind.symbols,
      modular: false,
      neededBy: 'boot',
    });
  }
  const gic = tree && gicOf(tree);
  if (gic) {
    const isV3 = gicVersion(gic) === 3;
    needs.push({
      device: `the interrupt controller (${isV3 ? 'arm,gic-v3' : 'GICv2'})`,
      symbols: [isV3 ? 'ARM_GIC_V3' : 'ARM_GIC'],
      modular: false,
      neededBy: 'boot',
    });
  }
  if (cell.pciDevices.some(isIvshmem)) {
    needs.push({
      device: 'the virtual PCI host (pci-host-ecam-generic)',
      symbols: ['PCI_HOST_GENERIC'],
      modular: true,
      neededBy: 'pci',
    });
  }
  return needs;
}
