import { appendFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { damage, type LaunchCase, nothing, off, running } from './case.ts';
import type { LaunchRig } from './rig.ts';

const drop =
  (name: string) =>
  async (rig: LaunchRig): Promise<void> =>
    rm(join(rig.bundle, name));
const sums =
  (text: string) =>
  async (rig: LaunchRig): Promise<void> =>
    writeFile(join(rig.bundle, 'SHA256SUMS'), text);

const kernelOnTarget = (path: string): NonNullable<LaunchCase['input']> => ({
  files: {
    loader: { in: 'installed' },
    kernel: { in: 'target', path },
    params: { in: 'bundle', path: 'params' },
  },
});
/** Signs a line for a file of the target that is not as it was. */
const strange =
  (path: string) =>
  async (rig: LaunchRig): Promise<void> =>
    appendFile(join(rig.bundle, 'SHA256SUMS'), `${'0'.repeat(64)}  ${path}\n`);

export const verifyCases: LaunchCase[] = [
  {
    title: 'verify passes on an intact bundle',
    args: ['verify'],
    code: 0,
    ...nothing,
    stderr: /as built/,
  },
  ...['2>&-', '2>/dev/full'].map((redirect): LaunchCase => ({
    title: `verify ${redirect}`,
    redirect,
    args: ['verify'],
    code: 0,
    ...nothing,
    stderr: /^$/,
  })),
  {
    title: 'verify names every changed file',
    args: ['verify'],
    arrange: async (rig) => {
      await damage('kernel')(rig);
      await damage('params')(rig);
    },
    code: 1,
    ...nothing,
    stderr: /kernel: differs from its digest[^]*params: differs from its digest/,
  },
  {
    title: 'start names a changed file and runs nothing',
    core: true,
    args: ['start'],
    arrange: damage('kernel'),
    code: 1,
    ...nothing,
    stderr: /verify: kernel: differs from its digest/,
  },
  {
    title: 'start names a missing file',
    args: ['start'],
    arrange: drop('params'),
    code: 1,
    ...nothing,
    stderr: /verify: params: is missing/,
  },
  {
    title: 'a dry run verifies as well',
    args: ['--dry-run'],
    arrange: damage('params'),
    code: 1,
    ...nothing,
    stderr: /verify: params/,
  },
  {
    title: 'SHA256SUMS is missing',
    args: [],
    arrange: drop('SHA256SUMS'),
    code: 1,
    ...nothing,
    stderr: /SHA256SUMS: is missing/,
  },
  {
    title: 'SHA256SUMS is empty',
    args: [],
    arrange: async (rig) => truncate(join(rig.bundle, 'SHA256SUMS')),
    code: 1,
    ...nothing,
    stderr: /SHA256SUMS: is empty/,
  },
  {
    title: 'SHA256SUMS is no list of digests',
    args: ['verify'],
    arrange: sums('some text\n'),
    code: 1,
    ...nothing,
    stderr: /SHA256SUMS: line 1 is malformed/,
  },
  {
    title: 'a line of SHA256SUMS is endless',
    args: ['verify'],
    arrange: sums(`${'a'.repeat(300_000)}\n`),
    code: 1,
    ...nothing,
    stderr: /^launch.sh: verify: SHA256SUMS: line 1 is malformed\n/,
  },
  {
    title: 'SHA256SUMS is endless',
    args: ['verify'],
    arrange: sums(`${'0'.repeat(64)}  kernel\n`.repeat(20_000)),
    code: 1,
    ...nothing,
    stderr: /^launch.sh: verify: .*SHA256SUMS: is larger than 1 MiB; install the whole bundle again\n$/,
  },
  {
    title: 'a listed name has what a terminal acts on',
    args: ['verify'],
    arrange: sums(`${'0'.repeat(64)}  Ł µ\x1b]0;owned\x07\x7f\u009b31m\n`),
    code: 1,
    ...nothing,
    stderr: /^launch.sh: verify: Ł µ\?\]0;owned\?\?\?31m: is missing\n/,
  },
  {
    title: 'SHA256SUMS leaves out a file that is loaded',
    args: ['verify'],
    arrange: async (rig) => rig.sign().then(() => sums(`${'0'.repeat(64)}  cell.cell`)(rig)),
    code: 1,
    ...nothing,
    stderr: /cell\.cell: differs from its digest[^]*kernel: is not listed in SHA256SUMS/,
  },
  {
    title: 'a file that stays on the target is missing',
    args: ['start'],
    input: kernelOnTarget('/no/such kernel'),
    arrange: strange('/no/such kernel'),
    code: 1,
    ...nothing,
    stderr:
      /verify: \/no\/such kernel: is missing; it stays on the target[^]*verify: files on the target are not those/,
  },
  {
    title: 'a file that stays on the target is another',
    args: ['start', '--dry-run'],
    input: kernelOnTarget('/bin/sh'),
    arrange: strange('/bin/sh'),
    code: 1,
    ...nothing,
    stderr: /verify: \/bin\/sh: differs from its digest in SHA256SUMS; it stays on the target/,
  },
  {
    title: 'a dry run elsewhere, without the files of the target',
    args: ['start', '--dry-run'],
    input: kernelOnTarget('/no/such kernel'),
    arrange: strange('/no/such kernel'),
    code: 0,
    ...nothing,
    stderr: /\/no\/such kernel: is missing/,
    stdout: /cell load demo .*'\/no\/such kernel'/,
  },
  {
    title: 'restart verifies before it stops the running cell',
    args: ['restart'],
    arrange: async (rig) => {
      await running(rig);
      await damage('kernel')(rig);
    },
    code: 1,
    steps: '',
    stderr: /verify: kernel/,
    left: 'running',
  },
];

