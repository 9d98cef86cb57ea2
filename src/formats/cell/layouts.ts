import { bytes, struct, u16le, u32le, u64le, u8, type Field, type Struct } from '../../base/struct.ts';
import { NAMES, type RevisionNames } from './names.ts';
import {
  cacheRegion,
  consoleTypeInFlags,
  consoleWithType,
  iommuAmd,
  iommuTyped,
  iommuUnion,
  irqchip,
  memoryRegion,
  pciCapability,
  pciDeviceManyRegions,
  pciDeviceOneRegion,
  pioRegion,
} from './records.ts';
import type { Revision } from './releases.ts';

type AnyFields = Record<string, Field<unknown>>;
/** A table whose exact fields depend on the revision. */
export type AnyStruct = Struct<AnyFields>;

// struct jailhouse_cell_desc ------------------------------------------------------------------------------

export const signature6 = { signature: bytes(6), revision: u16le };
/** From revision 14 on the sixth byte names the architecture. */
export const signature5 = { signature: bytes(5), architecture: u8, revision: u16le };

export const identity = { name: bytes(32), id: u32le, flags: u32le };

export const counts = {
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
export const cell7 = { ...cell5, msg_reply_timeout: u64le };
export const cell10 = { ...cell7, console: consoleWithType };
export const cell12 = {
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
/** From revision 9 on. */
export const pciHost = { ...pciMmconfig, ...pciDomain };

const system3 = { hypervisor_memory: memoryRegion, debug_console: consoleTypeInFlags, ...pciMmconfig };
const system9 = { ...system3, ...pciDomain };
export const system10 = {
  flags: u32le,
  hypervisor_memory: memoryRegion,
  debug_console: consoleWithType,
  ...pciHost,
};

const x86Platform3 = {
  pm_timer_address: u16le,
  vtd_interrupt_limit: u32le,
  apic_mode: u8,
  padding: bytes(3),
};
export const x86Platform8 = { ...x86Platform3, tsc_khz: u32le, apic_khz: u32le };
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
export const armPlatform3 = { maintenance_irq: u8, gic_version: u8, ...gicBases };
const armPlatform13 = { maintenance_irq: u8, gic_version: u8, padding: bytes(2), ...gicBases };

export const IOMMU_UNITS = 8;

/** One array of a cell's description. */
export interface Table {
  /** What a description calls it; a fork's has no name there. */
  part: string;
  /** As messages call it. */
  title: string;
  /** The field of the header that counts its records. */
  count: string;
  /** `null`: bytes, as they are. */
  record: Field<unknown> | null;
}

export const table = (part: string, title: string, count: string, record: Table['record']): Table => ({
  part,
  title,
  count,
  record,
});

export const cpuSetTable = table('cpus', 'the CPU set', 'cpu_set_size', null);
export const memoryTable = table(
  'memoryRegions',
  'the table of memory regions',
  'num_memory_regions',
  memoryRegion,
);
const cacheTable = table('cacheRegions', 'the table of cache regions', 'num_cache_regions', cacheRegion);
const irqchipTable = table('irqchips', 'the table of irqchips', 'num_irqchips', irqchip);
const bitmapTable = table('pio', 'the PIO bitmap', 'num_pio', null);
const portsTable = table('pio', 'the table of PIO regions', 'num_pio', pioRegion);
const devicesTable = (record: object): Table =>
  table('pciDevices', 'the table of PCI devices', 'num_pci_devices', record as AnyStruct);
const capsTable = table('pciCaps', 'the table of PCI capabilities', 'num_pci_caps', pciCapability);
export const streamIdTable = table('streamIds', 'the table of stream ids', 'num_stream_ids', u32le);

const oneRegionTable = devicesTable(pciDeviceOneRegion);
const manyRegionsTable = devicesTable(pciDeviceManyRegions);

/** What follows the memory regions, by what PIO and PCI devices are. */
const behindMemory = (pio: Table, devices: Table): readonly Table[] => [
  cacheTable,
  irqchipTable,
  pio,
  devices,
  capsTable,
];
export const behindMemory10 = behindMemory(bitmapTable, oneRegionTable);
export const tables3 = [cpuSetTable, memoryTable, ...behindMemory10];
const tables11 = [cpuSetTable, memoryTable, ...behindMemory(portsTable, oneRegionTable)];
export const tablesOld12 = [...tables11, streamIdTable];
export const behindMemory12 = [...behindMemory(portsTable, manyRegionsTable), streamIdTable];
const tables12 = [cpuSetTable, memoryTable, ...behindMemory12];

/** What must be known of a layout to recognise it. */
export interface LayoutShape {
  /** The two magics: of a cell config, of a system config. */
  signatures: { cell: string; system: string };
  header: AnyStruct;
  /** In the order of the file. */
  tables: readonly Table[];
  /** What follows the signature and revision of a system config, up to the IOMMU units or the platform's union. */
  system: AnyStruct;
  /** Where a system config has its root cell. */
  rootCellAt: number;
  names: RevisionNames;
}

/** Where the table of IOMMU units stands: in a platform's union member, or in front of the union. */
type IommuPlace = 'x86' | 'both' | 'common';

/** The parts of a system config behind its own fields. */
interface SystemParts {
  platform: { x86: AnyStruct; arm: AnyStruct };
  iommu: AnyStruct;
  iommuPlace: IommuPlace;
  /** Bytes of the platform's union. */
  unionSize: number;
}

/** A layout that is read and written: all its tables. */
export interface ConfigLayout extends LayoutShape, SystemParts {
  /** Whether the byte behind the signature names the architecture. */
  namesArchitecture: boolean;
  pio: 'bitmap' | 'regions';
  pciDevice: AnyStruct;
  streamIds: boolean;
}

export const SIX = { cell: 'JHCELL', system: 'JHSYST' };
export const FIVE = { cell: 'JHCLL', system: 'JHSYS' };
export const SIGNATURE_SIZE = 8;

export const any = (fields: object): AnyStruct => struct(fields as AnyFields);
export const anyStruct = (record: object): AnyStruct => record as AnyStruct;

type Derived = 'pio' | 'pciDevice' | 'streamIds' | 'rootCellAt' | 'namesArchitecture';

/** A layout, with what follows from its tables. */
export function layout(own: Omit<ConfigLayout, Derived>): ConfigLayout {
  const { tables, system, iommu, iommuPlace, unionSize, header } = own;
  const recordOf = (part: string) => tables.find((each) => each.part === part)?.record ?? null;
  const unionAt = SIGNATURE_SIZE + system.size + (iommuPlace === 'common' ? IOMMU_UNITS * iommu.size : 0);
  return {
    ...own,
    namesArchitecture: 'architecture' in header.fields,
    pio: recordOf('pio') === null ? 'bitmap' : 'regions',
    pciDevice: recordOf('pciDevices') as AnyStruct,
    streamIds: recordOf('streamIds') !== null,
    rootCellAt: unionAt + unionSize,
  };
}

const layout3 = layout({
  signatures: SIX,
  header: any({ ...signature6, ...cell3 }),
  tables: tables3,
  system: any(system3),
  platform: { x86: any(x86Platform3), arm: any(armPlatform3) },
  iommu: anyStruct(iommuAmd),
  iommuPlace: 'x86',
  unionSize: 170,
  names: NAMES[3],
});
const layout4 = layout({ ...layout3, names: NAMES[4] });
const layout5 = layout({ ...layout4, header: any({ ...signature6, ...cell5 }), names: NAMES[5] });
const layout7 = layout({ ...layout5, header: any({ ...signature6, ...cell7 }), names: NAMES[7] });
const layout8 = layout({
  ...layout7,
  platform: { x86: any(x86Platform8), arm: any(armPlatform3) },
  unionSize: 178,
  names: NAMES[8],
});
const layout9 = layout({ ...layout8, system: any(system9), names: NAMES[9] });
const layout10 = layout({
  ...layout9,
  header: any({ ...signature6, ...cell10 }),
  system: any(system10),
  names: NAMES[10],
});
const layout11 = layout({
  ...layout10,
  tables: tables11,
  iommu: anyStruct(iommuTyped),
  iommuPlace: 'both',
  unionSize: 234,
  names: NAMES[11],
});
const layout12 = layout({
  ...layout11,
  header: any({ ...signature6, ...cell12 }),
  tables: tables12,
  iommu: anyStruct(iommuUnion),
  unionSize: 266,
  names: NAMES[12],
});
const layout13 = layout({
  ...layout12,
  platform: { x86: any(x86Platform13), arm: any(armPlatform13) },
  iommuPlace: 'common',
  unionSize: 44,
  names: NAMES[13],
});
const layout14 = layout({
  ...layout13,
  signatures: FIVE,
  header: any({ ...signature5, ...cell12 }),
  names: NAMES[14],
});

/** The layout of each revision; where it moved inside a revision, the last one, which all releases use. */
export const LAYOUTS: Readonly<Record<Revision, ConfigLayout>> = {
  3: layout3,
  4: layout4,
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
