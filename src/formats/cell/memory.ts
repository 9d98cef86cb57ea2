import { joined, type AddressRange } from '../../base/ranges.ts';
import type { CellConfig } from './types.ts';
import type { MemoryRegion } from './records.ts';

/** Flags of struct jailhouse_memory that mean the same in every revision. */
const MEM = {
  READ: 0x01n,
  WRITE: 0x02n,
  EXECUTE: 0x04n,
  DMA: 0x08n,
  IO: 0x10n,
  COMM_REGION: 0x20n,
  LOADABLE: 0x40n,
  ROOTSHARED: 0x80n,
} as const;

const RAM_FLAGS = MEM.READ | MEM.WRITE | MEM.EXECUTE | MEM.DMA;
/** The bits that decide; LOADABLE and the higher bits do not. */
const RAM_MASK = RAM_FLAGS | MEM.IO | MEM.COMM_REGION | MEM.ROOTSHARED;

/** Whether Jailhouse's tools count the region as the guest's RAM. */
export const isRam = (region: MemoryRegion): boolean => (region.flags & RAM_MASK) === RAM_FLAGS;

export const isCommRegion = (region: MemoryRegion): boolean => (region.flags & MEM.COMM_REGION) !== 0n;

/** Whether it is a device's registers. */
export const isDevice = (region: MemoryRegion): boolean => (region.flags & MEM.IO) !== 0n;

/** Whether the cell shares the region with the root cell, or with others through it. */
export const isRootShared = (region: MemoryRegion): boolean => (region.flags & MEM.ROOTSHARED) !== 0n;

/** Whether devices of the cell may reach the region. */
export const isForDma = (region: MemoryRegion): boolean => (region.flags & MEM.DMA) !== 0n;

export const isReadable = (region: MemoryRegion): boolean => (region.flags & MEM.READ) !== 0n;

export const isWritable = (region: MemoryRegion): boolean => (region.flags & MEM.WRITE) !== 0n;

/** Whether `jailhouse cell load` may write into the region. */
export const isLoadable = (region: MemoryRegion): boolean =>
  (region.flags & (MEM.LOADABLE | MEM.WRITE)) === (MEM.LOADABLE | MEM.WRITE);

/** Readable, writable and executable like RAM, but not marked for DMA. */
export const isRamWithoutDma = (region: MemoryRegion): boolean =>
  (region.flags & RAM_MASK) === (RAM_FLAGS & ~MEM.DMA);

export const virtualRange = (region: MemoryRegion): AddressRange => ({
  start: region.virt_start,
  size: region.size,
});

/** The virtual ranges of the cell's RAM, sorted, with touching and overlapping ones joined. */
export const ramRanges = (cell: CellConfig): AddressRange[] =>
  joined(cell.memoryRegions.filter((region) => isRam(region) && region.size > 0n).map(virtualRange));

const NAMES: readonly (readonly [keyof typeof MEM, string])[] = [
  ['READ', 'read'],
  ['WRITE', 'write'],
  ['EXECUTE', 'execute'],
  ['DMA', 'dma'],
  ['IO', 'io'],
  ['COMM_REGION', 'comm'],
  ['LOADABLE', 'loadable'],
  ['ROOTSHARED', 'rootshared'],
];

const wordsOf = (flags: bigint): string =>
  NAMES.filter(([flag]) => (flags & MEM[flag]) !== 0n)
    .map(([, word]) => word)
    .join(' ');

/** The flags in words: `read write execute dma loadable`. */
export const describeFlags = (region: MemoryRegion): string => wordsOf(region.flags) || 'no access';

/** What keeps a region from being RAM: `it lacks dma`, `it has io`; `''` for RAM. */
export function whyNotRam({ flags }: MemoryRegion): string {
  const lacking = wordsOf(RAM_FLAGS & ~flags);
  const excess = wordsOf(flags & RAM_MASK & ~RAM_FLAGS);
  return [...(lacking ? [`it lacks ${lacking}`] : []), ...(excess ? [`it has ${excess}`] : [])].join(', ');
}