export const checkCases: LaunchCase[] = [
  {
    title: 'Jailhouse is not enabled',
    args: ['start'],
    arrange: off,
    code: 1,
    ...nothing,
    stderr: /not enabled; .*launch\.sh start --enable/,
  },
  {
    title: 'Jailhouse is not enabled, and the bundle could not enable it',
    args: ['start'],
    input: { system: null },
    arrange: off,
    code: 1,
    ...nothing,
    stderr: /not enabled; run jailhouse enable with this machine's system config first/,
  },
  {
    title: 'the driver is not loaded',
    args: ['start'],
    arrange: async (rig) => rm(rig.sysfs, { recursive: true }),
    code: 1,
    ...nothing,
    stderr: /the jailhouse driver is not loaded: .*launch\.sh start --modprobe --enable do so\n$/,
  },
  {
    title: 'the wrong machine',
    args: ['start'],
    input: { machines: ['riscv64', 'armv7l'] },
    code: 1,
    ...nothing,
    stderr: /the bundle is for riscv64, armv7l/,
  },
  {
    title: 'the loader is missing',
    args: ['start'],
    env: { LINUX_LOADER: '/no/such loader' },
    code: 1,
    ...nothing,
    stderr: /loader: \/no\/such loader: is missing/,
  },
  {
    title: 'the loader is a folder',
    args: ['start'],
    env: { LINUX_LOADER: '/' },
    code: 1,
    ...nothing,
    stderr: /loader: \/: is not a file/,
  },
  {
    title: 'the loader is empty',
    args: ['start'],
    arrange: async (rig) => truncate(rig.loader),
    code: 1,
    ...nothing,
    stderr: /loader: .*: is empty/,
  },
  {
    title: 'no loader is installed',
    args: ['start'],
    env: { LINUX_LOADER: '' },
    code: 1,
    ...nothing,
    stderr: /loader: \/usr\/local\/libexec\/jailhouse\/linux-loader.bin: is missing/,
  },
  {
    title: 'the jailhouse tool is missing',
    args: ['start'],
    env: { JAILHOUSE: '/no/such tool' },
    code: 1,
    ...nothing,
    stderr: /jailhouse: \/no\/such tool: is not a program/,
  },
  {
    title: 'the jailhouse tool is nowhere in PATH',
    args: ['start'],
    env: { JAILHOUSE: '' },
    code: 1,
    ...nothing,
    stderr: /neither in PATH nor in \/usr\/local\/sbin/,
  },
  {
    title: 'the cell already exists',
    args: ['start'],
    arrange: running,
    code: 1,
    steps: '',
    stderr: /there already, running; use launch\.sh restart/,
    left: 'running',
  },
  {
    title: 'a dry run only remarks what would stop it',
    args: ['start', '--dry-run'],
    arrange: off,
    code: 0,
    ...nothing,
    stderr: /not enabled/,
    stdout: /cell create .*\n.* cell load demo .*\n.* cell start demo\n$/,
  },
];
