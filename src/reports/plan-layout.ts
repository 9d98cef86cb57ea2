import { byStart, contains, endOf, holds, overlaps, uncovered, type AddressRange } from '../base/ranges.ts';
import { ivshmemDevices, sharedRegions } from '../checks/cell/shmem.ts';
import { isCommRegion, isDevice, isRam, virtualRange } from '../formats/cell/memory.ts';
import { regionName } from '../formats/cell/origins.ts';
import type { MemoryRegion } from '../formats/cell/records.ts';
import type { CellConfig } from '../formats/cell/types.ts';
import type { Placed } from '../placement/types.ts';

/** What a placed part is. */
export type PartKind = 'loader' | 'params' | 'tree' | 'kernel' | 'run' | 'initrd';

const STARTS: readonly (readonly [string, PartKind])[] = [
  ['loader', 'loader'],
  ['params', 'params'],
  ['device tree', 'tree'],
  ['kernel run', 'run'],
  ['kernel', 'kernel'],
  ['initrd', 'initrd'],
];

export const partKind = ({ label }: Placed): PartKind =>
  STARTS.find(([start]) => label.startsWith(start))?.[1] ?? 'run';

export type RegionKind = 'ram' | 'shared' | 'device' | 'comm' | 'other';

/** A memory region of a cell, and what the plan puts into it. */
export interface LaidRegion {
  /** Its place in the cell config. */
  index: number;
  name: string;
  kind: RegionKind;
  region: MemoryRegion;
  /** As the guest sees it. */
  range: AddressRange;
  /** By address; the last may end after the region. */
  parts: readonly Placed[];
  /** What the parts leave of it. */
  free: readonly AddressRange[];
}

/** Where everything goes in a cell's memory. */
export interface PlanLayout {
  /** By guest address; empty ones are left out. */
  regions: readonly LaidRegion[];
  /** By address: what is in no region, or ends after the one that it starts in. */
  outside: readonly Placed[];
  ivshmem: number;
  otherDevices: number;
}

function kindOf(region: MemoryRegion, isShared: boolean): RegionKind {
  if (isRam(region)) return 'ram';
  if (isShared) return 'shared';
  if (isDevice(region)) return 'device';
  return isCommRegion(region) ? 'comm' : 'other';
}

/** @param placed nothing where there is no plan */
export function layOutPlan(cell: CellConfig, placed: readonly Placed[]): PlanLayout {
  const parts = placed.toSorted(byStart);
  const shared = sharedRegions(cell);
  const regions = cell.memoryRegions
    .map((region, index): LaidRegion => {
      const range = virtualRange(region);
      const inside = parts.filter((part) => overlaps(part, range));
      return {
        index,
        name: regionName(cell, index, 'region'),
        kind: kindOf(region, shared.has(index)),
        region,
        range,
        parts: inside,
        free: uncovered(range, inside),
      };
    })
    .filter(({ range }) => range.size > 0n)
    .toSorted((a, b) => byStart(a.range, b.range));
  const ivshmem = ivshmemDevices({ description: cell }).length;
  return {
    regions,
    outside: parts.filter((part) => !regions.some(({ range }) => contains(range, part))),
    ivshmem,
    otherDevices: cell.pciDevices.length - ivshmem,
  };
}

/** How much of a part is after the region that it starts in; 0: nothing is. */
export const excessOf = (part: Placed, { range }: Pick<LaidRegion, 'range'>): bigint =>
  holds(range, part.start) && endOf(part) > endOf(range) ? endOf(part) - endOf(range) : 0n;

export const ramOf = ({ regions }: PlanLayout): LaidRegion[] => regions.filter(({ kind }) => kind === 'ram');

/** What starts in no region of RAM, nor fits into another region. */
export const lostParts = (layout: PlanLayout): Placed[] =>
  layout.outside.filter((part) => !ramOf(layout).some(({ range }) => holds(range, part.start)));
