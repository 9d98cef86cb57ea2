import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HOOKS, type Hook } from '../../../src/base/choices.ts';
import { damage, type LaunchCase, nothing, running } from './case.ts';
import type { LaunchRig } from './rig.ts';

const hooks = (...names: readonly Hook[]): NonNullable<LaunchCase['input']> => ({
  hooks: new Map(names.map((name) => [name, `hooks/${name}`])),
});
const all = hooks(...HOOKS);
const STARTED = 'before-start::absent create load start after-start:3:running';
const STOPPED = 'before-stop:3:running shutdown destroy after-stop::absent';
/** The bundle has all hooks. */
const start = { args: ['start'], input: all } as const;
const stop = { args: ['stop'], input: all, arrange: running } as const;
const QUICK = { LAUNCH_STEP_TIMEOUT: '1' };

/** /run cannot be written. */
export const noRun = async (rig: LaunchRig): Promise<void> => {
  await rm(join(rig.folder, 'run'), { recursive: true });
  await writeFile(join(rig.folder, 'run'), '');
};

const startCases: LaunchCase[] = [
  {
    title: 'hooks of a start, with what they know of the cell',
    core: true,
    ...start,
    code: 0,
    steps: STARTED,
    stderr: /^launch.sh: cell 'demo' is running\n$/,
    left: 'running',
  },
  {
    title: 'before-start fails: nothing is created',
    ...start,
    env: { STUB_FAIL: 'before-start' },
    code: 1,
    steps: 'before-start::absent after-stop::absent',
    stderr: /^launch.sh: before-start: hooks\/before-start exited with code 7\n$/,
    left: null,
  },
  {
    title: 'after-start fails: the cell is destroyed',
    ...start,
    env: { STUB_FAIL: 'after-start' },
    code: 1,
    steps: `${STARTED} destroy after-stop::absent`,
    stderr:
      /^launch.sh: after-start: hooks\/after-start exited with code 7\nlaunch.sh: clean-up: .* destroyed again\n$/,
    left: null,
  },
  {
    title: 'before-start hangs',
    ...start,
    env: { STUB_HANG: 'before-start', ...QUICK },
    code: 1,
    steps: 'before-start::absent after-stop::absent',
    stderr:
      /before-start: hooks\/before-start did not end within 1 s, and was killed; raise LAUNCH_STEP_TIMEOUT/,
    left: null,
  },
  {
    title: 'after-start hangs',
    ...start,
    env: { STUB_HANG: 'after-start', ...QUICK },
    code: 1,
    steps: `${STARTED} destroy after-stop::absent`,
    stderr: /after-start: hooks\/after-start did not end within 1 s[^]*clean-up: .* destroyed again/,
    left: null,
  },
  {
    title: 'cell load fails: after-stop undoes what before-start did',
    ...start,
    env: { STUB_FAIL: 'load' },
    code: 1,
    steps: 'before-start::absent create load destroy after-stop::absent',
    stderr: /cell load: [^]*clean-up: .* destroyed again\n$/,
    left: null,
  },
  {
    title: 'a clean-up hook that fails is reported',
    ...start,
    env: { STUB_FAIL: 'load after-stop' },
    code: 1,
    steps: 'before-start::absent create load destroy after-stop::absent',
    stderr: /clean-up: after-stop: hooks\/after-stop exited with code 7\n$/,
    left: null,
  },
  {
    title: 'SIGTERM ends a hook of a start at once, and undoes the start',
    ...start,
    env: { STUB_HANG: 'after-start' },
    signal: 'SIGTERM',
    code: 143,
    steps: `${STARTED} destroy after-stop::absent`,
    stderr: /after-start: interrupted by signal 15\n.* destroyed again\n$/,
    left: null,
  },
  {
    title: 'a hook that was changed is not run',
    ...start,
    arrange: damage('hooks/before-start'),
    code: 1,
    ...nothing,
    stderr: /verify: hooks\/before-start: differs from its digest/,
  },
  {
    title: 'a file among the hooks that is not listed',
    ...start,
    arrange: async (rig) => writeFile(join(rig.bundle, 'hooks/.other'), ''),
    code: 1,
    ...nothing,
    stderr: /verify: hooks\/.other: is in the bundle's folder, and not listed/,
  },
  {
    title: 'a dry run prints the hooks',
    args: ['start', '--dry-run'],
    input: all,
    code: 0,
    ...nothing,
    stderr: /^$/,
    stdout:
      /^'.*\/hooks\/before-start'\n.* cell create .*\n.*\n.* cell start demo\n'.*\/hooks\/after-start'\n$/,
  },
  {
    title: 'hooks where /run cannot be written',
    ...start,
    arrange: noRun,
    code: 0,
    steps: STARTED,
    stderr: /lock: .*\n.* is running\n$/,
    left: 'running',
  },
  {
    title: 'the mode of a hook in the folder does not count',
    ...start,
    arrange: async (rig) => chmod(join(rig.bundle, 'hooks/before-start'), 0o644),
    code: 0,
    steps: STARTED,
    stderr: /is running/,
    left: 'running',
  },
];

