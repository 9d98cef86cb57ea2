import type { FlagNames } from '../names.ts';
import type { MemoryRegion } from '../records.ts';

// JAILHOUSE_SHMEM_NET_REGIONS of Jailhouse's cell-config.h (0.12 and newer): the state table, no common read-write
// section, and an output section for each of the two peers. 1 MiB, at the same address in all cells.

const STATE_SIZE = 0x1000n;
const OUTPUT_SIZE = 0x7f000n;

export const NET_REGIONS = 4;

export function netRegions(start: bigint, devId: 0 | 1, flags: FlagNames): MemoryRegion[] {
  const shared = flags.read! | flags.rootshared!;
  const region = (offset: bigint, size: bigint, isOwn: boolean): MemoryRegion => ({
    phys_start: BigInt.asUintN(64, start + offset),
    virt_start: BigInt.asUintN(64, start + offset),
    size,
    flags: isOwn ? shared | flags.write! : shared,
  });
  return [
    region(0n, STATE_SIZE, false),
    { phys_start: 0n, virt_start: 0n, size: 0n, flags: 0n },
    region(STATE_SIZE, OUTPUT_SIZE, devId === 0),
    region(STATE_SIZE + OUTPUT_SIZE, OUTPUT_SIZE, devId === 1),
  ];
}

const isSame = (a: MemoryRegion, b: MemoryRegion): boolean =>
  a.phys_start === b.phys_start && a.virt_start === b.virt_start && a.size === b.size && a.flags === b.flags;

/** Which side of a network block the regions from `index` on are; null if they are none. */
export function netSideAt(regions: readonly MemoryRegion[], index: number, flags: FlagNames): 0 | 1 | null {
  const { phys_start } = regions[index]!;
  for (const side of [0, 1] as const) {
    const wanted = netRegions(phys_start, side, flags);
    if (
      wanted.every(
        (region, offset) => regions[index + offset] !== undefined && isSame(region, regions[index + offset]!),
      )
    )
      return side;
  }
  return null;
}
