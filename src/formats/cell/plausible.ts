import { hex, PAGE_SIZE } from '../../base/address.ts';
import { bitRuns, describeNumbers } from '../../base/runs.ts';
import type { NamedFlags, RevisionNames } from './names.ts';
import { CACHE_FLAGS, CACHE_TYPES, isIvshmem, nameFlags, PCI_CAP_FLAGS, PCI_TYPES } from './names.ts';
import type { MemoryRegion } from './records.ts';
import type { CellDescription, CellHeader } from './types.ts';

// What holds for all configs that are known (5,400 files of 80 trees), and fails where bytes are read by a wrong table.

/** What an implausible value belongs to. */
type Subject =
  | 'name'
  | 'root header'
  | 'hypervisor memory'
  | 'PCI host'
  | 'cell flags'
  | 'CPUs'
  | 'counts'
  | 'memory'
  | 'alignment'
  | 'cache'
  | 'irqchips'
  | 'ports'
  | 'PCI'
  | 'reference'
  | 'console'
  | 'header';

/** A value that no known config has. */
export interface Oddity {
  subject: Subject;
  /** `memory regions 2 and 3 end above 2^52`. */
  text: string;
}

/** What a layout reads of a cell; forks have other parts beside these. */
type Parts = Partial<CellDescription> & {
  cpuRecords?: readonly { unused: bigint }[];
  rcpus?: Uint8Array;
  fpgaRegions?: Uint8Array;
};

const LARGEST_REGION = 1n << 48n;
const MEMORY_END = 1n << 52n;
const LARGEST_HYPERVISOR = 1n << 30n;
/** A region below this size is a device's registers, which need no page of their own. */
const SMALL = 0x10000n;
const LARGEST_CPU_SET = 64;
const MOST_ENTRIES = 1024;
const PORTS = 0x10000;
const BITMAP_SIZE = 8192;

const isOffPage = (address: bigint): boolean => address % PAGE_SIZE !== 0n;

const none = (values: Iterable<boolean>): boolean => ![...values].includes(true);

/** One oddity for all entries of a list that share it. */
function oddEntries<T>(
  subject: Subject,
  [singular, plural]: readonly [string, string],
  items: readonly T[] | undefined,
  isOdd: (item: T) => boolean,
  [is, are]: readonly [string, string],
): Oddity[] {
  const found = (items ?? []).flatMap((item, index) => (isOdd(item) ? [index] : []));
  if (found.length === 0) return [];
  const who = `${found.length === 1 ? singular : plural} ${describeNumbers(found)}`;
  return [{ subject, text: `${who} ${found.length === 1 ? is : are}` }];
}

const REGIONS = ['memory region', 'memory regions'] as const;
const CHIPS = ['irqchip', 'irqchips'] as const;
const DEVICES = ['PCI device', 'PCI devices'] as const;
const CAPS = ['PCI capability', 'PCI capabilities'] as const;
const CACHES = ['cache region', 'cache regions'] as const;
const PIO = ['PIO region', 'PIO regions'] as const;

const has = (what: string): readonly [string, string] => [`has ${what}`, `have ${what}`];

const unknownBits = (flags: NamedFlags): boolean => flags.unknown !== 0n;

function nameOddities(name: Uint8Array): Oddity[] {
  const odd = (text: string): Oddity[] => [{ subject: 'name', text }];
  const end = name.indexOf(0);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(name.subarray(0, end < 0 ? name.length : end));
  } catch {
    return odd('the name is not UTF-8');
  }
  if (/\p{Cc}/u.test(text)) return odd('the name has a control character');
  return end >= 0 && name.subarray(end).some((byte) => byte !== 0)
    ? odd('bytes follow the end of the name')
    : [];
}

