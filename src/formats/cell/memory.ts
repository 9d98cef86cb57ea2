import { PAGE_SIZE } from '../../base/address.ts';
import { joined, type AddressRange } from '../../base/ranges.ts';
import { MEMORY_FLAGS as MEM, nameFlags } from './names.ts';
import type { CellConfig } from './types.ts';
import type { MemoryRegion } from './records.ts';

const RAM_FLAGS = MEM.read | MEM.write | MEM.execute | MEM.dma;
/** The bits that decide; loadable and the higher bits do not. */
const RAM_MASK = RAM_FLAGS | MEM.io | MEM.comm_region | MEM.rootshared;

type Flagged = Pick<MemoryRegion, 'flags'>;

/** Whether Jailhouse's tools count the region as the guest's RAM. */
export const isRam = ({ flags }: Flagged): boolean => (flags & RAM_MASK) === RAM_FLAGS;

export const isCommRegion = ({ flags }: Flagged): boolean => (flags & MEM.comm_region) !== 0n;

/** Whether it is a device's registers. */
export const isDevice = (region: MemoryRegion): boolean => (region.flags & MEM.io) !== 0n;

/** Whether the cell shares the region with the root cell, or with others through it. */
export const isRootShared = (region: MemoryRegion): boolean => (region.flags & MEM.rootshared) !== 0n;

/** Whether devices of the cell may reach the region. */
export const isForDma = (region: MemoryRegion): boolean => (region.flags & MEM.dma) !== 0n;

export const isReadable = (region: MemoryRegion): boolean => (region.flags & MEM.read) !== 0n;

export const isWritable = (region: MemoryRegion): boolean => (region.flags & MEM.write) !== 0n;

/** Whether `jailhouse cell load` may write into the region. */
export const isLoadable = (region: MemoryRegion): boolean =>
  (region.flags & (MEM.loadable | MEM.write)) === (MEM.loadable | MEM.write);

/** Readable, writable and executable like RAM, but not marked for DMA. */
export const isRamWithoutDma = (region: MemoryRegion): boolean =>
  (region.flags & RAM_MASK) === (RAM_FLAGS & ~MEM.dma);

const isOffPage = (address: bigint): boolean => address % PAGE_SIZE !== 0n;

/** Whether no page of its own maps the region: each access is emulated, if its flags give the width. */
export const isSubPage = ({ virt_start, size }: MemoryRegion): boolean =>
  isOffPage(virt_start) || isOffPage(size);

/** Whether what is mapped begins before the region's physical address. */
export const isPhysicallyOffPage = ({ phys_start }: MemoryRegion): boolean => isOffPage(phys_start);

/** Whether both regions show the guest the same memory where they meet; the comm region's is the hypervisor's. */
export const isSameMapping = (a: MemoryRegion, b: MemoryRegion): boolean =>
  isCommRegion(a) === isCommRegion(b) && a.phys_start - a.virt_start === b.phys_start - b.virt_start;

export const virtualRange = (region: MemoryRegion): AddressRange => ({
  start: region.virt_start,
  size: region.size,
});

/** The virtual ranges of the cell's RAM, sorted, with touching and overlapping ones joined. */
export const ramRanges = (cell: CellConfig): AddressRange[] =>
  joined(cell.memoryRegions.filter((region) => isRam(region) && region.size > 0n).map(virtualRange));

const wordsOf = (flags: bigint): string => nameFlags(MEM, flags).names.join(' ');

/** The flags in words: `read write execute dma loadable`. */
export const describeFlags = (region: MemoryRegion): string => wordsOf(region.flags) || 'no access';

/** What keeps a region from being RAM: `it lacks dma`, `it has io`; `''` for RAM. */
export function whyNotRam({ flags }: MemoryRegion): string {
  const lacking = wordsOf(RAM_FLAGS & ~flags);
  const excess = wordsOf(flags & RAM_MASK & ~RAM_FLAGS);
  return [...(lacking ? [`it lacks ${lacking}`] : []), ...(excess ? [`it has ${excess}`] : [])].join(', ');
}
