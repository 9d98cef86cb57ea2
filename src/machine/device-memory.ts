import { alignUp, PAGE_SIZE } from '../base/address.ts';
import { endOf, holds, overlaps, rangeTo, uncovered, joined, type AddressRange } from '../base/ranges.ts';
import { isCommRegion } from '../formats/cell/memory.ts';
import { namesOf } from '../formats/cell/variants.ts';
import type { MemoryRegion } from '../formats/cell/records.ts';
import { registersOf } from '../formats/dtb/addresses.ts';
import { propertyOf } from '../formats/dtb/edit.ts';
import type { DeviceTree } from '../formats/dtb/types.ts';
import { readCell } from '../formats/dtb/values.ts';
import { devicesOf, isEnabled, pathOf, type Device } from '../formats/dtb/walk.ts';
import type { SystemConfig } from '../formats/cell/types.ts';

const pageOf = (range: AddressRange): AddressRange =>
  rangeTo(range.start & -PAGE_SIZE, alignUp(endOf(range), PAGE_SIZE));

const isWholePages = ({ start, size }: AddressRange): boolean =>
  start % PAGE_SIZE === 0n && size % PAGE_SIZE === 0n;

/** Others whose registers are in the pages of a range; the buses that the device is on are not. */
function neighboursOf(tree: DeviceTree, device: Device, range: AddressRange): Device[] {
  const pages = pageOf(range);
  return [...devicesOf(tree)].filter(
    (other) =>
      other.node !== device.node &&
      !device.ancestors.includes(other.node) &&
      !other.ancestors.includes(device.node) &&
      registersOf(other).some((each) => each.size > 0n && overlaps(each, pages)),
  );
}

/** A range of a device's registers as the cell gets it. */
export interface DeviceRegion {
  region: MemoryRegion;
  /** Devices that are switched on in the same page: the hypervisor must emulate each access. */
  sharedWith: string[];
}

/** The widths of accesses that a device is built for. */
function widthFlags(device: Device, system: SystemConfig): bigint {
  const flags = namesOf(system).memoryFlags;
  const width = readCell(propertyOf(device.node, 'reg-io-width'));
  if (width === 4) return flags.io_32!;
  return width === 2 ? flags.io_16! : flags.io_8! | flags.io_32!;
}

/** A region for each entry of `reg`: whole pages, or only the registers where another device is in the same page. */
export function deviceRegions(tree: DeviceTree, device: Device, system: SystemConfig): DeviceRegion[] {
  const flags = namesOf(system).memoryFlags;
  const access = flags.read! | flags.write! | flags.io!;
  return registersOf(device)
    .filter(({ size }) => size > 0n)
    .map((range) => {
      const sharedWith = isWholePages(range)
        ? []
        : neighboursOf(tree, device, range).filter(isEnabled).map(pathOf);
      const mapped = sharedWith.length > 0 ? range : pageOf(range);
      // The hypervisor prints through its own console, and the root cell must keep that mapped.
      const isDebug = holds(mapped, system.debugConsole.address);
      return {
        region: {
          phys_start: mapped.start,
          virt_start: mapped.start,
          size: mapped.size,
          flags:
            access |
            (isDebug ? flags.rootshared! : 0n) |
            (sharedWith.length > 0 ? widthFlags(device, system) : 0n),
        },
        sharedWith,
      };
    });
}

/** What of a range is in no memory region of the root cell. */
export const outsideRoot = ({ rootCell }: SystemConfig, range: AddressRange): AddressRange[] =>
  uncovered(
    range,
    joined(
      rootCell.memoryRegions
        .filter((region) => !isCommRegion(region))
        .map(({ phys_start: start, size }) => ({ start, size })),
    ),
  );
