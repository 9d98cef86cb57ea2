import type { ValueNames } from '../names.ts';
import { bytes, struct, u16le, u32le, u64le, u8 } from '../../../base/struct.ts';

// The two readings of the union in struct jailhouse_iommu, from revision 12 on.

const amd = { amd_bdf: u16le, amd_base_cap: u8, amd_msi_cap: u8, amd_features: u32le };
const pvu = { tlb_base: u64le, tlb_size: u32le };

const upstreamUnion = {
  amd: struct({ ...amd, unused: bytes(4) }),
  pvu: struct({ before: bytes(0), ...pvu, behind: bytes(0) }),
};
/** TI's first one: the PVU's part is aligned. */
const longUnion = {
  amd: struct({ ...amd, unused: bytes(12) }),
  pvu: struct({ before: bytes(4), ...pvu, behind: bytes(4) }),
};

/** @param size of the union */
export const unionParts = (size: number) => (size === longUnion.amd.size ? longUnion : upstreamUnion);

/** Types that a unit may have where the format records none. */
export const isUntyped = (type: number, types: ValueNames): boolean =>
  type === 0 || type === types.amd || type === types.intel;
