import type { Architecture } from '../../base/choices.ts';
import type {
  CacheRegion,
  Console,
  IommuUnit,
  Irqchip,
  MemoryRegion,
  PciCapability,
  PciDevice,
  PioRegion,
  Regmap,
  SmmuSid,
} from './records.ts';
import type { Versioned } from './layout-ids.ts';

/** The header of a cell config without its counts. Fields that the revision does not have are absent. */
export interface CellHeader {
  /** The magic, 6 bytes (5 from revision 14 on); zero in the root cell of a system config. */
  signature: Uint8Array;
  /** Revision 14 and newer: 0 x86, 1 arm, 2 arm64. */
  architecture?: number;
  revision: number;
  /** 32 bytes: UTF-8, NUL, rest. */
  name: Uint8Array;
  id: number;
  flags: number;
  vpci_irq_base: number;
  cpu_reset_address?: bigint;
  msg_reply_timeout?: bigint;
  console?: Console;
  /** NXP's revision 10: the window of the virtual PCI host, and its interrupt. */
  pci_cfg_base?: bigint;
  pci_cfg_size?: bigint;
  ivshmem_irq?: number;
}

/** Port access of a cell: a bitmap up to revision 10 (a set bit denies), a list of allowed ranges after it. */
export type PortAccess = { bitmap: Uint8Array } | { regions: PioRegion[] };

/** The entry of a description that makes a memory region; a network block makes four. */
export interface RegionOrigin {
  /** Its index under `memory`. */
  entry: number;
  name: string | null;
}

/** What a cell config and the root cell in a system config have in common. */
export interface CellDescription {
  header: CellHeader;
  /** Bit n of byte n / 8 is CPU n; any width. */
  cpus: Uint8Array;
  memoryRegions: MemoryRegion[];
  /** Of a config that was described: where each memory region is from. */
  origins?: readonly RegionOrigin[];
  cacheRegions: CacheRegion[];
  irqchips: Irqchip[];
  pio: PortAccess;
  pciDevices: PciDevice[];
  pciCaps: PciCapability[];
  /** Revision 12 and newer; u32 each, an MMU-500 reads u16 id and u16 mask. */
  streamIds: number[];
  /** NXP's revisions 9 and 10. */
  smmuSids?: SmmuSid[];
  /** TI's revision 12. */
  regmaps?: Regmap[];
}

/** A cell config (`*.cell`), field for field; records keep the names of Jailhouse's header. */
export interface CellConfig extends CellDescription, Versioned {
  kind: 'cell';
  /** As the file says it; revisions 3 to 13 do not, but ports mean x86. `null`: the file does not tell. */
  architecture: Architecture | null;
  /** Bytes after the end that the counts give. */
  trailing: Uint8Array;
}

/** The platform's union of a system config, read as the architecture's member. */
export interface Platform {
  architecture: Architecture;
  /** The member's fields by their names in Jailhouse's header, without the IOMMU units. */
  fields: Record<string, number | bigint | Uint8Array>;
  /** What the member leaves of the union. */
  tail: Uint8Array;
}

/** A system config: the machine and its root cell, field for field. */
export interface SystemConfig extends Versioned {
  kind: 'system';
  /** As the file says it (revision 14), as the caller said, or as the root cell's ports tell; else taken as arm64. */
  architecture: Architecture;
  signature: Uint8Array;
  /** From revision 10 on. */
  flags?: number;
  hypervisorMemory: MemoryRegion;
  debugConsole: Console;
  pciMmconfigBase: bigint;
  pciMmconfigEndBus: number;
  pciIsVirtual: number;
  /** From revision 9 on. */
  pciDomain?: number;
  /** Eight units; `null` for arm up to revision 10, which has none. */
  iommuUnits: IommuUnit[] | null;
  platform: Platform;
  rootCell: CellDescription;
  trailing: Uint8Array;
}
