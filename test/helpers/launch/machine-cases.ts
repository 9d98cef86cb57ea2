import { machine } from 'node:os';
import { join } from 'node:path';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { machineScript } from '../../../src/bundle/launch/machine-script.ts';
import type { LaunchCell, MachineLaunch } from '../../../src/bundle/launch/types.ts';
import { damage, off } from './case.ts';
import { absent, LOADS } from './driver-cases.ts';
import { untilRestarted } from './ready-cases.ts';
import { locked, startOf } from './lock-cases.ts';
import { launchInput, LaunchRig } from './rig.ts';

const inBundle = (path: string) => ({ in: 'bundle', path }) as const;

const linuxCell = (name: string, after: readonly string[]): LaunchCell => ({
  name,
  cellName: name,
  after,
  compatible: [],
  cell: `${name}.cell`,
  hooks: new Map(),
  ready: null,
  restart: 'never',
  load: [
    { kind: 'image', role: 'loader', file: { in: 'installed' }, address: 0n, size: null },
    { kind: 'image', role: 'kernel', file: inBundle('linux.kernel'), address: 0x400000n, size: 100n << 20n },
    { kind: 'image', role: 'params', file: inBundle(`${name}.params`), address: 0x1000n, size: 4420n },
  ],
});

/** A cell without Linux, which Jailhouse knows by another name, and two with it, which share a kernel. */
export const machineLaunch = (more: Partial<MachineLaunch> = {}): MachineLaunch => ({
  name: 'board',
  machines: [machine()],
  release: '0.12',
  releases: ['0.12'],
  compatible: [],
  version: null,
  system: 'system.cell',
  rootName: 'RootCell',
  cells: [
    {
      name: 'rtos',
      cellName: '42',
      after: [],
      compatible: [],
      hooks: new Map(),
      ready: null,
      restart: 'never',
      cell: 'rtos.cell',
      load: [
        { kind: 'image', role: null, file: inBundle('rtos.image0'), address: 0n, size: 64n },
        { kind: 'string', text: "mode='fast'", address: 0x1000n },
      ],
    },
    linuxCell('linux', ['rtos']),
    linuxCell('gateway', []),
  ],
  ...more,
});

const FILES = ['system.cell', 'linux.kernel', 'rtos.image0', 'linux.params', 'gateway.params'];

export function machineRig(input = machineLaunch()): Promise<LaunchRig> {
  const configs = Object.fromEntries(input.cells.map(({ cell, cellName }) => [cell, `${cellName}\n`]));
  const files = [...FILES, ...Object.keys(configs)];
  return LaunchRig.create(launchInput(), { script: machineScript(input), files, configs });
}

/** One run of a machine's launch.sh, and all that must be seen of it. */
export interface MachineCase {
  title: string;
  /** Also in the default suite, under plain `sh`. */
  core?: true;
  input?: MachineLaunch;
  arrange?: (rig: LaunchRig) => Promise<void>;
  args: readonly string[];
  env?: Record<string, string>;
  signal?: NodeJS.Signals;
  /** What a shell does with the script. */
  redirect?: string;
  code: number;
  /** What the script ran: `create load:linux start:linux`. */
  steps: string;
  stderr: RegExp;
  stdout?: RegExp;
  /** The cells that are there afterwards, by what Jailhouse calls them. */
  left: Readonly<Record<string, string>>;
}

/** This process, as the owner of a lock. */
const owner = async (): Promise<string> => `${process.pid} ${await startOf(process.pid)} start`;

const RTOS = 'create load:42 start:42';
const LINUX = 'create load:linux start:linux';
const GATEWAY = 'create load:gateway start:gateway';
const ALL = `${RTOS} ${LINUX} ${GATEWAY}`;
const stop = (...cells: string[]): string =>
  cells.map((cell) => `shutdown:${cell} destroy:${cell}`).join(' ');
const destroy = (...cells: string[]): string => cells.map((cell) => `destroy:${cell}`).join(' ');

const RUNNING = { 42: 'running', linux: 'running', gateway: 'running' };
const NONE = {};

