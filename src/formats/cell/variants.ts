import { u32le, u64le } from '../../base/struct.ts';
import type { VariantId, Versioned } from './layout-ids.ts';
import {
  any,
  anyStruct,
  armPlatform3,
  cell7,
  counts,
  identity,
  layout,
  LAYOUTS,
  signature6,
  streamIdTable,
  system10,
  table,
  tables3,
  tablesOld12,
  x86Platform8,
  type ConfigLayout,
} from './layouts.ts';
import { VARIANT_NAMES, type RevisionNames } from './names.ts';
import {
  consoleWithType,
  iommuAmd,
  iommuSmmu,
  iommuTyped,
  iommuUnionLong,
  iommuUnionSmmu,
  regmap,
  smmuSid,
} from './records.ts';

// Layouts that share their number with the one of the releases. Each has what differs, in front of the standard one.

const { vpci_irq_base, cpu_reset_address, msg_reply_timeout } = cell7;

const smmuSidTable = table('smmuSids', 'the table of SMMU stream ids', 'num_smmu_sids', smmuSid);
export const regmapTable = table('regmaps', 'the table of register maps', 'num_regmaps', regmap);

/** NXP: a table of SMMU stream ids, and IOMMU units of all architectures. */
const nxp = {
  tables: [...tables3, smmuSidTable],
  iommu: anyStruct(iommuSmmu),
  iommuPlace: 'both',
  unionSize: 298,
} as const;

const nxp9 = layout({
  ...LAYOUTS[9],
  ...nxp,
  header: any({
    ...signature6,
    ...identity,
    ...counts,
    vpci_irq_base,
    num_smmu_sids: u32le,
    cpu_reset_address,
    msg_reply_timeout,
  }),
  names: VARIANT_NAMES.nxp9,
});

const nxp10 = layout({
  ...LAYOUTS[10],
  ...nxp,
  header: any({
    ...signature6,
    ...cell7,
    pci_cfg_base: u64le,
    pci_cfg_size: u64le,
    ivshmem_irq: u32le,
    num_smmu_sids: u32le,
    console: consoleWithType,
  }),
  names: VARIANT_NAMES.nxp10,
});

const nxp12 = layout({
  ...LAYOUTS[12],
  iommu: anyStruct(iommuUnionSmmu),
  unionSize: 362,
  names: VARIANT_NAMES.nxp12,
});

const ti12 = layout({
  ...LAYOUTS[12],
  header: any({
    ...signature6,
    ...identity,
    ...counts,
    num_stream_ids: u32le,
    num_regmaps: u32le,
    vpci_irq_base,
    cpu_reset_address,
    msg_reply_timeout,
    console: consoleWithType,
  }),
  tables: [...tables3, streamIdTable, regmapTable],
  iommu: anyStruct(iommuUnionLong),
  unionSize: 330,
  names: VARIANT_NAMES.ti12,
});

const git12Old = layout({
  ...LAYOUTS[12],
  tables: tablesOld12,
  iommu: anyStruct(iommuTyped),
  unionSize: 234,
  names: VARIANT_NAMES['git12-old'],
});

const git12IvC = layout({
  ...LAYOUTS[12],
  iommu: anyStruct(iommuTyped),
  unionSize: 234,
  names: VARIANT_NAMES['git12-iv-c'],
});

const git9Flags = layout({
  ...LAYOUTS[9],
  system: any(system10),
  names: VARIANT_NAMES['git9-flags'],
});

const git11A = layout({
  ...LAYOUTS[11],
  iommu: anyStruct(iommuAmd),
  iommuPlace: 'x86',
  unionSize: 178,
  names: VARIANT_NAMES['git11-a'],
});

const git11B = layout({
  ...LAYOUTS[11],
  iommuPlace: 'x86',
  unionSize: 210,
  names: VARIANT_NAMES['git11-b'],
});

const git13First = layout({
  ...LAYOUTS[13],
  platform: { x86: any(x86Platform8), arm: any(armPlatform3) },
  unionSize: 42,
  names: VARIANT_NAMES['git13-first'],
});

/** In the order in which they are tried. */
export const VARIANT_LAYOUTS: Readonly<Record<VariantId, ConfigLayout>> = {
  nxp9,
  nxp10,
  nxp12,
  ti12,
  'git12-old': git12Old,
  'git12-iv-c': git12IvC,
  'git9-flags': git9Flags,
  'git11-a': git11A,
  'git11-b': git11B,
  'git13-first': git13First,
};

/** The tables by which a config is read and written. */
export const layoutOf = ({ revision, layout: id }: Versioned): ConfigLayout =>
  id === undefined ? LAYOUTS[revision] : VARIANT_LAYOUTS[id];

/** The names of its numbers. */
export const namesOf = (config: Versioned): RevisionNames => layoutOf(config).names;
