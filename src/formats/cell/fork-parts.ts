import { bytes, u32le, u64le } from '../../base/struct.ts';
import {
  any,
  behindMemory12,
  cell12,
  counts,
  cpuSetTable,
  identity,
  memoryTable,
  pciHost,
  signature6,
  system10,
  table,
  type LayoutShape,
  type Table,
} from './layouts.ts';
import type { RevisionNames } from './names.ts';
import { consoleWithType, memoryRegion } from './records.ts';

// What the layouts of several forks have in common.

const { vpci_irq_base, cpu_reset_address, msg_reply_timeout } = cell12;
export const { num_stream_ids } = cell12;
const { cpu_set_size: setSize, ...otherCounts } = counts;
export const cpu_set_size = setSize;

export const later = { vpci_irq_base, cpu_reset_address, msg_reply_timeout, console: consoleWithType };

/** Header and tables with a record for each CPU in place of a set. */
export const cpuRecords = (signature: object): Pick<LayoutShape, 'header' | 'tables'> => ({
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

export const region = memoryRegion.fields;
export const colored = any({ ...region, colors: u64le });
export const mapped = any({ ...region, access_map_idx: u32le });
export const memoryOf = (record: Table['record']): Table => ({ ...memoryTable, record });

/** The fields of a system whose hypervisor memory is described by a longer record. */
export const systemOf = (hypervisor_memory: Table['record']) =>
  any({ flags: u32le, hypervisor_memory, debug_console: consoleWithType, ...pciHost });

export const withFlags = (names: RevisionNames, flags: RevisionNames['memoryFlags']): RevisionNames => ({
  ...names,
  memoryFlags: { ...names.memoryFlags, ...flags },
});
export const coloringFlags = { colored: 0x200n, no_copy: 0x400n, colored_other: 0x800n };
export const omniFlags = { ...coloringFlags, tcm: 0x1000n, tcm_other: 0x2000n };

export const qosTable = table('qosDevices', 'the table of QoS devices', 'num_qos_devices', bytes(20));
export const remoteSetTable = table('rcpus', 'the set of remote CPUs', 'rcpu_set_size', null);
export const fpgaSetTable = table('fpgaRegions', 'the set of FPGA regions', 'fpga_regions_size', null);

/** jailhouse-rt has a second table of regions behind the first. */
export const rt = (
  record: Table['record'],
): Pick<LayoutShape, 'header' | 'tables' | 'system' | 'rootCellAt'> => ({
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

export const omniCounts = {
  ...otherCounts,
  num_stream_ids,
  num_qos_devices: u32le,
};