/** These run, or are in another state. */
const there =
  (cells: Readonly<Record<string, string>>) =>
  async (rig: LaunchRig): Promise<void> => {
    for (const [name, state] of Object.entries(cells)) await rig.addCell(name, name, state);
  };
const all = there(RUNNING);

const together =
  (...steps: ((rig: LaunchRig) => Promise<void>)[]) =>
  async (rig: LaunchRig): Promise<void> => {
    for (const step of steps) await step(rig);
  };

const SH = { command: ['sh'], path: process.env['PATH'] ?? '/usr/bin:/bin' };

/** Jailhouse was enabled by this bundle's script, which left no cell behind. */
const enabledByUs = async (rig: LaunchRig): Promise<void> => {
  await off(rig);
  await rig.run(SH, ['start', '--enable'], { env: { STUB_MACHINE: 'yes' } });
  await rig.run(SH, ['stop'], { env: { STUB_MACHINE: 'yes' } });
  await rm(join(rig.folder, 'log'));
};

/** The bundle is another now: it was built again with another system config. */
const otherSystem = async (rig: LaunchRig): Promise<void> => {
  await writeFile(join(rig.bundle, 'system.cell'), 'another system config');
  await rig.sign();
};

/** The root cell's folder in sysfs is another: Jailhouse was disabled and enabled again. */
const enabledAgain = async (rig: LaunchRig): Promise<void> => {
  // Kept elsewhere, so that its number is not given again.
  await rename(join(rig.sysfs, 'cells', '0'), join(rig.folder, 'former root cell'));
  await rig.addCell(0, 'RootCell', 'running');
};

