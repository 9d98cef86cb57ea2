import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FULL, type LaunchCase, nothing, running } from './case.ts';
import type { LaunchRig } from './rig.ts';

const stopped = { args: ['stop'], arrange: running } as const;

export const verbCases: LaunchCase[] = [
  {
    title: 'stop',
    core: true,
    ...stopped,
    code: 0,
    steps: 'shutdown destroy',
    stderr: /destroyed/,
    left: null,
  },
  {
    title: 'stop without a cell',
    args: ['stop'],
    code: 0,
    ...nothing,
    stderr: /not there; nothing to stop/,
  },
  {
    title: 'stop, dry run',
    args: ['stop', '--dry-run'],
    arrange: running,
    code: 0,
    steps: '',
    stderr: /^$/,
    stdout: /cell shutdown demo\n.* cell destroy demo\n$/,
    left: 'running',
  },
  {
    title: 'the cell refuses to shut down',
    ...stopped,
    env: { STUB_FAIL: 'shutdown' },
    code: 1,
    steps: 'shutdown',
    stderr: /cell shutdown: .* exited with code 7/,
    left: 'running',
  },
  {
    title: 'the cell cannot be destroyed',
    ...stopped,
    env: { STUB_FAIL: 'destroy' },
    code: 1,
    steps: 'shutdown destroy',
    stderr: /cell destroy: .* exited with code 7/,
    left: 'shut down',
  },
  {
    title: 'restart',
    args: ['restart'],
    arrange: running,
    code: 0,
    steps: `shutdown destroy ${FULL}`,
    stderr: /is running/,
    left: 'running',
  },
  {
    title: 'restart without a cell',
    args: ['restart'],
    code: 0,
    steps: FULL,
    stderr: /is running/,
    left: 'running',
  },
  {
    title: 'restart creates nothing where it could not stop',
    args: ['restart'],
    arrange: running,
    env: { STUB_FAIL: 'shutdown' },
    code: 1,
    steps: 'shutdown',
    stderr: /cell shutdown/,
    left: 'running',
  },
  {
    title: 'restart checks the loader before it stops the running cell',
    args: ['restart'],
    arrange: running,
    env: { LINUX_LOADER: '/no/such' },
    code: 1,
    steps: '',
    stderr: /loader/,
    left: 'running',
  },
  {
    title: 'status of a running cell',
    args: ['status'],
    arrange: running,
    code: 0,
    steps: '',
    stderr: /^$/,
    stdout: /^running\n$/,
    left: 'running',
  },
  {
    title: 'status of a locked cell, in a sysfs without newlines',
    args: ['status'],
    arrange: async (rig) => rig.addCell(3, 'demo', 'running/locked', ''),
    code: 0,
    steps: '',
    stderr: /^$/,
    stdout: /^running\/locked\n$/,
    left: 'running/locked',
  },
  {
    title: 'status of a failed cell',
    args: ['status'],
    arrange: async (rig) => rig.addCell(3, 'demo', 'failed'),
    code: 1,
    steps: '',
    stderr: /^$/,
    stdout: /^failed\n$/,
    left: 'failed',
  },
  ...[
    ['running', '2', 'failed CPUs 2', 1],
    ['running/locked', '1-2,7', 'failed CPUs 1-2,7', 1],
    ['running', '', 'running', 0],
    ['failed', '2-3', 'failed', 1],
  ].map(([state, parked, said, code]) => ({
    title: `status where it is ${state}, and these CPUs are parked: ${parked || 'not one'}`,
    args: ['status'],
    arrange: async (rig: LaunchRig) => {
      await rig.addCell(3, 'demo', String(state));
      await writeFile(join(rig.sysfs, 'cells', '3', 'cpus_failed_list'), `${parked}\n`);
    },
    code: Number(code),
    steps: '',
    stderr: /^$/,
    stdout: new RegExp(`^${said}\n$`),
    left: String(state),
  })),
  {
    title: 'status without the cell',
    args: ['status'],
    arrange: async (rig) => {
      await rig.addCell(1, 'demo2', 'running');
      await rig.addCell(2, 'dem', 'running');
      await rig.addCell(4, ' demo ', 'running');
    },
    code: 3,
    ...nothing,
    stderr: /^$/,
    stdout: /^absent\n$/,
  },
  {
    title: 'status in the sysfs of an old Jailhouse, where the folder has the name',
    args: ['status'],
    input: { cellName: '3' },
    arrange: async (rig) => {
      await rig.addCell(3, '', 'running');
      await rm(join(rig.sysfs, 'cells', '3', 'name'));
    },
    code: 0,
    steps: '',
    stderr: /^$/,
    stdout: /^running\n$/,
    left: 'running',
  },
];

export const usageCases: LaunchCase[] = [
  { title: '--help', core: true, args: ['--help'], code: 0, ...nothing, stderr: /^$/, stdout: /^usage: / },
  { title: '-h', args: ['stop', '-h'], code: 0, ...nothing, stderr: /^$/, stdout: /LAUNCH_TIMEOUT/ },
  ...['destroy', '--force', '', '*', '--enable=yes'].map((word) => ({
    title: `an unknown word: '${word}'`,
    args: ['start', word],
    code: 2,
    ...nothing,
    stderr: /unknown argument .*--help/,
  })),
  { title: 'two verbs', args: ['start', 'stop'], code: 2, ...nothing, stderr: /one verb at a time/ },
  {
    title: '--enable without a system config in the bundle',
    args: ['start', '--enable'],
    input: { system: null },
    code: 2,
    ...nothing,
    stderr: /--enable: the bundle has no system config/,
  },
  ...['1.5', '-1', 'soon', '999999', '1 '].map((text) => ({
    title: `LAUNCH_TIMEOUT=${text}`,
    args: ['start'],
    env: { LAUNCH_TIMEOUT: text },
    code: 2,
    ...nothing,
    stderr: /LAUNCH_TIMEOUT is .*whole seconds/,
  })),
];
