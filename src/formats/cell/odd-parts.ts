import { bitRuns } from '../../base/runs.ts';
import type { RevisionNames } from './names.ts';
import { CACHE_FLAGS, CACHE_TYPES, isIvshmem, nameFlags, PCI_CAP_FLAGS, PCI_TYPES } from './names.ts';
import { has, isOffPage, oddEntries, unknownBits, type Oddity } from './oddity.ts';
import type { MemoryRegion } from './records.ts';
import type { CellDescription } from './types.ts';

// What is odd about the tables of a cell.

/** What a layout reads of a cell; forks have other parts beside these. */
export type Parts = Partial<CellDescription> & {
  cpuRecords?: readonly { unused: bigint }[];
  rcpus?: Uint8Array;
  fpgaRegions?: Uint8Array;
};

const LARGEST_REGION = 1n << 48n;
const MEMORY_END = 1n << 52n;
/** A region below this size is a device's registers, which need no page of their own. */
const SMALL = 0x10000n;
const LARGEST_CPU_SET = 64;
const PORTS = 0x10000;
const BITMAP_SIZE = 8192;

const none = (values: Iterable<boolean>): boolean => ![...values].includes(true);

const REGIONS = ['memory region', 'memory regions'] as const;
const CHIPS = ['irqchip', 'irqchips'] as const;
const DEVICES = ['PCI device', 'PCI devices'] as const;
const CAPS = ['PCI capability', 'PCI capabilities'] as const;
const CACHES = ['cache region', 'cache regions'] as const;
const PIO = ['PIO region', 'PIO regions'] as const;

export const setBits = (set: Uint8Array | undefined): boolean =>
  set !== undefined && bitRuns(set, 1).length > 0;

function cpuOddities({ cpus, cpuRecords, rcpus, fpgaRegions }: Parts): Oddity[] {
  if (cpuRecords !== undefined) {
    return cpuRecords.length === 0 || cpuRecords.some(({ unused }) => unused !== 0n)
      ? [{ subject: 'CPUs', text: 'the table of CPUs has none, or bytes that no CPU has' }]
      : [];
  }
  const size = cpus?.length ?? 0;
  if (size > LARGEST_CPU_SET) return [{ subject: 'CPUs', text: `the CPU set has ${size} bytes` }];
  return none([setBits(cpus), setBits(rcpus), setBits(fpgaRegions)])
    ? [{ subject: 'CPUs', text: 'no CPU' }]
    : [];
}

const isEmptyRegion = ({ phys_start, virt_start, size, flags }: MemoryRegion): boolean =>
  phys_start === 0n && virt_start === 0n && size === 0n && flags === 0n;

function memoryOddities(regions: readonly MemoryRegion[], { memoryFlags }: RevisionNames): Oddity[] {
  const io = memoryFlags.io!;
  const isBeyond = ({ phys_start, virt_start, size }: MemoryRegion): boolean =>
    size > LARGEST_REGION || phys_start + size > MEMORY_END || virt_start + size > MEMORY_END;
  const isUnaligned = ({ phys_start, virt_start, size, flags }: MemoryRegion): boolean =>
    (flags & io) === 0n && size >= SMALL && [phys_start, virt_start, size].some(isOffPage);
  return [
    ...(regions.length === 0 ? [{ subject: 'memory' as const, text: 'no memory region' }] : []),
    ...oddEntries('memory', REGIONS, regions, isBeyond, [
      'is larger than 2^48 or ends above 2^52',
      'are larger than 2^48 or end above 2^52',
    ]),
    ...oddEntries(
      'memory',
      REGIONS,
      regions,
      ({ flags }) => unknownBits(nameFlags(memoryFlags, flags)),
      has('unknown flags'),
    ),
    ...oddEntries(
      'memory',
      REGIONS,
      regions,
      (region) => region.size === 0n && !isEmptyRegion(region),
      has('an address or flags, and no size'),
    ),
    ...oddEntries('alignment', REGIONS, regions, isUnaligned, [
      'is not aligned to 4 KiB',
      'are not aligned to 4 KiB',
    ]),
  ];
}

function deviceOddities({ pciDevices = [], pciCaps = [], memoryRegions = [] }: Parts): Oddity[] {
  const types = Object.values(PCI_TYPES);
  return [
    ...oddEntries('PCI', DEVICES, pciDevices, ({ type }) => !types.includes(type), has('an unknown type')),
    ...oddEntries(
      'PCI',
      DEVICES,
      pciDevices,
      ({ num_msi_vectors, num_msix_vectors }) => num_msi_vectors > 32 || num_msix_vectors > 2048,
      has('more vectors than PCI allows'),
    ),
    ...oddEntries(
      'reference',
      DEVICES,
      pciDevices,
      ({ caps_start, num_caps }) => num_caps > 0 && caps_start + num_caps > pciCaps.length,
      has('capabilities beyond their table'),
    ),
    ...oddEntries(
      'reference',
      DEVICES,
      pciDevices,
      (device) =>
        isIvshmem(device) && (device.shmem_regions_start ?? device.shmem_region ?? 0) >= memoryRegions.length,
      has('memory regions beyond their table'),
    ),
    ...oddEntries(
      'PCI',
      CAPS,
      pciCaps,
      ({ len, flags }) => len > 4096 || unknownBits(nameFlags(PCI_CAP_FLAGS, flags)),
      has('unknown flags, or a length above 4096'),
    ),
  ];
}

function portOddities({ pio }: Parts): Oddity[] {
  if (pio === undefined) return [];
  if ('bitmap' in pio) {
    const size = pio.bitmap.length;
    return size === 0 || size === BITMAP_SIZE
      ? []
      : [{ subject: 'ports', text: `a PIO bitmap of ${size} bytes` }];
  }
  return oddEntries(
    'ports',
    PIO,
    pio.regions,
    ({ base, length }) => length === 0 || base + length > PORTS,
    has('no port, or ports above 0xffff'),
  );
}

function cacheOddities({ cacheRegions }: Parts): Oddity[] {
  const cacheTypes = Object.values(CACHE_TYPES);
  return oddEntries(
    'cache',
    CACHES,
    cacheRegions,
    ({ type, flags, start, size }) =>
      (type !== 0 && !cacheTypes.includes(type)) ||
      unknownBits(nameFlags(CACHE_FLAGS, flags)) ||
      start > 256 ||
      size > 256,
    has('an unknown type or flag, or parts above 256'),
  );
}

const chipOddities = ({ irqchips }: Parts): Oddity[] =>
  oddEntries(
    'irqchips',
    CHIPS,
    irqchips,
    ({ address, id, pin_base }) =>
      isOffPage(address) || id > 0x1ffff || pin_base % 8 !== 0 || pin_base > 2048,
    has('an address, id or pin_base that none has'),
  );

/** What is odd about the tables, by the names of their layout. */
export const tableOddities = (parts: Parts, names: RevisionNames): Oddity[] => [
  ...cpuOddities(parts),
  ...memoryOddities(parts.memoryRegions ?? [], names),
  ...chipOddities(parts),
  ...cacheOddities(parts),
  ...portOddities(parts),
  ...deviceOddities(parts),
];