const startCases: MachineCase[] = [
  {
    title: 'start: all, in their order',
    core: true,
    args: ['start'],
    code: 0,
    steps: ALL,
    stderr:
      /rtos: cell '42' is running\n.*linux: cell 'linux' is running\n.*gateway: cell 'gateway' is running\n$/,
    left: RUNNING,
  },
  { title: 'start is the default', args: [], code: 0, steps: ALL, stderr: /is running/, left: RUNNING },
  {
    title: 'start of some, in the order of the machine',
    args: ['start', 'gateway', 'rtos', 'rtos'],
    code: 0,
    steps: `${RTOS} ${GATEWAY}`,
    stderr: /is running/,
    left: { 42: 'running', gateway: 'running' },
  },
  {
    title: 'start leaves cells that run as they are',
    arrange: there({ linux: 'running/locked' }),
    args: ['start'],
    code: 0,
    steps: `${RTOS} ${GATEWAY}`,
    stderr: /linux: cell 'linux' is running\/locked already, and left as it is/,
    left: { ...RUNNING, linux: 'running/locked' },
  },
  {
    title: 'start of all, and all run',
    arrange: all,
    args: ['start'],
    code: 0,
    steps: '',
    stderr: /left as it is/,
    left: RUNNING,
  },
  {
    title: 'start of a cell that is named, and runs',
    arrange: there({ linux: 'running' }),
    args: ['start', 'linux'],
    code: 1,
    steps: '',
    stderr: /linux: start: cell 'linux' is there already, running; use launch\.sh restart linux/,
    left: { linux: 'running' },
  },
  {
    title: 'start where a cell is there and does not run: nothing is changed',
    arrange: there({ gateway: 'failed' }),
    args: ['start'],
    code: 1,
    steps: '',
    stderr: /gateway: start: cell 'gateway' is there already, failed/,
    left: { gateway: 'failed' },
  },
  {
    title: 'one cannot be loaded: those that this run started are destroyed, the last one first',
    core: true,
    args: ['start'],
    env: { STUB_FAIL: 'load:gateway' },
    code: 1,
    steps: `${RTOS} ${LINUX} create load:gateway ${destroy('gateway', 'linux', '42')}`,
    stderr:
      /gateway: cell load: .* code 7[^]*gateway: clean-up: [^]*linux: clean-up: [^]*rtos: clean-up: cell '42' was destroyed again\n$/,
    left: NONE,
  },
  {
    title: 'one does not come up: what ran before this run stays',
    arrange: there({ 42: 'running' }),
    args: ['start'],
    env: { STUB_FAILED: 'gateway' },
    code: 1,
    steps: `${LINUX} ${GATEWAY} ${destroy('gateway', 'linux')}`,
    stderr: /gateway: wait: cell 'gateway' is not running: its state is 'failed'/,
    left: { 42: 'running' },
  },
  {
    title: 'one cannot be created',
    args: ['start'],
    env: { STUB_FAIL: 'create:linux' },
    code: 1,
    steps: `${RTOS} create ${destroy('42')}`,
    stderr: /linux: cell create: .* code 7/,
    left: NONE,
  },
  {
    title: 'the clean-up of one fails: the others are cleaned up all the same',
    args: ['start'],
    env: { STUB_FAIL: 'load:gateway destroy:linux' },
    code: 1,
    steps: `${RTOS} ${LINUX} create load:gateway ${destroy('gateway', 'linux', '42')}`,
    stderr: /linux: clean-up: .* code 7: cell 'linux' is still there; run launch\.sh stop linux/,
    left: { linux: 'running' },
  },
  {
    title: 'another run is at work on one of them: nothing is changed',
    arrange: locked(owner, 'linux.lock'),
    args: ['start'],
    code: 1,
    steps: '',
    stderr: /lock: pid \d+ \(launch.sh start\) has been at work on cell 'linux' for more than 1 s; wait/,
    left: NONE,
  },
  {
    title: 'another run is at work on one that is not stopped',
    arrange: together(all, locked(owner, 'linux.lock')),
    args: ['stop', 'gateway'],
    code: 0,
    steps: stop('gateway'),
    stderr: /destroyed/,
    left: { 42: 'running', linux: 'running' },
  },
  {
    title: 'a kernel is replaced after it was verified',
    args: ['start'],
    env: { STUB_REPLACE: 'linux.kernel' },
    code: 0,
    steps: ALL,
    stderr: /is running/,
    left: RUNNING,
  },
  {
    title: 'a CPU of one is parked: it does not run, and those before it are destroyed',
    args: ['start', 'rtos'],
    env: { STUB_FAILED_CPUS: '2', LAUNCH_TIMEOUT: '99' },
    code: 1,
    steps: `${RTOS} ${destroy('42')}`,
    stderr: /rtos: wait: .* its state is 'failed CPUs 2'/,
    left: NONE,
  },
  {
    title: 'the shutdown of one hangs',
    args: ['restart', 'linux'],
    arrange: there({ linux: 'failed' }),
    env: { STUB_STUCK: 'shutdown', LAUNCH_STEP_TIMEOUT: '1' },
    code: 1,
    steps: 'shutdown:linux',
    stderr: /linux: cell shutdown: .* did not end within 1 s, and was killed/,
    left: { linux: 'failed' },
  },
  {
    title: 'SIGTERM while the second is loaded',
    args: ['start'],
    env: { STUB_HANG: 'load:linux' },
    signal: 'SIGTERM',
    code: 143,
    steps: `${RTOS} create load:linux ${destroy('linux', '42')}`,
    stderr: /linux: load: interrupted by signal 15/,
    left: NONE,
  },
  {
    title: 'start, dry run',
    args: ['start', 'rtos', 'linux', '--dry-run'],
    code: 0,
    steps: '',
    stderr: /^launch.sh: enabled: Jailhouse was not enabled by launch.sh, .*\n$/,
    stdout:
      /cell create .*rtos.cell'\n.* cell load --name 42 .*rtos.image0' -a 0x0 -s .* -a 0x1000\n.* cell start --name 42\n.*linux.cell'\n.* cell load linux .*loader.bin' -a 0x0 .*linux.kernel' -a 0x400000 .*\n.* start linux\n$/,
    left: NONE,
  },
  {
    title: 'the loader is missing, and is told of once',
    args: ['start', '--dry-run'],
    env: { LINUX_LOADER: '/no/such' },
    code: 0,
    steps: '',
    stderr: /^launch.sh: linux: loader: \/no\/such: is missing.*\n.*not enabled by.*\n$/,
    stdout: /\/no\/such/,
    left: NONE,
  },
  {
    title: 'a cell without Linux needs no loader',
    args: ['start', 'rtos'],
    env: { LINUX_LOADER: '/no/such' },
    code: 0,
    steps: RTOS,
    stderr: /is running/,
    left: { 42: 'running' },
  },
];

