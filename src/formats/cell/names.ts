import type { VariantId } from './layout-ids.ts';
import type { PciDevice } from './records.ts';
import type { Revision } from './releases.ts';

// The names that Jailhouse's headers give to numbers (include/jailhouse/cell-config.h and console.h of each release),
// without their prefix and in lower case. Each table maps a name to its number, so it serves readers and writers.

/** Names of single bits. */
export type FlagNames = Readonly<Record<string, bigint>>;
/** Names of a field's values. */
export type ValueNames = Readonly<Record<string, number>>;

/** A range of values with one name, `first` to `first + count - 1`; some offsets in it have names of their own. */
interface ValueFamily {
  first: number;
  count: number;
  members: ValueNames;
}

interface ConsoleNames {
  /** Up to revision 9 the type is the low four bits of the flags. */
  typeIn: 'flags' | 'field';
  types: ValueNames;
  flags: FlagNames;
}

export interface ProtocolNames {
  values: ValueNames;
  families: Readonly<Record<string, ValueFamily>>;
}

/** The names whose numbers depend on the layout. */
export interface RevisionNames {
  memoryFlags: FlagNames;
  cellFlags: FlagNames;
  systemFlags: FlagNames;
  console: ConsoleNames;
  shmemProtocols: ProtocolNames;
  /** From revision 11 on; before it a unit is AMD's or Intel's by the machine. */
  iommuTypes: ValueNames;
}

/** Flags of struct jailhouse_memory that mean the same in every revision. */
export const MEMORY_FLAGS = {
  read: 0x1n,
  write: 0x2n,
  execute: 0x4n,
  dma: 0x8n,
  io: 0x10n,
  comm_region: 0x20n,
  loadable: 0x40n,
  rootshared: 0x80n,
} as const;
const ioWidths = { io_8: 0x10000n, io_16: 0x20000n, io_32: 0x40000n, io_64: 0x80000n };
const memoryFlags3: FlagNames = { ...MEMORY_FLAGS, io_unaligned: 0x100n, ...ioWidths };
const memoryFlags12: FlagNames = {
  ...MEMORY_FLAGS,
  no_hugepages: 0x100n,
  io_unaligned: 0x8000n,
  ...ioWidths,
};

const cellFlags3: FlagNames = { passive_commreg: 1n, debug_console: 2n };
const cellFlags9: FlagNames = { ...cellFlags3, test_device: 4n };
const cellFlags10: FlagNames = {
  passive_commreg: 1n,
  test_device: 2n,
  virtual_console_permitted: 0x40000000n,
  virtual_console_active: 0x80000000n,
};
const cellFlags13: FlagNames = { ...cellFlags10, aarch32: 4n };

/**
 * Revision 3 has a driver of its own for the PC's UARTs, so that all others count one more; its `mmio` means registers
 * of four bytes. Trees of a few minutes (git of 2017-04-15) had the numbers of revision 4: files do not tell.
 */
const console3: ConsoleNames = {
  typeIn: 'flags',
  types: { none: 0, uart_x86: 1, vga: 2, '8250': 3, pl011: 4, xuartps: 5 },
  flags: { pio: 0x10n, mmio: 0x20n, rootpage: 0x100n },
};
const uartTypes = { '8250': 2, pl011: 3, xuartps: 4, mvebu: 5, hscif: 6, scifa: 7, imx: 8 };
const console4: ConsoleNames = {
  typeIn: 'flags',
  types: { none: 0, vga: 1, ...uartTypes },
  flags: { mmio: 0x10n, regdist_4: 0x20n, rootpage: 0x100n },
};
const console10: ConsoleNames = {
  typeIn: 'field',
  types: { none: 0, efifb: 1, ...uartTypes },
  flags: { mmio: 1n, regdist_4: 2n, fb_1920x1080: 4n, inverted_gate: 0x1000n, mdr_quirk: 0x2000n },
};
const console13: ConsoleNames = { ...console10, types: { ...console10.types, imx_lpuart: 9, scif: 10 } };
const withLpuart = (console: ConsoleNames): ConsoleNames => ({
  ...console,
  types: { ...console.types, imx_lpuart: 9 },
});

const iommuTypes11: ValueNames = { none: 0, amd: 1, intel: 2, smmuv3: 3, pvu: 4, arm_mmu500: 5 };

const protocols3: ProtocolNames = {
  values: { undefined: 0, veth: 0x100 },
  families: { custom: { first: 0x8000, count: 0x8000, members: {} } },
};
const virtioDevices = { net: 1, block: 2, console: 3 };
const protocols12: ProtocolNames = {
  values: { undefined: 0, veth: 1 },
  families: {
    custom: { first: 0x4000, count: 0x4000, members: {} },
    virtio_front: { first: 0x8000, count: 0x4000, members: virtioDevices },
    virtio_back: { first: 0xc000, count: 0x4000, members: virtioDevices },
  },
};

