import { hex } from '../../../base/address.ts';
import { isIvshmem, type RevisionNames } from '../names.ts';
import type { MemoryRegion, PciDevice } from '../records.ts';
import { fields, flagWords, hexUnlessZero, unlessZero, type Plain, type PlainMap } from './plain.ts';
import { NET_REGIONS, netSideAt } from './shmem-net.ts';
import { formatSize } from './texts.ts';

/** How devices refer to memory. */
export interface MemoryNames {
  /** The regions of an ivshmem device; null where its first one is not there. */
  referencesFrom(device: PciDevice): Plain | null;
}

export function describeRegion(
  { phys_start, virt_start, size, flags }: MemoryRegion,
  names: RevisionNames,
): PlainMap {
  const place =
    phys_start === virt_start
      ? { start: hexUnlessZero(phys_start) }
      : { phys_start: hex(phys_start), virt_start: hex(virt_start) };
  return fields({
    ...place,
    size: unlessZero(size, formatSize),
    flags: flagWords(names.memoryFlags, flags),
  });
}

/** A device of revision 12 and newer has a state table, a common section and one for each peer; older ones one region. */
const regionCount = ({ shmem_peers }: PciDevice): number => (shmem_peers === undefined ? 1 : 2 + shmem_peers);

const firstRegion = ({ shmem_regions_start, shmem_region }: PciDevice): number =>
  shmem_regions_start ?? shmem_region ?? 0;

/** What each region of a device is, by its place behind the first. */
const partName = (offset: number): string => ['state', 'rw'][offset] ?? `out${offset - 2}`;

/** The memory list as it is written, with names for what devices refer to. */
export function describeMemory(
  regions: readonly MemoryRegion[],
  devices: readonly PciDevice[],
  names: RevisionNames,
): { memory: PlainMap[]; names: MemoryNames } {
  const links = devices.filter((device) => isIvshmem(device) && firstRegion(device) < regions.length);
  const starts = new Set(links.map(firstRegion));
  const hasBlocks = links.some(({ shmem_peers }) => shmem_peers !== undefined);

  /** First regions of network blocks; no device begins inside one. */
  const blocks = new Map<number, 0 | 1>();
  const last = hasBlocks ? regions.length : 0;
  for (let index = 0; index + NET_REGIONS <= last;) {
    const side = netSideAt(regions, index, names.memoryFlags);
    const isWhole = side !== null && ![1, 2, 3].some((offset) => starts.has(index + offset));
    if (isWhole) blocks.set(index, side);
    index += isWhole ? NET_REGIONS : 1;
  }
  const isInside = (index: number): boolean => [1, 2, 3].some((offset) => blocks.has(index - offset));

  const labels = new Map<number, string>();
  const covered = (device: PciDevice): number[] =>
    Array.from({ length: regionCount(device) }, (_, offset) => firstRegion(device) + offset);
  const canNameAll = (device: PciDevice): boolean =>
    covered(device).every((index) => index < regions.length && !blocks.has(index) && !isInside(index));
  for (const device of links) {
    const first = firstRegion(device);
    const number = [...starts].indexOf(first);
    const block = blocks.has(first);
    const wanted = canNameAll(device) && !block ? covered(device) : [first];
    wanted.forEach((index, offset) => {
      if (labels.has(index)) return;
      const base = `${block ? 'net' : 'shmem'}${number}`;
      labels.set(index, wanted.length === 1 ? base : `${base}_${partName(offset)}`);
    });
  }

  const memory = regions.flatMap((region, index) => {
    if (isInside(index)) return [];
    const name = labels.get(index);
    const side = blocks.get(index);
    const described: PlainMap =
      side === undefined
        ? describeRegion(region, names)
        : { shmem_net: { start: hex(region.phys_start), dev_id: String(side) } };
    return [{ ...(name === undefined ? {} : { name }), ...described }];
  });
  return {
    memory,
    names: {
      referencesFrom(device) {
        const first = firstRegion(device);
        const own = labels.get(first);
        if (own === undefined) return null;
        if (blocks.has(first) || !canNameAll(device) || regionCount(device) === 1) return own;
        return covered(device).map((index) => labels.get(index)!);
      },
    },
  };
}