const [bare, linux, gateway] = machineLaunch().cells;
const onRover = machineLaunch({
  compatible: ['acme,rover', 'acme,cart'],
  cells: [bare!, { ...linux!, compatible: ['acme,cart'] }, gateway!],
});
const product = async (rig: LaunchRig): Promise<void> => {
  await mkdir(join(rig.folder, 'sys/class/dmi/id'), { recursive: true });
  await writeFile(join(rig.folder, 'sys/class/dmi/id/product_name'), 'acme,rover\n');
};

const boardCases: MachineCase[] = [
  {
    title: 'the board is of the machine, and not of one of its cells',
    input: onRover,
    arrange: product,
    args: ['start'],
    code: 1,
    steps: '',
    stderr: /^launch.sh: linux: compatible: this board is acme,rover; the bundle is for acme,cart\n$/,
    left: NONE,
  },
  {
    title: 'the board is of the machine and of the cells that are started',
    input: onRover,
    arrange: product,
    args: ['start', 'gateway'],
    code: 0,
    steps: GATEWAY,
    stderr: /is running/,
    left: { gateway: 'running' },
  },
  {
    title: 'the board is not of the machine',
    input: onRover,
    args: ['start', 'rtos'],
    code: 1,
    steps: '',
    stderr: /^launch.sh: compatible: this board is of unknown kind: .* is for acme,rover, acme,cart\n$/,
    left: NONE,
  },
];

const verbCases: MachineCase[] = [
  {
    title: 'stop: all, the last one first',
    arrange: all,
    args: ['stop'],
    code: 0,
    steps: stop('gateway', 'linux', '42'),
    stderr: /^launch.sh: gateway: [^]*linux: [^]*rtos: cell '42' is shut down and destroyed\n$/,
    left: NONE,
  },
  {
    title: 'stop of some',
    arrange: all,
    args: ['stop', 'linux'],
    code: 0,
    steps: stop('linux'),
    stderr: /linux: /,
    left: { 42: 'running', gateway: 'running' },
  },
  {
    title: 'stop where some are not there',
    arrange: there({ linux: 'failed' }),
    args: ['stop'],
    code: 0,
    steps: stop('linux'),
    stderr: /rtos: cell '42' is not there; nothing to stop/,
    left: NONE,
  },
  {
    title: 'stop ends at the first that refuses: others may depend on it',
    arrange: all,
    args: ['stop'],
    env: { STUB_FAIL: 'shutdown:linux' },
    code: 1,
    steps: `${stop('gateway')} shutdown:linux`,
    stderr:
      /linux: cell shutdown: .* code 7[^]*clean-up: stopped by this run, and not started again: gateway\n$/,
    left: { 42: 'running', linux: 'running' },
  },
  {
    title: 'restart: stops those that are there, starts all',
    arrange: there({ 42: 'running', gateway: 'failed' }),
    args: ['restart'],
    code: 0,
    steps: `${stop('gateway', '42')} ${ALL}`,
    stderr: /is running/,
    left: RUNNING,
  },
  {
    title: 'restart of one',
    arrange: all,
    args: ['restart', 'linux'],
    code: 0,
    steps: `${stop('linux')} ${LINUX}`,
    stderr: /is running/,
    left: RUNNING,
  },
  {
    title: 'restart fails: says what is stopped now',
    arrange: all,
    args: ['restart', 'rtos', 'linux'],
    env: { STUB_FAILED: 'linux' },
    code: 1,
    steps: `${stop('linux', '42')} ${RTOS} ${LINUX} ${destroy('linux', '42')}`,
    stderr: /clean-up: stopped by this run, and not started again: linux rtos\n$/,
    left: { gateway: 'running' },
  },
  {
    title: 'status: a line for each',
    arrange: all,
    args: ['status'],
    code: 0,
    steps: '',
    stderr: /^$/,
    stdout: /^rtos: running\nlinux: running\ngateway: running\n$/,
    left: RUNNING,
  },
  {
    title: 'status where one is absent',
    arrange: there({ 42: 'running' }),
    args: ['status', 'linux', 'rtos'],
    code: 3,
    steps: '',
    stderr: /^$/,
    stdout: /^rtos: running\nlinux: absent\n$/,
    left: { 42: 'running' },
  },
  {
    title: 'status where one has failed, which is worse than absent',
    arrange: there({ 42: 'failed', gateway: 'shut down' }),
    args: ['status'],
    code: 1,
    steps: '',
    stderr: /^$/,
    stdout: /^rtos: failed\nlinux: absent\ngateway: shut down\n$/,
    left: { 42: 'failed', gateway: 'shut down' },
  },
  {
    title: 'status where a CPU of one is parked',
    arrange: together(all, async (rig) => writeFile(join(rig.sysfs, 'cells/linux/cpus_failed_list'), '2\n')),
    args: ['status'],
    code: 1,
    steps: '',
    stderr: /^$/,
    stdout: /^rtos: running\nlinux: failed CPUs 2\ngateway: running\n$/,
    left: RUNNING,
  },
  {
    title: 'verify',
    args: ['verify'],
    code: 0,
    steps: '',
    stderr: /verify: all files are as built/,
    left: NONE,
  },
  {
    title: 'verify of some cells leaves out what the others alone use',
    arrange: damage('rtos.image0'),
    args: ['verify', 'linux'],
    code: 0,
    steps: '',
    stderr: /verify: all files of linux are as built/,
    left: NONE,
  },
  {
    title: 'a changed file of one cell stops the start of that one',
    arrange: damage('rtos.image0'),
    args: ['start', 'rtos', 'linux'],
    code: 1,
    steps: '',
    stderr: /verify: rtos\.image0: differs from its digest/,
    left: NONE,
  },
  {
    title: 'a file that two of three cells share',
    arrange: damage('linux.kernel'),
    args: ['verify', 'gateway'],
    code: 1,
    steps: '',
    stderr: /verify: linux\.kernel: differs/,
    left: NONE,
  },
  {
    title: 'a changed system config stops any start',
    arrange: damage('system.cell'),
    args: ['start', 'rtos'],
    code: 1,
    steps: '',
    stderr: /verify: system\.cell: differs/,
    left: NONE,
  },
  {
    title: 'SHA256SUMS leaves out a file of a cell that is started',
    arrange: async (rig) => {
      await rig.sign();
      await writeFile(join(rig.bundle, 'SHA256SUMS'), `${'0'.repeat(64)}  rtos.image0\n`);
    },
    args: ['start', 'linux'],
    code: 1,
    steps: '',
    stderr: /verify: system\.cell: is not listed[^]*linux: verify: linux\.cell: is not listed/,
    left: NONE,
  },
];