const names3: RevisionNames = {
  memoryFlags: memoryFlags3,
  cellFlags: cellFlags3,
  systemFlags: {},
  console: console3,
  shmemProtocols: protocols3,
  iommuTypes: iommuTypes11,
};
const names4: RevisionNames = { ...names3, console: console4 };
const names9: RevisionNames = { ...names4, cellFlags: cellFlags9 };
const names10: RevisionNames = {
  ...names9,
  cellFlags: cellFlags10,
  systemFlags: { virtual_debug_console: 1n },
  console: console10,
};
const names12: RevisionNames = {
  ...names10,
  memoryFlags: memoryFlags12,
  shmemProtocols: protocols12,
};
const names13: RevisionNames = { ...names12, cellFlags: cellFlags13, console: console13 };

export const NAMES: Readonly<Record<Revision, RevisionNames>> = {
  3: names3,
  4: names4,
  5: names4,
  6: names4,
  7: names4,
  8: names4,
  9: names9,
  10: names10,
  11: names10,
  12: names12,
  13: names13,
  14: names13,
};

const namesOld12: RevisionNames = { ...names10, memoryFlags: memoryFlags3 };

export const VARIANT_NAMES: Readonly<Record<VariantId, RevisionNames>> = {
  nxp9: { ...names9, console: withLpuart(console4) },
  nxp10: { ...names10, console: withLpuart(console10) },
  nxp12: { ...names12, cellFlags: cellFlags13, console: withLpuart(console10) },
  // It counts from 0.
  ti12: { ...namesOld12, iommuTypes: { amd: 0, intel: 1, smmuv3: 2, pvu: 3 } },
  'git12-old': namesOld12,
  'git12-iv-c': { ...names12, memoryFlags: memoryFlags3 },
  'git9-flags': { ...names10, console: { ...console10, types: { none: 0, vga: 1, ...uartTypes } } },
  'git11-a': names10,
  'git11-b': names10,
  'git13-first': names13,
};

export const PCI_TYPES: ValueNames = { device: 1, bridge: 2, ivshmem: 3 };

/** Whether the device is shared memory, which the hypervisor shows on its virtual PCI bus. */
export const isIvshmem = ({ type }: Pick<PciDevice, 'type'>): boolean => type === PCI_TYPES.ivshmem;

/** Whether the device is shared memory that raises an interrupt pin of its virtual bus, since it has no MSI-X. */
export const usesIntx = (device: Pick<PciDevice, 'type' | 'num_msix_vectors'>): boolean =>
  isIvshmem(device) && device.num_msix_vectors === 0;
export const PCI_CAP_FLAGS: FlagNames = { write: 1n };
export const CACHE_TYPES: ValueNames = { l3_code: 1, l3_data: 2, l3: 3 };
export const CACHE_FLAGS: FlagNames = { rootshared: 1n };
/** Of NXP's BSPs. */
export const SMMU_ARCHS: ValueNames = { v1: 0, v1_64k: 1, v2: 2 };
export const SMMU_IMPLS: ValueNames = { generic: 0, mmu500: 1 };
/** Of an x86 platform. */
export const APIC_MODES: ValueNames = { auto: 0, xapic: 1, x2apic: 2 };

/** The value's name; `null` if it has none. */
export const nameOf = (table: ValueNames, value: number): string | null =>
  Object.entries(table).find(([, number]) => number === value)?.[0] ?? null;

/** A console's type, and its flags without it. */
export const typeAndFlags = (
  { typeIn }: ConsoleNames,
  { type = 0, flags }: { type?: number; flags: number },
): { type: number; flags: number } =>
  typeIn === 'field' ? { type, flags } : { type: flags & 0xf, flags: flags - (flags & 0xf) };

/** A number whose bits have names. */
export interface NamedFlags {
  value: bigint;
  names: string[];
  /** The bits without a name. */
  unknown: bigint;
}

export function nameFlags(table: FlagNames, flags: number | bigint): NamedFlags {
  const value = BigInt(flags);
  const known = Object.entries(table).filter(([, mask]) => (value & mask) === mask);
  return {
    value,
    names: known.map(([name]) => name),
    unknown: known.reduce((rest, [, mask]) => rest & ~mask, value),
  };
}

/** `veth`, `custom`, `custom:0x2`, `virtio_front:net`; `null` for a number outside all of them. */
export function nameProtocol({ values, families }: ProtocolNames, value: number): string | null {
  const single = nameOf(values, value);
  if (single !== null) return single;
  for (const [name, { first, count, members }] of Object.entries(families)) {
    const offset = value - first;
    if (offset < 0 || offset >= count) continue;
    return offset === 0 ? name : `${name}:${nameOf(members, offset) ?? `0x${offset.toString(16)}`}`;
  }
  return null;
}
