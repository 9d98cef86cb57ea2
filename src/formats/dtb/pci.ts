import { gicInterrupt } from './gic.ts';
import { interruptMapOf } from './interrupts.ts';
import type { DeviceTree } from './types.ts';
import { compatiblesOf, devicesOf, isEnabled, type Device, type Phandles } from './walk.ts';

/** A host such as the virtual one of a cell: its configuration space is memory. */
export const isPciHost = (device: Device): boolean => compatiblesOf(device).includes('pci-host-ecam-generic');

/** The virtual PCI host of a cell, and real ones that work alike. */
export const pciHostsOf = (tree: DeviceTree): Device[] =>
  [...devicesOf(tree)].filter((device) => isEnabled(device) && isPciHost(device));

/** An entry of a PCI host's interrupt-map that leads to the GIC: INTA is pin 1. */
export interface PciInterrupt {
  pin: number;
  spi: number;
}

/** @param host a PCI host bridge */
export const pciInterruptsOf = (phandles: Phandles, host: Device): PciInterrupt[] =>
  interruptMapOf(phandles, host).flatMap(({ specifier, parent }) => {
    const found = gicInterrupt(parent);
    const [pin] = specifier;
    return found?.kind === 'spi' && pin !== undefined ? [{ pin, spi: found.number }] : [];
  });
