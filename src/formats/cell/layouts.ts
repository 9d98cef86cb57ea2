import { bytes, struct, u16le, u32le, u64le, u8, type Field, type Struct } from '../../base/struct.ts';
import {
  consoleTypeInFlags,
  consoleWithType,
  iommuAmd,
  iommuTyped,
  iommuUnion,
  memoryRegion,
  pciDeviceManyRegions,
  pciDeviceOneRegion,
} from './records.ts';
import type { Revision } from './releases.ts';

type AnyFields = Record<string, Field<unknown>>;
/** A table whose exact fields depend on the revision. */
export type AnyStruct = Struct<AnyFields>;

// struct jailhouse_cell_desc ------------------------------------------------------------------------------

const signature6 = { signature: bytes(6), revision: u16le };
/** From revision 14 on the sixth byte names the architecture. */
const signature5 = { signature: bytes(5), architecture: u8, revision: u16le };

const identity = { name: bytes(32), id: u32le, flags: u32le };

const counts = {
  cpu_set_size: u32le,
  num_memory_regions: u32le,
  num_cache_regions: u32le,
  num_irqchips: u32le,
  /** Up to revision 10 pio_bitmap_size, in bytes; then num_pio_regions. */
  num_pio: u32le,
  num_pci_devices: u32le,
  num_pci_caps: u32le,
};

const cell3 = { ...identity, ...counts, vpci_irq_base: u32le };
const cell5 = { ...cell3, cpu_reset_address: u64le };
const cell7 = { ...cell5, msg_reply_timeout: u64le };
const cell10 = { ...cell7, console: consoleWithType };
const cell12 = {
  ...identity,
  ...counts,
  num_stream_ids: u32le,
  vpci_irq_base: u32le,
  cpu_reset_address: u64le,
  msg_reply_timeout: u64le,
  console: consoleWithType,
};

// struct jailhouse_system ---------------------------------------------------------------------------------

const pciMmconfig = { pci_mmconfig_base: u64le, pci_mmconfig_end_bus: u8, pci_is_virtual: u8 };
const pciDomain = { pci_domain: u16le };

const system3 = { hypervisor_memory: memoryRegion, debug_console: consoleTypeInFlags, ...pciMmconfig };
const system9 = { ...system3, ...pciDomain };
const system10 = {
  flags: u32le,
  hypervisor_memory: memoryRegion,
  debug_console: consoleWithType,
  ...pciMmconfig,
  ...pciDomain,
};

const x86Platform3 = {
  pm_timer_address: u16le,
  vtd_interrupt_limit: u32le,
  apic_mode: u8,
  padding: bytes(3),
};
const x86Platform8 = { ...x86Platform3, tsc_khz: u32le, apic_khz: u32le };
const x86Platform13 = {
  pm_timer_address: u16le,
  apic_mode: u8,
  padding: u8,
  vtd_interrupt_limit: u32le,
  tsc_khz: u32le,
  apic_khz: u32le,
};

const gicBases = { gicd_base: u64le, gicc_base: u64le, gich_base: u64le, gicv_base: u64le, gicr_base: u64le };
/** Up to revision 5 the second byte is unused. */
const armPlatform3 = { maintenance_irq: u8, gic_version: u8, ...gicBases };
const armPlatform13 = { maintenance_irq: u8, gic_version: u8, padding: bytes(2), ...gicBases };

export const IOMMU_UNITS = 8;

/** Where the table of IOMMU units stands: in a platform's union member, or in front of the union. */
type IommuPlace = 'x86' | 'both' | 'common';

/** One config revision: all its tables. */
export interface ConfigLayout {
  /** The two magics: of a cell config, of a system config. */
  signatures: { cell: string; system: string };
  /** Whether the byte behind the signature names the architecture. */
  namesArchitecture: boolean;
  header: AnyStruct;
  pio: 'bitmap' | 'regions';
  pciDevice: AnyStruct;
  streamIds: boolean;
  /** What follows the signature and revision of a system config, up to the platform's union. */
  system: AnyStruct;
  platform: { x86: AnyStruct; arm: AnyStruct };
  iommu: AnyStruct;
  iommuPlace: IommuPlace;
  /** Bytes of the platform's union. */
  unionSize: number;
}

const SIX = { cell: 'JHCELL', system: 'JHSYST' };
const FIVE = { cell: 'JHCLL', system: 'JHSYS' };

const any = (fields: object): AnyStruct => struct(fields as AnyFields);
const anyStruct = (table: object): AnyStruct => table as AnyStruct;

const layout3: ConfigLayout = {
  signatures: SIX,
  namesArchitecture: false,
  header: any({ ...signature6, ...cell3 }),
  pio: 'bitmap',
  pciDevice: anyStruct(pciDeviceOneRegion),
  streamIds: false,
  system: any(system3),
  platform: { x86: any(x86Platform3), arm: any(armPlatform3) },
  iommu: anyStruct(iommuAmd),
  iommuPlace: 'x86',
  unionSize: 170,
};
const layout5: ConfigLayout = { ...layout3, header: any({ ...signature6, ...cell5 }) };
const layout7: ConfigLayout = { ...layout5, header: any({ ...signature6, ...cell7 }) };
const layout8: ConfigLayout = {
  ...layout7,
  platform: { x86: any(x86Platform8), arm: any(armPlatform3) },
  unionSize: 178,
};
const layout9: ConfigLayout = { ...layout8, system: any(system9) };
const layout10: ConfigLayout = {
  ...layout9,
  header: any({ ...signature6, ...cell10 }),
  system: any(system10),
};
const layout11: ConfigLayout = {
  ...layout10,
  pio: 'regions',
  iommu: anyStruct(iommuTyped),
  iommuPlace: 'both',
  unionSize: 234,
};
const layout12: ConfigLayout = {
  ...layout11,
  header: any({ ...signature6, ...cell12 }),
  pciDevice: anyStruct(pciDeviceManyRegions),
  streamIds: true,
  iommu: anyStruct(iommuUnion),
  unionSize: 266,
};
const layout13: ConfigLayout = {
  ...layout12,
  platform: { x86: any(x86Platform13), arm: any(armPlatform13) },
  iommuPlace: 'common',
  unionSize: 44,
};
const layout14: ConfigLayout = {
  ...layout13,
  signatures: FIVE,
  namesArchitecture: true,
  header: any({ ...signature5, ...cell12 }),
};

/** All revisions; where a layout moved inside a revision during development, the last one, which all releases use. */
export const LAYOUTS: Readonly<Record<Revision, ConfigLayout>> = {
  3: layout3,
  4: layout3,
  5: layout5,
  6: layout5,
  7: layout7,
  8: layout8,
  9: layout9,
  10: layout10,
  11: layout11,
  12: layout12,
  13: layout13,
  14: layout14,
};
