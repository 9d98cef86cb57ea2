import { IOMMU_TYPES } from '../names.ts';
import { bytes, struct, u16le, u32le, u64le, u8 } from '../../../base/struct.ts';

// The two readings of the union in struct jailhouse_iommu, from revision 12 on.

export const amdPart = struct({
  amd_bdf: u16le,
  amd_base_cap: u8,
  amd_msi_cap: u8,
  amd_features: u32le,
  unused: bytes(4),
});

/** It covers the whole union, so it can say any bytes. */
export const pvuPart = struct({ tlb_base: u64le, tlb_size: u32le });

/** Types that a unit may have where the format records none. */
export const isUntyped = (type: number): boolean =>
  type === 0 || type === IOMMU_TYPES.amd || type === IOMMU_TYPES.intel;
