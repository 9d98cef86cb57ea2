import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FULL, type LaunchCase, nothing, running } from './case.ts';
import type { LaunchRig } from './rig.ts';

/** When a process started, in ticks since the machine did. */
export async function startOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]!;
}

const lockOf = (rig: LaunchRig, name = 'demo.lock'): string => join(rig.folder, 'run/jailhouse-bundle', name);

/** Another run holds the lock. */
export const locked =
  (owner: () => Promise<string> | string, name?: string) =>
  async (rig: LaunchRig): Promise<void> => {
    await mkdir(join(rig.folder, 'run/jailhouse-bundle'));
    await symlink(await owner(), lockOf(rig, name));
  };

/** This process is at work on the cell. */
export const another = locked(async () => `${process.pid} ${await startOf(process.pid)} restart`);
const busy = new RegExp(
  `^launch.sh: lock: pid ${process.pid} \\(launch.sh restart\\) has been at work on cell 'demo' for more than 1 s; wait`,
);

/** Two runs on one cell. */
export const lockCases: LaunchCase[] = [
  ...['start', 'restart', 'stop'].map((verb): LaunchCase => ({
    title: `${verb} while another run is at work`,
    args: [verb],
    arrange: another,
    code: 1,
    ...nothing,
    stderr: busy,
  })),
  {
    title: 'a dry run and status while another run is at work',
    args: ['start', '--dry-run'],
    arrange: another,
    code: 0,
    ...nothing,
    stderr: /^$/,
    stdout: /cell create/,
  },
  ...(
    [
      ['of a process that is gone', () => '4194999 1 start'],
      ['of a process whose number was given again', () => `${process.pid} 1 start`],
      ['that is not one', () => 'x'],
    ] as const
  ).map(([title, owner]): LaunchCase => ({
    title: `a lock ${title}`,
    args: ['start'],
    arrange: locked(owner),
    code: 0,
    steps: FULL,
    stderr: /^launch.sh: cell 'demo' is running\n$/,
    left: 'running',
  })),
  {
    title: 'a lock of a process that is gone, which another one is about to break',
    args: ['start'],
    arrange: async (rig) => {
      await locked(() => '4194999 1 start')(rig);
      await symlink('4194998 1', lockOf(rig, 'demo.lock.break'));
    },
    code: 1,
    ...nothing,
    stderr: /lock: .*demo\.lock: is left of a run that has ended; remove it, and .*demo\.lock\.break; or/,
  },
  {
    title: '--enable while another run enables Jailhouse',
    args: ['start', '--enable'],
    arrange: locked(async () => `${process.pid} ${await startOf(process.pid)} start`, '%enable.lock'),
    code: 1,
    ...nothing,
    stderr: /has been at work on Jailhouse for/,
  },
  {
    title: 'no place for locks',
    args: ['start'],
    arrange: async (rig) => writeFile(join(rig.folder, 'run/jailhouse-bundle'), ''),
    code: 0,
    steps: FULL,
    stderr: /^launch.sh: lock: .*: cannot be written: other runs of launch.sh cannot see/,
    left: 'running',
  },
  ...(['load', 'start'] as const).map((step): LaunchCase => ({
    title: `another program puts its own cell in the place of ours during ${step}`,
    args: ['start'],
    env: { STUB_SWAP: step, STUB_FAIL: step },
    code: 1,
    steps: FULL.slice(0, FULL.indexOf(step) + step.length),
    stderr: /clean-up: the cell 'demo' that is there now was created by another program: it is not touched/,
    left: 'running',
  })),
  {
    title: 'another program puts its own cell in the place of ours, and nothing fails',
    args: ['start'],
    env: { STUB_SWAP: 'load' },
    code: 1,
    steps: 'create load',
    stderr: /cell start: the cell 'demo' of this run is gone: another program has destroyed it/,
    left: 'running',
  },
  {
    title: 'another program destroys our cell',
    args: ['start'],
    env: { STUB_GONE: 'start' },
    code: 1,
    steps: FULL,
    stderr: /cell start: .* code 2.*\n.*clean-up: cell 'demo' is gone already\n$/,
    left: null,
  },
  {
    title: 'another program destroys our cell while it is waited for',
    args: ['start'],
    env: { STUB_STATE: 'starting', STUB_VANISH: 'yes', LAUNCH_TIMEOUT: '20' },
    code: 1,
    steps: FULL,
    stderr:
      /^launch.sh: wait: the cell 'demo' of this run is gone: another program has destroyed it\n.*clean-up: cell 'demo' is gone already\n$/,
    left: null,
  },
];

