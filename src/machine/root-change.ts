import { endOf, overlaps, rangeTo, uncovered, type AddressRange } from '../base/ranges.ts';
import { describeRange } from '../base/ranges.ts';
import { sharedRegions } from '../checks/cell/shmem.ts';
import { formatBdf } from '../formats/cell/pci.ts';
import type { MemoryRegion, PciDevice } from '../formats/cell/records.ts';
import type { CellDescription, SystemConfig } from '../formats/cell/types.ts';
import { linkMemory, type LinkDevice, type PlacedLink } from './links.ts';

/** What of the system config is changed for a cell, one line each. */
export interface ChangedSystem {
  system: SystemConfig;
  changes: string[];
}

/** The region without a hole in it, in up to two pieces. */
function cut(region: MemoryRegion, hole: AddressRange): MemoryRegion[] {
  const own = { start: region.phys_start, size: region.size };
  if (!overlaps(own, hole)) return [region];
  return uncovered(own, [hole]).map(({ start, size }) => ({
    ...region,
    phys_start: start,
    virt_start: region.virt_start + (start - region.phys_start),
    size,
  }));
}

const regionsStart = ({ shmem_regions_start }: PciDevice): number => shmem_regions_start ?? 0;

/**
 * Cuts memory out of the root cell's regions. The places of later regions move, so devices follow theirs; those of links
 * are not cut.
 */
function withoutMemory(root: CellDescription, hole: AddressRange): CellDescription {
  const shared = sharedRegions(root);
  const memoryRegions: MemoryRegion[] = [];
  const places = new Map<number, number>();
  root.memoryRegions.forEach((region, index) => {
    places.set(index, memoryRegions.length);
    memoryRegions.push(...(shared.has(index) ? [region] : cut(region, hole)));
  });
  const pciDevices = root.pciDevices.map((device) =>
    device.shmem_regions_start === undefined || device.shmem_peers === 0
      ? device
      : { ...device, shmem_regions_start: places.get(regionsStart(device)) ?? regionsStart(device) },
  );
  const { origins: _, ...rest } = root;
  return { ...rest, memoryRegions, pciDevices };
}

/** A device as it stands in a config, with the place of its regions. */
export const deviceAt = (device: LinkDevice, regionsStartAt: number): PciDevice => ({
  ...device,
  shmem_regions_start: regionsStartAt,
});

function addEnd(
  root: CellDescription,
  { regions, device }: NonNullable<PlacedLink['rootEnd']>,
): CellDescription {
  return {
    ...root,
    memoryRegions: [...root.memoryRegions, ...regions],
    pciDevices: [...root.pciDevices, deviceAt(device, root.memoryRegions.length)],
  };
}

/** The system config with the ends of new links; the same object where nothing is new. */
export function changedSystem(system: SystemConfig, links: readonly PlacedLink[]): ChangedSystem {
  const changes: string[] = [];
  let { rootCell } = system;
  for (const link of links) {
    if (link.rootEnd === null) continue;
    const { device } = link.rootEnd;
    const [memory] = linkMemory(link);
    if (memory === undefined) continue;
    rootCell = addEnd(withoutMemory(rootCell, memory), link.rootEnd);
    changes.push(
      `the ivshmem device ${formatBdf(device.domain, device.bdf)} (${link.kind}), with its regions at ${describeRange(rangeTo(memory.start, endOf(memory)))}, which are cut out of the root cell's RAM`,
    );
  }
  return changes.length === 0 ? { system, changes } : { system: { ...system, rootCell }, changes };
}