const watchCases: MachineCase[] = [
  {
    title: 'watch restarts the cell that is named',
    arrange: there({ ...RUNNING, linux: 'failed' }),
    args: ['watch', 'linux'],
    redirect: untilRestarted('linux', 'linux'),
    code: 143,
    steps: `shutdown:linux destroy:linux ${LINUX}`,
    stderr:
      /^launch.sh: linux: watch: cell 'linux' is 'failed': restart 1 of 3 [^]*linux: cell 'linux' is running\n/,
    left: RUNNING,
  },
  {
    title: 'watch without a cell',
    args: ['watch'],
    code: 2,
    steps: '',
    stderr: /watch: name one cell/,
    left: NONE,
  },
];

const enableCases: MachineCase[] = [
  {
    title: 'Jailhouse is off',
    arrange: off,
    args: ['start'],
    code: 1,
    steps: '',
    stderr: /not enabled; .*launch\.sh start --enable/,
    left: NONE,
  },
  {
    title: '--enable, and Jailhouse is off',
    arrange: off,
    args: ['start', '--enable'],
    code: 0,
    steps: `enable ${ALL}`,
    stderr: /^launch.sh: rtos: cell '42' is running\n/,
    left: RUNNING,
  },
  {
    title: '--modprobe --enable, and the driver is absent',
    arrange: absent(LOADS),
    args: ['start', '--modprobe', '--enable'],
    code: 0,
    steps: `enable ${ALL}`,
    stderr: /^launch.sh: modprobe: .*it is now\n[^]*linux: cell 'linux' is running\n/,
    left: RUNNING,
  },
  {
    title: '--enable, and a cell fails: Jailhouse stays enabled',
    arrange: off,
    args: ['start', '--enable', 'rtos'],
    env: { STUB_FAIL: 'start:42' },
    code: 1,
    steps: `enable ${RTOS} ${destroy('42')}`,
    stderr: /\nlaunch.sh: clean-up: Jailhouse, enabled by this run, stays enabled\n$/,
    left: NONE,
  },
  {
    title: '--enable, and the note cannot be written',
    arrange: off,
    args: ['start', '--enable', 'rtos'],
    env: { JAILHOUSE_NOTE: '/no/such/note' },
    code: 0,
    steps: `enable ${RTOS}`,
    stderr: /^launch.sh: enable: \/no\/such\/note: cannot be written/,
    left: { 42: 'running' },
  },
  {
    title: 'enabled by this bundle before',
    arrange: enabledByUs,
    args: ['start', '--enable', 'rtos'],
    code: 0,
    steps: RTOS,
    stderr: /^launch.sh: rtos: cell '42' is running\n$/,
    left: { 42: 'running' },
  },
  {
    title: 'enabled with the system config of another bundle',
    arrange: together(enabledByUs, otherSystem),
    args: ['start', '--enable'],
    code: 1,
    steps: '',
    stderr:
      /^launch.sh: enabled: .* another system config, that of another bundle; stop all cells, run jailhouse disable/,
    left: NONE,
  },
  {
    title: 'restart with another system config stops nothing',
    arrange: together(enabledByUs, otherSystem, all),
    args: ['restart'],
    code: 1,
    steps: '',
    stderr: /another system config/,
    left: RUNNING,
  },
  {
    title: 'enabled with another system config, a dry run',
    arrange: together(enabledByUs, otherSystem),
    args: ['start', 'rtos', '--dry-run'],
    code: 0,
    steps: '',
    stderr: /another system config/,
    stdout: /cell start/,
    left: NONE,
  },
  {
    title: 'enabled anew since, by another program: that is not known, and said',
    arrange: together(enabledByUs, otherSystem, enabledAgain),
    args: ['start', 'rtos'],
    code: 0,
    steps: RTOS,
    stderr: /^launch.sh: enabled: Jailhouse was not enabled by launch.sh, .*system\.cell\n/,
    left: { 42: 'running' },
  },
  {
    title: 'enabled for another root cell',
    arrange: async (rig) => {
      await rm(join(rig.sysfs, 'cells', '0'), { recursive: true });
      await rig.addCell(0, 'Other', 'running');
    },
    args: ['start'],
    code: 1,
    steps: '',
    stderr: /enabled: Jailhouse is enabled with another system config: its root cell is not 'RootCell'/,
    left: NONE,
  },
];

