import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FULL, type LaunchCase, nothing } from './case.ts';
import type { LaunchRig } from './rig.ts';

const prints =
  (text: string) =>
  async (rig: LaunchRig): Promise<void> =>
    writeFile(join(rig.sysfs, 'console'), text);

const LOG = `Initializing Jailhouse hypervisor v0.12
${Array.from({ length: 15 }, (_, index) => `Adding device ${index}`).join('\n')}
FATAL: Unhandled VM-Exit, reason 28
FATAL: Unhandled VM-Exit, reason 2
Parking CPU 2 (Cell: "\u001b[2Jdemo")
FATAL: Invalid MMIO/RAM write, addr: 0x00000000fed00000 size: 4`;

const MMIO = 'mmio-other: a read or write of memory that the cell does not have; fix: compare the address';

export const consoleCases: LaunchCase[] = [
  {
    title: 'a failed start prints the last lines of the console, and what is known of them',
    args: ['start'],
    arrange: prints(LOG),
    env: { STUB_STATE: 'failed' },
    code: 1,
    steps: `${FULL} destroy`,
    stderr: new RegExp(
      String.raw`^launch.sh: wait: .*\nlaunch.sh: console: the last lines of the hypervisor; .*\n(launch.sh: console: \| Adding device (?:7|8|9|10|11|12|13|14)\n){8}launch.sh: console: \| FATAL: Unhandled VM-Exit, reason 28\nlaunch.sh: console: \| FATAL: Unhandled VM-Exit, reason 2\nlaunch.sh: console: \^ triple-fault: .*\nlaunch.sh: console: \| Parking CPU 2 \(Cell: "\?\[2Jdemo"\)\nlaunch.sh: console: \| FATAL: Invalid MMIO.*\nlaunch.sh: console: \^ ${MMIO}.*\nlaunch.sh: clean-up: `,
    ),
    left: null,
  },
  ...['create', 'load', 'start'].map((step): LaunchCase => ({
    title: `cell ${step} fails: the console`,
    args: ['start'],
    arrange: prints(`hypervisor/pci.c:123: returning error -EINVAL\n`),
    env: { STUB_FAIL: step },
    code: 1,
    steps: { create: 'create', load: 'create load destroy', start: `${FULL} destroy` }[step]!,
    stderr:
      /console: \| hypervisor\/pci.c:123: .*\nlaunch.sh: console: \^ trace: the hypervisor gave up in that file, that line, with that errno; fix: /,
    left: null,
  })),
  {
    title: 'an empty console says nothing',
    args: ['start'],
    arrange: prints(''),
    env: { STUB_FAIL: 'load' },
    code: 1,
    steps: 'create load destroy',
    stderr: /^launch.sh: cell load: .*\nlaunch.sh: clean-up: .*\n$/,
    left: null,
  },
  {
    title: 'console, of sysfs',
    args: ['console'],
    arrange: prints(LOG),
    code: 0,
    ...nothing,
    stderr: /^$/,
    stdout: new RegExp(
      String.raw`^Initializing [^]*Cell: "\?\[2Jdemo"\)\nFATAL: Invalid MMIO.*\n  \^ ${MMIO}.*\n$`,
    ),
  },
  {
    title: 'console, by the tool',
    args: ['console'],
    code: 0,
    steps: 'console',
    left: null,
    stderr: /^$/,
    stdout: /^from the tool \nUnhandled MSR read: 1a0\n  \^ msr-other: a read or write of that MSR, which/,
  },
  {
    title: 'console, and the tool fails',
    args: ['console'],
    env: { STUB_FAIL: 'console' },
    code: 1,
    steps: 'console',
    left: null,
    stderr: /console: 'jailhouse console' exited with code 7/,
  },
  {
    title: 'console -f goes on until a signal',
    args: ['console', '-f'],
    arrange: prints(LOG),
    env: { STUB_FOLLOW: '1' },
    signal: 'SIGTERM',
    code: 143,
    steps: 'console',
    left: null,
    stderr: /^$/,
    stdout: /^from the tool -f\n/,
  },
  {
    title: 'console, and nobody reads',
    args: ['console', '-f'],
    env: { STUB_FOLLOW: '1' },
    redirect: '| :',
    code: 0,
    steps: 'console',
    left: null,
    stderr: /^$/,
  },
  {
    title: '-f without console',
    args: ['status', '-f'],
    code: 2,
    ...nothing,
    stderr: /-f: only for launch.sh console/,
  },
];