/** A `jailhouse` that does not end. */
export const limitCases: LaunchCase[] = [
  {
    title: 'create hangs',
    args: ['start'],
    env: { STUB_STUCK: 'create', LAUNCH_STEP_TIMEOUT: '1' },
    code: 1,
    steps: 'create',
    stderr:
      /^launch.sh: cell create: 'jailhouse cell create' did not end within 1 s, and was killed; see dmesg/,
    left: null,
  },
  {
    title: 'load hangs',
    args: ['start'],
    input: { load: [{ kind: 'image', role: 'kernel', address: 0n, size: 1n }] },
    env: { STUB_STUCK: 'load', LAUNCH_STEP_TIMEOUT: '1' },
    code: 1,
    steps: 'create load destroy',
    stderr: /cell load: .* did not end within 2 s, and was killed[^]*destroyed again/,
    left: null,
  },
  {
    title: 'start hangs, and so does the clean-up',
    args: ['start'],
    env: { STUB_STUCK: 'destroy', STUB_FAIL: 'start', LAUNCH_STEP_TIMEOUT: '1' },
    code: 1,
    steps: `${FULL} destroy`,
    stderr: /cell start: .* code 7[^]*destroy' exited with code 137: cell 'demo' is still there/,
    left: 'shut down',
  },
  {
    title: 'shutdown hangs',
    args: ['stop'],
    arrange: running,
    env: { STUB_STUCK: 'shutdown', LAUNCH_STEP_TIMEOUT: '1' },
    code: 1,
    steps: 'shutdown',
    stderr: /cell shutdown: .* did not end within 1 s/,
    left: 'running',
  },
  ...['0', '1.5', '-1', 'soon', '999999'].map((text) => ({
    title: `LAUNCH_STEP_TIMEOUT=${text}`,
    args: ['start'],
    env: { LAUNCH_STEP_TIMEOUT: text },
    code: 2,
    ...nothing,
    stderr: /LAUNCH_STEP_TIMEOUT is .*whole seconds/,
  })),
];

const WITHOUT_ROOM: readonly (readonly [where: string, arrange: (rig: LaunchRig) => Promise<void>])[] = [
  ['in memory', async (rig) => rig.setMemory(33_000)],
  ['in /run', async (rig) => writeFile(join(rig.folder, 'run/jailhouse-bundle'), '')],
  ['in a kernel that does not say', async (rig) => rm(join(rig.folder, 'proc/meminfo'))],
];

/** Files that are replaced after they were verified. */
export const copyCases: LaunchCase[] = [
  {
    title: 'the kernel is replaced after it was verified',
    args: ['start'],
    env: { STUB_REPLACE: 'kernel' },
    code: 0,
    steps: FULL,
    stderr: /is running/,
    left: 'running',
  },
  ...WITHOUT_ROOM.map(([where, arrange]): LaunchCase => ({
    title: `the kernel is replaced after it was verified, without room ${where}`,
    args: ['start'],
    arrange,
    env: { STUB_REPLACE: 'kernel' },
    code: 1,
    steps: 'create destroy',
    stderr: /verify: kernel: was changed after it was verified, and is not loaded\n.*destroyed again/,
    left: null,
  })),
  {
    title: 'nothing is replaced, without room',
    args: ['start'],
    arrange: async (rig) => rig.setMemory(33_000),
    code: 0,
    steps: FULL,
    stderr: /^launch.sh: cell 'demo' is running\n$/,
    left: 'running',
  },
  {
    title: 'a killed run has left its copies',
    args: ['start'],
    arrange: async (rig) =>
      void (await mkdir(join(rig.folder, 'run/jailhouse-bundle/files.4194999.1.abcdef/files'), {
        recursive: true,
      })),
    code: 0,
    steps: FULL,
    stderr: /is running/,
    left: 'running',
  },
];
