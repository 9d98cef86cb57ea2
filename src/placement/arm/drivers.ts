import { isIvshmem } from '../../formats/cell/names.ts';
import type { CellConfig } from '../../formats/cell/types.ts';
import { attempt } from '../../base/diagnostic.ts';
import { parseDtb } from '../../formats/dtb/parse.ts';
import { gicOf, gicVersion } from '../../formats/dtb/gic.ts';
import type { DriverNeed } from '../architecture.ts';
import { consoleUart } from './console.ts';

/** The kernel drivers for the console's UART, and for shared memory. */
export function driversFor(cell: CellConfig, dtb: Uint8Array | null, cmdline: string): DriverNeed[] {
  // What is wrong with the tree is told by the plan.
  const tree = dtb && attempt([], ['dtb'], () => parseDtb(dtb));
  const uart = tree && consoleUart(tree, cmdline);
  const needs: DriverNeed[] = [];
  if (uart) {
    needs.push({
      device: `the console UART (${uart.compatible})`,
      symbols: uart.kind.symbols,
      modular: false,
    });
  }
  const gic = tree && gicOf(tree);
  if (gic) {
    const isV3 = gicVersion(gic) === 3;
    needs.push({
      device: `the interrupt controller (${isV3 ? 'arm,gic-v3' : 'GICv2'})`,
      symbols: [isV3 ? 'ARM_GIC_V3' : 'ARM_GIC'],
      modular: false,
    });
  }
  if (cell.pciDevices.some(isIvshmem)) {
    needs.push({
      device: 'the virtual PCI host (pci-host-ecam-generic)',
      symbols: ['PCI_HOST_GENERIC'],
      modular: true,
    });
  }
  return needs;
}
