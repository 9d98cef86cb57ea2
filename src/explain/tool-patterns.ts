import type { LogPattern } from './pattern.ts';

const CELL = 'Jailhouse, driver/cell.c';
const CONTROL = 'Jailhouse, hypervisor/control.c';

const call = (name: string, text: string): RegExp => new RegExp(`JAILHOUSE_CELL_${name}: (?<text>${text})`);

/** What `jailhouse`, its driver and `jailhouse cell linux` say, the narrower ones first. */
export const TOOL_PATTERNS: readonly LogPattern[] = [
  {
    id: 'create-einval',
    pattern: call('CREATE', 'Invalid argument'),
    meaning:
      'Jailhouse is not enabled, or it refuses the cell config; the kernel log of the root cell may say more',
    rules: [
      'cell/signature',
      'cell/gnu-property-note',
      'cell/revision',
      'system/revision',
      'cell/cpu-0',
      'cell/cpus-all',
    ],
    fix: 'check that /sys/devices/jailhouse/enabled is 1 (`jailhouse cell list` does not show it), then check the cell against its system config',
    source: `${CELL}; users' mails`,
  },
  {
    id: 'create-e2big',
    pattern: call('CREATE', 'Argument list too long'),
    meaning:
      'an irqchip of the cell is not one of the root cell, or the config is larger than Jailhouse maps',
    rules: ['cell/irqchip-unknown'],
    fix: 'give the irqchip the address and id that the system config has for it',
    source: `users' mails; ${CONTROL}`,
  },
  {
    id: 'create-enomem',
    pattern: call('CREATE', 'Out of memory|Cannot allocate memory'),
    meaning: "the hypervisor's own memory is used up: the page tables of the cells need too much",
    rules: ['cell/page-pool', 'cell/huge-pages'],
    fix: 'make phys_start and virt_start of RAM regions equal modulo 2 MiB, or give hypervisor_memory more',
    source: `${CONTROL}; users' mails`,
  },
  {
    id: 'create-eexist',
    pattern: call('CREATE', 'File exists'),
    meaning: 'there is a cell of this name already',
    rules: ['cell/same-name'],
    fix: 'destroy the old cell (`jailhouse cell destroy NAME`), or give this one another name',
    source: CELL,
  },
  {
    id: 'create-ebusy',
    pattern: call('CREATE', 'Device or resource busy'),
    meaning: 'a CPU of the cell belongs to another cell, or does not belong to the root cell',
    rules: ['cell/cpu-shared', 'cell/cpus-outside-root'],
    fix: '`jailhouse cell list` shows which cell has the CPUs: destroy that cell, or give this one others',
    source: `${CELL}; ${CONTROL}`,
  },
  {
    id: 'create-eperm',
    pattern: call('(?<call>CREATE|LOAD|START|DESTROY)', 'Operation not permitted'),
    meaning: 'a running cell refuses: it does not allow its shutdown, or has locked the configuration',
    rules: [],
    fix: 'shut that cell down from inside; a cell that must never refuse needs the flag JAILHOUSE_CELL_PASSIVE_COMMREG',
    source: CONTROL,
  },
  {
    id: 'load-einval',
    pattern: call('LOAD', 'Invalid argument'),
    meaning:
      'an image is not entirely inside one region with WRITE and LOADABLE, or Jailhouse is not enabled',
    rules: ['placement/not-loadable', 'placement/no-ram', 'placement/initrd'],
    fix: 'load the images where the plan of `check` has them; it says which region is too small, or lacks the flag',
    source: CELL,
  },
  {
    id: 'load-ebusy',
    pattern: /jailhouse: Unable to map cell RAM at (?<address>[0-9a-f]{1,16})/,
    meaning: "the driver cannot map the cell's memory at {address} to load an image",
    rules: ['cell/memory-outside-root'],
    fix: 'check that the machine has memory there, and that the kernel of the root cell does not use it (memmap=, reserved-memory)',
    source: CELL,
  },
  {
    id: 'no-cell',
    pattern: call('(?<call>LOAD|START|SHUTDOWN|DESTROY)', 'No such file or directory'),
    meaning: 'there is no cell of that name: its creation failed, or was not tried',
    rules: [],
    fix: 'create the cell first; `jailhouse cell create` printed why it failed',
    source: CELL,
  },
  {
    id: 'start-einval',
    pattern: call('START', 'Invalid argument'),
    meaning: 'Jailhouse is not enabled, or the root cell was named',
    rules: [],
    fix: 'enable Jailhouse, then create, load and start the cell',
    source: `${CELL}; ${CONTROL}`,
  },
  {
    id: 'call-other',
    pattern: call('(?<call>CREATE|LOAD|START|DESTROY)', '[A-Z][A-Za-z /-]{2,60}'),
    meaning: 'JAILHOUSE_CELL_{call} failed: {text}',
    rules: [],
    fix: "read the kernel log of the root cell and the hypervisor's console: they show what was refused",
    source: CELL,
  },
  {
    id: 'not-a-cell',
    pattern: /[Nn]ot a (?<kind>cell|system) configuration/,
    meaning: 'the file does not begin with the signature of a {kind} config',
    rules: ['cell/signature', 'cell/gnu-property-note', 'cell/wrong-kind'],
    fix: 'build it with `objcopy -O binary --remove-section=.note.gnu.property`, and check that it is not a config of the other kind',
    source: `${CELL}; driver/main.c; users' mails`,
  },
  {
    id: 'revision-mismatch',
    pattern: /[Cc]onfiguration (?:file )?revision mismatch/,
    meaning: 'the config was built for another Jailhouse release than the one that runs',
    rules: ['cell/revision', 'system/revision'],
    fix: 'build the config with the headers of the release on the target, or convert it (`jailhouse-bundle cell convert`)',
    source: 'Jailhouse, driver/main.c and pyjailhouse/config_parser.py',
  },
  {
    id: 'architecture-mismatch',
    pattern: /[Cc]onfiguration architecture mismatch/,
    meaning: 'the config was built for another architecture',
    rules: ['cell/architecture', 'system/architecture'],
    fix: 'build the config for the architecture of the target',
    source: 'Jailhouse, driver/main.c',
  },
  {
    id: 'no-space',
    pattern: /No space found to load all images/,
    meaning:
      'kernel, device tree and initrd do not fit into one region that `jailhouse cell linux` uses as RAM',
    rules: ['placement/no-space'],
    fix: 'enlarge the region, or give it READ, WRITE, EXECUTE, DMA and LOADABLE; `check` lists each region with the reason why it was refused',
    source: "Jailhouse, tools/jailhouse-cell-linux; users' mails",
  },
];
