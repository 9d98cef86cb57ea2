import { isIvshmem } from '../../formats/cell/names.ts';
import type { CellConfig } from '../../formats/cell/types.ts';
import { attempt } from '../../base/diagnostic.ts';
import { parseDtb } from '../../formats/dtb/parse.ts';
import type { DeviceTree } from '../../formats/dtb/types.ts';
import { gicOf, gicVersion } from '../../formats/dtb/gic.ts';
import { propertyOf } from '../../formats/dtb/edit.ts';
import { isPciHost } from '../../formats/dtb/pci.ts';
import { stdoutOf, uartAt } from '../../formats/dtb/uarts.ts';
import { readText } from '../../formats/dtb/values.ts';
import { compatiblesOf, devicesOf, isEnabled } from '../../formats/dtb/walk.ts';
import type { DriverNeed } from '../architecture.ts';
import { consoleUart } from './console.ts';

/** What is wrong with the tree, the plan reports. */
const parsed = (dtb: Uint8Array | null): DeviceTree | null =>
  dtb && attempt([], ['dtb'], () => parseDtb(dtb));

export function hasStdout(dtb: Uint8Array | null): boolean | null {
  const tree = parsed(dtb);
  return tree && stdoutOf(tree) !== null;
}

const NOT_STORAGE =
  /psci|timer|clock|gpio|pinctrl|watchdog|wdt|gic|mailbox|reset|regulator|rtc|thermal|syscon/;

/**
 * Whether the tree has a device that may carry a root file system: one with registers that is not known to be something
 * else. `null` without a tree that can be read.
 */
export function mayHaveStorage(dtb: Uint8Array | null): boolean | null {
  const tree = parsed(dtb);
  if (tree === null) return null;
  return [...devicesOf(tree)].some((device) => {
    const compatibles = compatiblesOf(device);
    if (compatibles.length === 0 || !isEnabled(device) || propertyOf(device.node, 'reg') === undefined)
      return false;
    if (readText(propertyOf(device.node, 'device_type')) === 'cpu') return false;
    if (uartAt(device) !== null || isPciHost(device)) return false;
    return !compatibles.some((compatible) => NOT_STORAGE.test(compatible));
  });
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
