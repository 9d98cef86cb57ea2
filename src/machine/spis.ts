import { propertyOf } from '../formats/dtb/edit.ts';
import { gicInterrupt, gicVersion, SPI_BASE, spisAmong } from '../formats/dtb/gic.ts';
import { interruptMapOf, interruptParent, interruptsOf } from '../formats/dtb/interrupts.ts';
import type { DeviceTree } from '../formats/dtb/types.ts';
import { readCell, readCells } from '../formats/dtb/values.ts';
import { devicesOf, isEnabled, phandlesOf, type Device, type Phandles } from '../formats/dtb/walk.ts';

/** Runs of interrupts that a controller hands out, as its binding has them; GICs count from 0 there, so 32 is SPI 0. */
const RANGES: Readonly<Record<string, { width: number; first: number; count: number }>> = {
  'mbi-ranges': { width: 2, first: 0, count: 1 },
  'marvell,spi-ranges': { width: 2, first: 0, count: 1 },
  'ti,interrupt-ranges': { width: 3, first: 1, count: 2 },
};

/** Whether interrupts that the device hands out are the GIC's: its own, or those of a controller at it. */
function isAtGic(phandles: Phandles, device: Device): boolean {
  const parent = interruptParent(phandles, device);
  return [device, parent].some((each) => each !== null && gicVersion(each) !== null);
}

function* handedOut({ node }: Device): Generator<number, void> {
  for (const [name, { width, first, count }] of Object.entries(RANGES)) {
    const cells = readCells(propertyOf(node, name));
    for (let at = 0; at + width <= cells.length; at += width) {
      for (let index = 0; index < cells[at + count]!; index++) yield cells[at + first]! + index - SPI_BASE;
    }
  }
  const base = readCell(propertyOf(node, 'arm,msi-base-spi'));
  if (base === null) return;
  const frames = readCell(propertyOf(node, 'arm,msi-num-spis')) ?? 0;
  for (let index = 0; index < frames; index++) yield base + index - SPI_BASE;
}

const ownSpis = (phandles: Phandles, device: Device): number[] => [
  ...spisAmong(interruptsOf(phandles, device).interrupts),
  ...interruptMapOf(phandles, device).flatMap(({ parent }) => {
    const found = gicInterrupt(parent);
    return found?.kind === 'spi' ? [found.number] : [];
  }),
];

/** SPIs that something on the board is wired to, switched on or not. */
export function boardSpis(tree: DeviceTree): Set<number> {
  const phandles = phandlesOf(tree);
  const found = new Set<number>();
  for (const device of devicesOf(tree)) {
    const given = isAtGic(phandles, device) ? handedOut(device) : [];
    for (const spi of [...ownSpis(phandles, device), ...given]) if (spi >= 0) found.add(spi);
  }
  return found;
}

/** The devices that are switched on and raise an SPI; `except` is left out. */
export function usersOf(tree: DeviceTree, phandles: Phandles, spi: number, except: Device): Device[] {
  return [...devicesOf(tree)].filter(
    (device) =>
      device.node !== except.node &&
      isEnabled(device) &&
      spisAmong(interruptsOf(phandles, device).interrupts).includes(spi),
  );
}