export function headerOddities(header: CellHeader, names: RevisionNames): Oddity[] {
  const { name, flags, vpci_irq_base, cpu_reset_address = 0n, msg_reply_timeout = 0n, console } = header;
  const { pci_cfg_base = 0n, pci_cfg_size = 0n } = header;
  const odd = (isOdd: boolean, subject: Subject, text: string): Oddity[] =>
    isOdd ? [{ subject, text }] : [];
  const { unknown } = nameFlags(names.cellFlags, flags);
  return [
    ...nameOddities(name),
    ...odd(unknown !== 0n, 'cell flags', `the cell has the unknown flags ${hex(unknown)}`),
    ...odd(vpci_irq_base >= 2048, 'header', `vpci_irq_base is ${vpci_irq_base}`),
    ...odd(isOffPage(cpu_reset_address), 'header', `cpu_reset_address is ${hex(cpu_reset_address)}`),
    ...odd(msg_reply_timeout >= 1n << 32n, 'header', `msg_reply_timeout is ${msg_reply_timeout}`),
    ...odd(
      isOffPage(pci_cfg_base) || isOffPage(pci_cfg_size),
      'header',
      'pci_cfg_base or pci_cfg_size is not a multiple of 4 KiB',
    ),
    ...odd(
      console !== undefined && ((console.type ?? 0) > 11 || (console.flags & ~0x700f) !== 0),
      'console',
      `the cell's console has type ${console?.type} and flags ${hex(console?.flags ?? 0)}`,
    ),
  ];
}

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

/** What is odd about a cell's description, by the names of its layout. */
export function descriptionOddities(header: CellHeader, parts: Parts, names: RevisionNames): Oddity[] {
  const { irqchips, cacheRegions } = parts;
  const cacheTypes = Object.values(CACHE_TYPES);
  return [
    ...headerOddities(header, names),
    ...cpuOddities(parts),
    ...memoryOddities(parts.memoryRegions ?? [], names),
    ...oddEntries(
      'irqchips',
      CHIPS,
      irqchips,
      ({ address, id, pin_base }) =>
        isOffPage(address) || id > 0x1ffff || pin_base % 8 !== 0 || pin_base > 2048,
      has('an address, id or pin_base that none has'),
    ),
    ...oddEntries(
      'cache',
      CACHES,
      cacheRegions,
      ({ type, flags, start, size }) =>
        (type !== 0 && !cacheTypes.includes(type)) ||
        unknownBits(nameFlags(CACHE_FLAGS, flags)) ||
        start > 256 ||
        size > 256,
      has('an unknown type or flag, or parts above 256'),
    ),
    ...portOddities(parts),
    ...deviceOddities(parts),
  ];
}

/** What a system config says in front of its platform, by its ABI names. */
export interface SystemStart {
  flags?: number;
  hypervisor_memory: MemoryRegion;
  pci_mmconfig_base: bigint;
  pci_is_virtual: number;
}

export function systemOddities(
  { flags = 0, hypervisor_memory, pci_mmconfig_base, pci_is_virtual }: SystemStart,
  names: RevisionNames,
): Oddity[] {
  const { phys_start, virt_start, size, flags: memoryFlags } = hypervisor_memory;
  const isPlausible =
    virt_start === 0n &&
    memoryFlags === 0n &&
    !isOffPage(phys_start) &&
    !isOffPage(size) &&
    size > 0n &&
    size <= LARGEST_HYPERVISOR;
  const { unknown } = nameFlags(names.systemFlags, flags);
  return [
    ...(isPlausible
      ? []
      : [
          {
            subject: 'hypervisor memory' as const,
            text: `the hypervisor's memory is ${hex(size)} bytes at ${hex(phys_start)}, with virt_start ${hex(virt_start)} and flags ${hex(memoryFlags)}`,
          },
        ]),
    ...(pci_is_virtual <= 1 && !isOffPage(pci_mmconfig_base)
      ? []
      : [
          {
            subject: 'PCI host' as const,
            text: `pci_is_virtual is ${pci_is_virtual}, pci_mmconfig_base ${hex(pci_mmconfig_base)}`,
          },
        ]),
    ...(unknown === 0n
      ? []
      : [{ subject: 'PCI host' as const, text: `the system has the unknown flags ${hex(unknown)}` }]),
  ];
}

/** A table with more entries than any config has; checked before it is read. */
export const countOddities = (counts: readonly number[]): Oddity[] =>
  counts.some((count) => count > MOST_ENTRIES)
    ? [{ subject: 'counts', text: `a table of ${Math.max(...counts)} entries` }]
    : [];