const stopCases: LaunchCase[] = [
  {
    title: 'hooks of a stop',
    ...stop,
    code: 0,
    steps: STOPPED,
    stderr: /^launch.sh: cell 'demo' is shut down and destroyed\n$/,
    left: null,
  },
  {
    title: 'before-stop fails: the cell is stopped',
    ...stop,
    env: { STUB_FAIL: 'before-stop' },
    code: 1,
    steps: STOPPED,
    stderr:
      /^launch.sh: before-stop: hooks\/before-stop exited with code 7; the stop goes on.*\n.*destroyed\n$/,
    left: null,
  },
  {
    title: 'before-stop hangs: the cell is stopped',
    ...stop,
    env: { STUB_HANG: 'before-stop', ...QUICK },
    code: 1,
    steps: STOPPED,
    stderr: /before-stop: .* did not end within 1 s, and was killed.*; the stop goes on/,
    left: null,
  },
  {
    title: 'after-stop fails',
    ...stop,
    env: { STUB_FAIL: 'after-stop' },
    code: 1,
    steps: STOPPED,
    stderr: /after-stop: hooks\/after-stop exited with code 7/,
    left: null,
  },
  {
    title: 'after-stop hangs',
    ...stop,
    env: { STUB_HANG: 'after-stop', ...QUICK },
    code: 1,
    steps: STOPPED,
    stderr: /after-stop: .* did not end within 1 s/,
    left: null,
  },
  {
    title: 'a stop needs no image to be whole, but runs no hook that was changed',
    ...stop,
    arrange: async (rig) => {
      await running(rig);
      await damage('kernel')(rig);
      await damage('hooks/before-stop')(rig);
    },
    code: 1,
    steps: 'shutdown destroy after-stop::absent',
    stderr:
      /^launch.sh: before-stop: hooks\/before-stop differs from its digest in SHA256SUMS; the stop goes on/,
    left: null,
  },
  {
    title: 'SIGTERM in before-stop stops nothing',
    ...stop,
    env: { STUB_HANG: 'before-stop' },
    signal: 'SIGTERM',
    code: 143,
    steps: 'before-stop:3:running',
    stderr: /before-stop: interrupted by signal 15\n$/,
    left: 'running',
  },
  {
    title: 'restart runs all hooks',
    args: ['restart'],
    input: all,
    arrange: running,
    code: 0,
    steps: `${STOPPED} ${STARTED}`,
    stderr: /is running/,
    left: 'running',
  },
  {
    title: 'stop without a cell runs no hook',
    args: ['stop'],
    input: all,
    code: 0,
    ...nothing,
    stderr: /nothing to stop/,
  },
  {
    title: 'a bundle with one hook',
    args: ['restart'],
    input: hooks('after-stop'),
    arrange: running,
    code: 0,
    steps: 'shutdown destroy after-stop::absent create load start',
    stderr: /is running/,
    left: 'running',
  },
];

export const hookCases: readonly LaunchCase[] = [...startCases, ...stopCases];
