import type { LogKind } from '../kind.ts';

const CELL = 'Jailhouse, driver/cell.c';
const CONTROL = 'Jailhouse, hypervisor/control.c';

/** A cell is started. */
export const START_KINDS: readonly LogKind[] = [
  {
    id: 'no-cell',
    stage: 'start',
    printer: 'tool',
    shapes: [
      'JAILHOUSE_CELL_{call:LOAD}: No such file or directory',
      'JAILHOUSE_CELL_{call:START}: No such file or directory',
      'JAILHOUSE_CELL_{call:DESTROY}: No such file or directory',
    ],
    after: [
      'create-einval',
      'create-e2big',
      'create-enomem',
      'create-ebusy',
      'create-eperm',
      'create-erange',
      'create-eio',
      'create-eopnotsupp',
      'create-efault',
      'architecture-mismatch',
      'not-a-cell',
      'revision-mismatch',
    ],
    meaning:
      'there is no cell of that name: its creation failed (for a wrong architecture, with no error), it was destroyed, or its config gives it another name',
    rules: ['cell/architecture'],
    fix: 'see what `jailhouse cell list` shows; create the cell first, and read dmesg if it is not in the list then',
    source: CELL,
  },
  {
    id: 'start-einval',
    stage: 'start',
    printer: 'tool',
    call: 'CELL_START',
    errno: 'EINVAL',
    shapes: ['JAILHOUSE_CELL_START: Invalid argument'],
    meaning: 'Jailhouse is not enabled, or the root cell was named',
    rules: [],
    fix: 'enable Jailhouse, then create, load and start the cell',
    source: `${CELL}; ${CONTROL}`,
  },
  {
    id: 'start-eperm',
    stage: 'start',
    printer: 'tool',
    call: 'CELL_START',
    errno: 'EPERM',
    shapes: ['JAILHOUSE_CELL_START: Operation not permitted'],
    meaning: 'the cell runs already, and refuses to be shut down for a new start',
    rules: ['cell/passive-commreg'],
    fix: 'shut the cell down first; a cell that must never refuse needs the flag JAILHOUSE_CELL_PASSIVE_COMMREG',
    source: CONTROL,
  },
  {
    id: 'start-enomem',
    stage: 'start',
    printer: 'tool',
    call: 'CELL_START',
    errno: 'ENOMEM',
    shapes: ['JAILHOUSE_CELL_START: Cannot allocate memory', 'JAILHOUSE_CELL_START: Out of memory'],
    meaning: "the hypervisor's own memory is used up: it cannot take the cell's memory from the root",
    rules: ['cell/page-pool', 'cell/huge-pages'],
    fix: 'align the RAM of the cells to 2 MiB, or give hypervisor_memory more',
    source: CONTROL,
  },
  {
    id: 'hv-sipi',
    stage: 'start',
    printer: 'hypervisor',
    weight: 'info',
    shapes: ['CPU {cpu} received SIPI, vector {hex}'],
    meaning: 'CPU {cpu} starts',
    rules: [],
    fix: 'nothing to do',
    source: 'Jailhouse, hypervisor/arch/x86/control.c',
  },
];
