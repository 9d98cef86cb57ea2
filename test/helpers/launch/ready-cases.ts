import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FULL, type LaunchCase } from './case.ts';
import type { LaunchRig } from './rig.ts';

const ready = (command: string, timeout = 2): NonNullable<LaunchCase['input']> => ({
  ready: { command, timeout, interval: 1 },
});
const undone = { args: ['start'], code: 1, steps: `${FULL} destroy`, left: null } as const;

const readyCases: LaunchCase[] = [
  {
    title: 'ready at once, and it knows the cell',
    args: ['start'],
    input: ready(
      `test "$LAUNCH_HOOK $LAUNCH_CELL $LAUNCH_CELL_ID $LAUNCH_CELL_STATE" = 'ready demo 3 running'`,
    ),
    code: 0,
    steps: FULL,
    stderr: /^launch.sh: cell 'demo' is running, and ready\n$/,
    left: 'running',
  },
  {
    title: 'ready after some tries',
    args: ['start'],
    input: ready('echo x >>"$STUB_LOG.tries"; [ "$(wc -l <"$STUB_LOG.tries")" -ge 3 ]', 9),
    code: 0,
    steps: FULL,
    stderr: /is running, and ready\n$/,
    left: 'running',
  },
  {
    title: 'never ready: the cell is destroyed',
    ...undone,
    input: ready("printf 'no\\nanswer\\033[2J\\n'; exit 4"),
    stderr:
      /^launch.sh: ready: it said: answer\?\[2J\nlaunch.sh: ready: cell 'demo' is not ready after 2 s: 'printf .*' exited with code 4; .*\nlaunch.sh: clean-up: .* destroyed again\n$/,
  },
  {
    title: 'a command that hangs, and what it started: killed',
    ...undone,
    input: ready('sleep 62; :'),
    stderr: /ready: cell 'demo' is not ready after 2 s: 'sleep 62; :' did not end; /,
  },
  {
    title: 'the cell fails while it gets ready',
    ...undone,
    input: ready('echo failed >"$JAILHOUSE_SYSFS/cells/3/state"; false', 9),
    stderr: /ready: cell 'demo' is no longer running: its state is 'failed'; /,
  },
  {
    title: 'SIGTERM while it gets ready',
    ...undone,
    input: ready(': >"$STUB_LOG.reached"; sleep 63', 99),
    signal: 'SIGTERM',
    code: 143,
    stderr: /ready: interrupted by signal 15\n/,
  },
  {
    title: 'a dry run prints the command',
    args: ['start', '--dry-run'],
    input: ready("it's fine"),
    code: 0,
    steps: '',
    left: null,
    stderr: /^$/,
    stdout: /\nsh -c 'it'\\''s fine'\n$/,
  },
];

const failed = async (rig: LaunchRig): Promise<void> => rig.addCell(3, 'demo', 'failed');
/** A while, then SIGTERM: what the script says comes from it. */
const after = (seconds: number): string => `& pid=$!; sleep ${seconds}; kill $pid; wait $pid`;
/** The same, when the cell runs again, and the run that started it has ended. */
export const untilRestarted = (id: number | string, name: string): string =>
  `& pid=$!; until grep -q running "$JAILHOUSE_SYSFS/cells/${id}/state" 2>/dev/null && [ ! -L "$LAUNCH_RIG/run/jailhouse-bundle/${name}.lock" ]; do sleep 1; done; sleep 1; kill $pid; wait $pid`;
const watch = { args: ['watch'], arrange: failed } as const;

const watchCases: LaunchCase[] = [
  {
    title: 'watch restarts a cell that failed',
    ...watch,
    redirect: untilRestarted(3, 'demo'),
    code: 143,
    steps: `shutdown destroy ${FULL}`,
    stderr:
      /^launch.sh: watch: cell 'demo' is 'failed': restart 1 of 3 within 600 s\nlaunch.sh: cell 'demo' is running\nlaunch.sh: watch: interrupted by signal 15\n$/,
    left: 'running',
  },
  {
    title: 'watch gives up after three restarts',
    ...watch,
    env: { STUB_STATE: 'failed' },
    code: 1,
    steps: `shutdown destroy ${FULL} destroy ${FULL} destroy ${FULL} destroy`,
    stderr:
      /restart 3 of 3[^]*watch: the restart exited with code 1\nlaunch.sh: watch: cell 'demo' is 'absent', and was restarted 3 times within 600 s/,
    left: null,
  },
  {
    title: 'watch leaves a cell alone that runs',
    args: ['watch'],
    arrange: async (rig) => rig.addCell(3, 'demo', 'running'),
    redirect: after(3),
    code: 143,
    steps: '',
    stderr: /^launch.sh: watch: interrupted by signal 15\n$/,
    left: 'running',
  },
  {
    title: 'watch leaves a cell alone that is not there',
    args: ['watch'],
    redirect: after(3),
    code: 143,
    steps: '',
    stderr: /^launch.sh: watch: interrupted by signal 15\n$/,
    left: null,
  },
  {
    title: 'SIGTERM while watch restarts: the restart is undone',
    ...watch,
    env: { STUB_HANG: 'load' },
    signal: 'SIGTERM',
    code: 143,
    steps: 'shutdown destroy create load destroy',
    stderr: /load: interrupted by signal 15\n[^]*destroyed again\n[^]*watch: interrupted by signal 15\n$/,
    left: null,
  },
  {
    title: 'watch shows what the hypervisor said of it',
    ...watch,
    arrange: async (rig) => {
      await failed(rig);
      await writeFile(join(rig.sysfs, 'console'), 'Unhandled data read at 0x9060000(4)\n');
    },
    env: { STUB_FAIL: 'shutdown' },
    code: 1,
    steps: 'shutdown shutdown shutdown',
    stderr:
      /restart 1 of 3.*\n.*\nlaunch.sh: console: \| Unhandled data.*\nlaunch.sh: console: \^ arm-data: /,
    left: 'failed',
  },
];

export const stayingCases: readonly LaunchCase[] = [...readyCases, ...watchCases];
