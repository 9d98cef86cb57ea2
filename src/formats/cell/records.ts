import { array, bytes, struct, u16le, u32le, u64le, u8, type StructValue } from '../../base/struct.ts';

// The records of struct jailhouse_cell_desc and struct jailhouse_system
// (Jailhouse, include/jailhouse/cell-config.h of each release). Packed, little endian.

/** struct jailhouse_memory, the same in all revisions. */
export const memoryRegion = struct({ phys_start: u64le, virt_start: u64le, size: u64le, flags: u64le });
export type MemoryRegion = StructValue<typeof memoryRegion.fields>;

/** struct jailhouse_cache, the same in all revisions. */
export const cacheRegion = struct({ start: u32le, size: u32le, type: u8, padding: u8, flags: u16le });
export type CacheRegion = StructValue<typeof cacheRegion.fields>;

/** struct jailhouse_irqchip, the same in all revisions. */
export const irqchip = struct({ address: u64le, id: u32le, pin_base: u32le, pin_bitmap: array(u32le, 4) });
export type Irqchip = StructValue<typeof irqchip.fields>;

/** struct jailhouse_pci_capability, the same in all revisions. */
export const pciCapability = struct({ id: u16le, start: u16le, len: u16le, flags: u16le });
export type PciCapability = StructValue<typeof pciCapability.fields>;

/** struct jailhouse_pio, from revision 11 on. */
export const pioRegion = struct({ base: u16le, length: u16le });
export type PioRegion = StructValue<typeof pioRegion.fields>;

const pciDeviceHead = {
  type: u8,
  iommu: u8,
  domain: u16le,
  bdf: u16le,
  bar_mask: array(u32le, 6),
  caps_start: u16le,
  num_caps: u16le,
  num_msi_vectors: u8,
  /** Bit 0 msi_64bits, bit 1 msi_maskable (Jailhouse 0.11 and newer). */
  msi_flags: u8,
  num_msix_vectors: u16le,
  msix_region_size: u16le,
  msix_address: u64le,
};

/** struct jailhouse_pci_device up to revision 11. */
export const pciDeviceOneRegion = struct({
  ...pciDeviceHead,
  shmem_region: u32le,
  shmem_protocol: u16le,
  padding: bytes(2),
});

/** struct jailhouse_pci_device from revision 12 on: ivshmem with several peers. */
export const pciDeviceManyRegions = struct({
  ...pciDeviceHead,
  shmem_regions_start: u32le,
  shmem_dev_id: u8,
  shmem_peers: u8,
  shmem_protocol: u16le,
});

type ShmemFields = 'shmem_region' | 'padding' | 'shmem_regions_start' | 'shmem_dev_id' | 'shmem_peers';
/** Fields of a PCI device of any revision; those of the other form are absent. */
export type PciDevice = Omit<StructValue<typeof pciDeviceOneRegion.fields>, ShmemFields> &
  Partial<StructValue<typeof pciDeviceOneRegion.fields> & StructValue<typeof pciDeviceManyRegions.fields>>;

/** struct jailhouse_debug_console up to revision 9; its type is a part of the flags. */
export const consoleTypeInFlags = struct({
  address: u64le,
  size: u32le,
  flags: u32le,
  divider: u32le,
  gate_nr: u32le,
  clock_reg: u64le,
});

/** struct jailhouse_console from revision 10 on. */
export const consoleWithType = struct({
  address: u64le,
  size: u32le,
  type: u16le,
  flags: u16le,
  divider: u32le,
  gate_nr: u32le,
  clock_reg: u64le,
});

export type Console = StructValue<typeof consoleTypeInFlags.fields> & { type?: number };

const amdFields = { amd_bdf: u16le, amd_base_cap: u8, amd_msi_cap: u8, amd_features: u32le };

/** struct jailhouse_iommu up to revision 10. */
export const iommuAmd = struct({ base: u64le, size: u32le, ...amdFields });

/** struct jailhouse_iommu of revision 11. */
export const iommuTyped = struct({ type: u32le, base: u64le, size: u32le, ...amdFields });

/** struct jailhouse_iommu from revision 12 on; `raw` is the union of the AMD and the TI PVU parts. */
export const iommuUnion = struct({ type: u32le, base: u64le, size: u32le, raw: bytes(12) });

const smmuFields = {
  arm_sid_mask: u32le,
  /** 0 v1, 1 v1 with 64 KiB pages, 2 v2. */
  arm_smmu_arch: u32le,
  /** 0 generic, 1 MMU-500. */
  arm_smmu_impl: u32le,
};

/** struct jailhouse_iommu of NXP's revisions 9 and 10. */
export const iommuSmmu = struct({ ...iommuAmd.fields, ...smmuFields });

/** struct jailhouse_iommu of NXP's revision 12. */
export const iommuUnionSmmu = struct({ ...iommuUnion.fields, ...smmuFields });

/** struct jailhouse_iommu of TI's revision 12: a longer union. */
export const iommuUnionLong = struct({ type: u32le, base: u64le, size: u32le, raw: bytes(20) });

/** Fields of an IOMMU unit of any layout; those of the other forms are absent. */
export type IommuUnit = { base: bigint; size: number } & Partial<
  StructValue<typeof iommuTyped.fields> & StructValue<typeof iommuUnionSmmu.fields>
>;

/** struct jailhouse_smmu_sid of NXP's revisions 9 and 10. */
export const smmuSid = struct({ sid: u32le, sid_mask: u32le });
export type SmmuSid = StructValue<typeof smmuSid.fields>;

/** struct jailhouse_regmap of TI's revision 12: registers of a page that a cell may write. */
export const regmap = struct({
  reg_base: u64le,
  reg_count: u32le,
  reg_size: u8,
  flags: u32le,
  reg_bitmap: array(u32le, 8),
});
export type Regmap = StructValue<typeof regmap.fields>;
