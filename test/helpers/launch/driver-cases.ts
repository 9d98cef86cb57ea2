import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FULL, type LaunchCase, nothing } from './case.ts';
import { noRun } from './hook-cases.ts';
import type { LaunchRig } from './rig.ts';

/** What the kernel runs, wherever it is. */
async function addModprobe(rig: LaunchRig, script: string): Promise<void> {
  await rig.addTool('mod probe', script);
  await mkdir(join(rig.folder, 'proc/sys/kernel'), { recursive: true });
  await writeFile(join(rig.folder, 'proc/sys/kernel/modprobe'), `${join(rig.folder, 'tools/mod probe')}\n`);
}

/** The driver is not loaded, and `modprobe` does this. */
export const absent =
  (modprobe: string) =>
  async (rig: LaunchRig): Promise<void> => {
    await rm(rig.sysfs, { recursive: true });
    await addModprobe(rig, modprobe);
  };
/** It loads the driver. */
export const LOADS = `[ "$*" = jailhouse ] || exit 9
mkdir -p "$JAILHOUSE_SYSFS/cells"
echo 0 >"$JAILHOUSE_SYSFS/enabled"`;
const failed = { args: ['start', '--modprobe', '--enable'], code: 1, ...nothing } as const;

export const driverCases: LaunchCase[] = [
  {
    title: '--modprobe loads the driver that is absent, and says so',
    args: ['start', '--modprobe', '--enable'],
    arrange: absent(LOADS),
    code: 0,
    steps: `enable ${FULL}`,
    stderr: /^launch.sh: modprobe: the jailhouse driver was not loaded; it is now\n.* is running\n$/,
    left: 'running',
  },
  {
    title: '--modprobe runs nothing where the driver is loaded',
    args: ['restart', '--modprobe'],
    arrange: (rig) => addModprobe(rig, 'exit 9'),
    code: 0,
    steps: FULL,
    stderr: /^launch.sh: cell 'demo' is running\n$/,
    left: 'running',
  },
  {
    title: '--modprobe does not enable Jailhouse',
    args: ['start', '--modprobe'],
    arrange: absent(LOADS),
    code: 1,
    ...nothing,
    stderr: /it is now\n.*enabled: Jailhouse is not enabled; .*launch.sh start --enable do so\n$/,
  },
  {
    title: '--modprobe, and the cell fails: the driver stays loaded',
    args: ['start', '--modprobe', '--enable'],
    arrange: absent(LOADS),
    env: { STUB_FAIL: 'load' },
    code: 1,
    steps: 'enable create load destroy',
    stderr: /stays enabled\n.*the jailhouse driver, loaded by this run, stays loaded\n$/,
    left: null,
  },
  {
    title: 'modprobe fails: what it said',
    ...failed,
    arrange: absent(
      "printf 'modprobe: FATAL: Module jailhouse not found\\nin \\033[2J/lib/modules' >&2\nexit 3",
    ),
    stderr:
      /^launch.sh: modprobe: it said: modprobe: FATAL: Module jailhouse not found\nlaunch.sh: modprobe: it said: in \?\[2J\/lib\/modules\nlaunch.sh: modprobe: 'modprobe jailhouse' exited with code 3; the driver must be built for the kernel/,
  },
  {
    title: 'modprobe does nothing',
    ...failed,
    arrange: absent('exit 0'),
    stderr: /exited with code 0, and still there is no .*sys fs; see dmesg\n$/,
  },
  {
    title: 'modprobe hangs',
    ...failed,
    arrange: absent('exec sleep 60'),
    env: { LAUNCH_STEP_TIMEOUT: '1' },
    stderr: /^launch.sh: modprobe: 'modprobe jailhouse' did not end within 1 s/,
  },
  {
    title: 'modprobe is nowhere, and /run cannot be written',
    ...failed,
    arrange: async (rig) => {
      await absent('exit 127')(rig);
      await noRun(rig);
    },
    stderr: /^(?:launch.sh: lock: .*\n)+launch.sh: modprobe: 'modprobe jailhouse' exited with code 127/,
  },
  {
    title: 'a dry run says how the driver would be loaded',
    args: ['start', '--modprobe', '--enable', '--dry-run'],
    arrange: absent('exit 9'),
    code: 0,
    ...nothing,
    stderr: /^$/,
    stdout:
      /^'.*mod probe' jailhouse\n.* enable .*\n.* cell create .*\n.* cell load demo .*\n.* cell start demo\n$/,
  },
  {
    title: 'the driver that was loaded is of another release',
    ...failed,
    arrange: absent(
      `${LOADS}\nmkdir -p "$LAUNCH_RIG/sys/module/jailhouse"\necho v0.11 >"$LAUNCH_RIG/sys/module/jailhouse/version"`,
    ),
    stderr: /release: the installed Jailhouse is v0.11, the bundle is for 0.12/,
  },
];
