import { bytes, u32le, u64le } from '../../base/struct.ts';
import type { Revision } from './releases.ts';
import {
  any,
  behindMemory10,
  behindMemory12,
  cell10,
  cell12,
  counts,
  cpuSetTable,
  FIVE,
  identity,
  LAYOUTS,
  memoryTable,
  pciHost,
  signature5,
  signature6,
  SIX,
  system10,
  table,
  tables3,
  tablesOld12,
  type LayoutShape,
  type Table,
} from './layouts.ts';
import { NAMES, VARIANT_NAMES, type RevisionNames } from './names.ts';
import { consoleWithType, memoryRegion } from './records.ts';
import { regmapTable } from './variants.ts';

/** A layout that is recognised and not read: of a research fork, or of a branch that was never merged. */
export interface Fork extends LayoutShape {
  id: string;
  revision: Revision;
  /** Who made it. */
  of: string;
}

const { vpci_irq_base, cpu_reset_address, msg_reply_timeout, num_stream_ids } = cell12;
const { cpu_set_size, ...otherCounts } = counts;

const later = { vpci_irq_base, cpu_reset_address, msg_reply_timeout, console: consoleWithType };

/** Header and tables with a record for each CPU in place of a set. */
const cpuRecords = (signature: object): Pick<LayoutShape, 'header' | 'tables'> => ({
  header: any({
    ...signature,
    ...identity,
    num_cpus: u32le,
    ...otherCounts,
    num_stream_ids,
    ...later,
  }),
  tables: [
    table('cpuRecords', 'the table of CPUs', 'num_cpus', any({ phys_id: u64le, unused: u64le })),
    memoryTable,
    ...behindMemory12,
  ],
});

const region = memoryRegion.fields;
const colored = any({ ...region, colors: u64le });
const mapped = any({ ...region, access_map_idx: u32le });
const memoryOf = (record: Table['record']): Table => ({ ...memoryTable, record });

/** The fields of a system whose hypervisor memory is described by a longer record. */
const systemOf = (hypervisor_memory: Table['record']) =>
  any({ flags: u32le, hypervisor_memory, debug_console: consoleWithType, ...pciHost });

const withFlags = (names: RevisionNames, flags: RevisionNames['memoryFlags']): RevisionNames => ({
  ...names,
  memoryFlags: { ...names.memoryFlags, ...flags },
});
const coloringFlags = { colored: 0x200n, no_copy: 0x400n, colored_other: 0x800n };
const omniFlags = { ...coloringFlags, tcm: 0x1000n, tcm_other: 0x2000n };

const qosTable = table('qosDevices', 'the table of QoS devices', 'num_qos_devices', bytes(20));
const remoteSetTable = table('rcpus', 'the set of remote CPUs', 'rcpu_set_size', null);
const fpgaSetTable = table('fpgaRegions', 'the set of FPGA regions', 'fpga_regions_size', null);

/** jailhouse-rt has a second table of regions behind the first. */
const rt = (record: Table['record']): Pick<LayoutShape, 'header' | 'tables' | 'system' | 'rootCellAt'> => ({
  header: any({
    ...signature6,
    ...identity,
    ...counts,
    num_stream_ids,
    vpci_irq_base,
    cpu_reset_address,
    num_memory_regions_colored: u32le,
    msg_reply_timeout,
    console: consoleWithType,
  }),
  tables: [
    cpuSetTable,
    memoryTable,
    table('coloredRegions', 'the table of colored regions', 'num_memory_regions_colored', record),
    ...behindMemory12,
  ],
  system: any(system10),
  rootCellAt: 356,
});

const omniCounts = {
  ...otherCounts,
  num_stream_ids,
  num_qos_devices: u32le,
};

