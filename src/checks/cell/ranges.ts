import { describeRange, type AddressRange } from '../../base/ranges.ts';
import { describeSize } from '../../base/address.ts';
import { isCommRegion } from '../../formats/cell/memory.ts';
import { regionName } from '../../formats/cell/origins.ts';
import type { MemoryRegion } from '../../formats/cell/records.ts';
import type { Party } from './scene.ts';

/** A memory region by its place in its cell's config, at its physical or its guest address. */
export interface PlacedRegion {
  index: number;
  /** `memory region 3`, or as its description calls it. */
  name: string;
  region: MemoryRegion;
  range: AddressRange;
}

type Side = 'phys_start' | 'virt_start';

/** The regions that are not empty. The comm region's memory is the hypervisor's: it has no physical place. */
export const placedRegions = ({ description }: Party, side: Side): PlacedRegion[] =>
  description.memoryRegions.flatMap((region, index) =>
    region.size === 0n || (side === 'phys_start' && isCommRegion(region))
      ? []
      : [
          {
            index,
            name: regionName(description, index),
            region,
            range: { start: region[side], size: region.size },
          },
        ],
  );

/** `memory region 3 (0x100000..0x200000, 1 MiB)` */
export const regionText = ({ name, range }: PlacedRegion): string =>
  `${name} (${describeRange(range)}, ${describeSize(range.size)})`;

/** The regions of a cell by their physical addresses. */
export const physicalRegions = (party: Party): PlacedRegion[] => placedRegions(party, 'phys_start');
