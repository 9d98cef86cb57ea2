import { propertyOf } from '../../formats/dtb/edit.ts';
import type { DeviceTree } from '../../formats/dtb/types.ts';
import { readCell, readCells } from '../../formats/dtb/values.ts';
import { compatiblesOf, devicesOf, isEnabled, type Device } from '../../formats/dtb/walk.ts';

/** Interrupt controllers of the Arm architecture (Linux, Documentation/devicetree/bindings/interrupt-controller). */
const GIC = /^arm,(?:gic-(?:400|v3)|cortex-a(?:5|7|9|15)-gic|arm11mp-gic|pl390|eb11mp-gic)$/;

const isGic = (device: Device): boolean => compatiblesOf(device).some((each) => GIC.test(each));

/** The tree's first GIC. */
export const gicOf = (tree: DeviceTree): Device | null =>
  [...devicesOf(tree)].find((device) => isEnabled(device) && isGic(device)) ?? null;

/** A shared peripheral interrupt's number to the hypervisor: private ones come first. */
export const SPI_BASE = 32;

/** In front of an SPI's number in a GIC's interrupt specifier; 1 is a private interrupt. */
const SPI = 0;
const SPECIFIER_CELLS = 3;

type Phandles = ReadonlyMap<number, Device>;

/** The interrupt parent of a device: its own or an ancestor's. */
function parentOf(phandles: Phandles, { node, ancestors }: Device): Device | null {
  const phandle = [node, ...ancestors]
    .map((each) => readCell(propertyOf(each, 'interrupt-parent')))
    .find((each) => each !== null);
  return (phandle !== undefined && phandles.get(phandle!)) || null;
}

/** The SPIs that a device raises at the GIC, without the base. */
export function spisOf(phandles: Phandles, device: Device): number[] {
  const cells = readCells(propertyOf(device.node, 'interrupts'));
  const parent = cells.length === 0 ? null : parentOf(phandles, device);
  if (parent === null || !isGic(parent)) return [];
  const width = readCell(propertyOf(parent.node, '#interrupt-cells')) ?? SPECIFIER_CELLS;
  if (width < SPECIFIER_CELLS) return [];
  return cells.filter((_, index) => index % width === 1 && cells[index - 1] === SPI);
}

/** An entry of a PCI host's interrupt-map that leads to the GIC: INTA is pin 1. */
export interface PciInterrupt {
  pin: number;
  spi: number;
}

const PCI_ADDRESS_CELLS = 3;

/** @param host a PCI host bridge */
export function pciInterruptsOf(phandles: Phandles, host: Device): PciInterrupt[] {
  const cells = readCells(propertyOf(host.node, 'interrupt-map'));
  const found: PciInterrupt[] = [];
  let at = 0;
  while (at + PCI_ADDRESS_CELLS + 2 <= cells.length) {
    const pin = cells[at + PCI_ADDRESS_CELLS]!;
    const parent = phandles.get(cells[at + PCI_ADDRESS_CELLS + 1]!);
    if (parent === undefined) return found;
    const address = readCell(propertyOf(parent.node, '#address-cells')) ?? 0;
    const width = readCell(propertyOf(parent.node, '#interrupt-cells')) ?? SPECIFIER_CELLS;
    const specifier = at + PCI_ADDRESS_CELLS + 2 + address;
    if (isGic(parent) && cells[specifier] === SPI) found.push({ pin, spi: cells[specifier + 1] ?? -1 });
    at = specifier + width;
  }
  return found;
}

/** The virtual PCI host of a cell, and real ones that work alike. */
export const pciHostsOf = (tree: DeviceTree): Device[] =>
  [...devicesOf(tree)].filter(
    (device) => isEnabled(device) && compatiblesOf(device).includes('pci-host-ecam-generic'),
  );