/** In the order in which they are tried. */
export const FORKS: readonly Fork[] = [
  {
    ...LAYOUTS[10],
    id: 'arceos10',
    revision: 10,
    of: 'ArceOS’s Jailhouse (arceos-hypervisor/jailhouse-arceos)',
    signatures: { cell: 'AOSCEL', system: 'ACESYS' },
  },
  {
    id: 'coloring10',
    revision: 10,
    of: 'the branches with cache coloring of 2019 (wip/cache-coloring, jailhouse-rt)',
    signatures: SIX,
    header: any({ ...signature6, ...cell10 }),
    tables: [cpuSetTable, memoryOf(colored), ...behindMemory10],
    system: systemOf(colored),
    rootCellAt: 282,
    names: withFlags(NAMES[10], coloringFlags),
  },
  {
    id: 'ti12-rc',
    revision: 12,
    of: 'TI’s SDK ti2019.02, release candidates 1 to 3',
    signatures: SIX,
    header: any({
      ...signature6,
      ...identity,
      ...counts,
      num_regmaps: u32le,
      stream_ids: bytes(128),
      ...later,
    }),
    tables: [...tables3, regmapTable],
    system: any(system10),
    rootCellAt: 418,
    names: VARIANT_NAMES.ti12,
  },
  {
    id: 'rt13',
    revision: 13,
    of: 'jailhouse-rt (rntmancuso/jailhouse-rt)',
    signatures: SIX,
    ...rt(colored),
    names: NAMES[13],
  },
  {
    id: 'hwalias13',
    revision: 13,
    of: 'jailhouse-rt, branch wip/HWalias',
    signatures: SIX,
    ...rt(any({ ...region, colors: u64le, rebase_offset: u64le })),
    names: NAMES[13],
  },
  {
    id: 'regmap13',
    revision: 13,
    of: 'nikhildevshatwar’s branch regmap',
    signatures: SIX,
    header: any({
      ...signature6,
      ...identity,
      ...counts,
      num_stream_ids,
      num_regmaps: u32le,
      ...later,
    }),
    tables: [...tablesOld12, regmapTable],
    system: any(system10),
    rootCellAt: 322,
    names: withFlags(NAMES[13], { io_unaligned_old: 0x100n }),
  },
  {
    id: 'bytemap13',
    revision: 13,
    of: 'nikhildevshatwar’s branch access_map_for_jh_mem',
    signatures: SIX,
    header: any({ ...signature6, ...cell12 }),
    tables: [cpuSetTable, memoryOf(mapped), ...behindMemory12],
    system: systemOf(mapped),
    rootCellAt: 358,
    names: NAMES[13],
  },
  {
    id: 'riscv13',
    revision: 13,
    of: 'the branch wip/riscv of 2020',
    signatures: SIX,
    ...cpuRecords(signature6),
    system: any(system10),
    rootCellAt: 354,
    names: NAMES[13],
  },
  {
    ...LAYOUTS[13],
    id: 'coloring13',
    revision: 13,
    of: 'the branch wip/cache-coloring of 2020',
    rootCellAt: 360,
    names: withFlags(NAMES[13], coloringFlags),
  },
  {
    id: 'cpu14',
    revision: 14,
    of: 'the branch wip/new-cpu-config of 2022',
    signatures: SIX,
    ...cpuRecords(signature6),
    system: any(system10),
    rootCellAt: 356,
    names: NAMES[14],
  },
  {
    id: 'cpu14-b',
    revision: 14,
    of: 'the RISC-V branches of 2022 (ralf/riscv/cornerstone)',
    signatures: FIVE,
    ...cpuRecords(signature5),
    system: any(system10),
    rootCellAt: 356,
    names: NAMES[14],
  },
  {
    id: 'minerva14',
    revision: 14,
    of: 'Minerva Systems’ Jailhouse (minerva/next)',
    signatures: FIVE,
    header: any({
      ...signature5,
      ...identity,
      ...counts,
      num_stream_ids,
      num_qos_devices: u32le,
      ...later,
    }),
    tables: [cpuSetTable, memoryOf(colored), ...behindMemory12, qosTable],
    system: systemOf(colored),
    rootCellAt: 448,
    names: withFlags(NAMES[14], coloringFlags),
  },
  {
    id: 'omni14-2024',
    revision: 14,
    of: 'Omnivisor, rebased by Minerva Systems',
    signatures: FIVE,
    header: any({ ...signature5, ...identity, cpu_set_size, rcpu_set_size: u32le, ...omniCounts, ...later }),
    tables: [cpuSetTable, remoteSetTable, memoryOf(colored), ...behindMemory12, qosTable],
    system: systemOf(colored),
    rootCellAt: 448,
    names: withFlags(NAMES[14], omniFlags),
  },
  {
    id: 'omnizynq14',
    revision: 14,
    of: 'Omnivisor for ZynqMP (DanieleOttaviano/jailhouse, zynqmp_version)',
    signatures: FIVE,
    header: any({
      ...signature5,
      ...identity,
      cpu_set_size,
      rcpu_set_size: u32le,
      fpga_regions_size: u32le,
      ...omniCounts,
      ...later,
    }),
    tables: [cpuSetTable, remoteSetTable, fpgaSetTable, memoryOf(colored), ...behindMemory12, qosTable],
    system: systemOf(colored),
    rootCellAt: 460,
    names: withFlags(NAMES[14], omniFlags),
  },
  {
    id: 'omni14',
    revision: 14,
    of: 'Omnivisor (DanieleOttaviano/jailhouse)',
    signatures: FIVE,
    header: any({
      ...signature5,
      ...identity,
      cpu_set_size,
      rcpu_set_size: u32le,
      fpga_regions_size: u32le,
      ...omniCounts,
      num_rcpu_devices: u32le,
      num_fpga_devices: u32le,
      ...later,
    }),
    tables: [
      cpuSetTable,
      remoteSetTable,
      fpgaSetTable,
      memoryOf(colored),
      ...behindMemory12,
      qosTable,
      table('rcpuDevices', 'the table of remote CPUs', 'num_rcpu_devices', bytes(66)),
      table('fpgaDevices', 'the table of FPGA devices', 'num_fpga_devices', bytes(109)),
    ],
    system: systemOf(colored),
    rootCellAt: 493,
    names: withFlags(NAMES[14], omniFlags),
  },
];