const usageCases: MachineCase[] = [
  {
    title: '--help names the cells',
    args: ['--help'],
    code: 0,
    steps: '',
    stderr: /^$/,
    stdout: /^usage: [^]*: rtos, linux, gateway\n[^]*JAILHOUSE_NOTE/,
    left: NONE,
  },
  ...['lnux', 'tos'].map((name): MachineCase => ({
    title: `an unknown cell: ${name}`,
    args: ['start', name],
    code: 2,
    steps: '',
    stderr: new RegExp(`no cell '${name}' in this bundle; its cells are: rtos linux gateway; see`),
    left: NONE,
  })),
  {
    title: 'a cell without a verb',
    args: ['linux'],
    code: 2,
    steps: '',
    stderr: /unknown verb 'linux'/,
    left: NONE,
  },
  ...['', '*', 'rtos linux', '--force'].map((word): MachineCase => ({
    title: `an unknown word: '${word}'`,
    args: ['start', word],
    code: 2,
    steps: '',
    stderr: /unknown argument/,
    left: NONE,
  })),
];

/** The verbs of a machine's launch.sh, with all cells and with some. */
export const MACHINE_CASES: readonly MachineCase[] = [
  ...startCases,
  ...boardCases,
  ...verbCases,
  ...enableCases,
  ...watchCases,
  ...usageCases,
];
