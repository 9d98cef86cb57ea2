import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FULL, type LaunchCase, nothing } from './case.ts';
import type { LaunchRig } from './rig.ts';

/** What a file of the target says. */
const says =
  (file: string, text: string) =>
  async (rig: LaunchRig): Promise<void> => {
    await mkdir(dirname(join(rig.folder, file)), { recursive: true });
    await writeFile(join(rig.folder, file), text);
  };

const TREE = 'proc/device-tree/compatible';
const PRODUCT = 'sys/class/dmi/id/product_name';
const STATE = 'var/lib/jailhouse-bundle/demo.version';

const started = { args: ['start'], code: 0, steps: FULL, left: 'running' } as const;
const refused = { args: ['start'], code: 1, ...nothing } as const;
const QUIET = /^launch.sh: cell 'demo' is running\n$/;

const boards: LaunchCase[] = [
  {
    title: 'the board is one of those that the bundle is for',
    ...started,
    input: { compatible: ['acme,rover', "acme,it's $x"] },
    arrange: says(TREE, "acme,it's $x-rev2\0acme,it's $x\0ti,j721e\0"),
    stderr: QUIET,
  },
  {
    title: 'the firmware names the board',
    ...started,
    input: { compatible: ['Rover [1] *'] },
    arrange: says(PRODUCT, 'Rover [1] *\n'),
    stderr: QUIET,
  },
  {
    title: 'another board',
    ...refused,
    input: { compatible: ['acme,rover', 'acme,*'] },
    arrange: says(TREE, 'acme,rover-mini\0ti,j721e\0'),
    stderr:
      /^launch.sh: compatible: this board is acme,rover-mini, ti,j721e; the bundle is for acme,rover, acme,\*\n$/,
  },
  {
    title: 'a board that nothing names',
    ...refused,
    input: { compatible: ['acme,rover'] },
    stderr: /compatible: this board is of unknown kind: neither .* names it; the bundle is for acme,rover\n$/,
  },
  {
    title: 'another board, a dry run',
    ...started,
    args: ['start', '--dry-run'],
    input: { compatible: ['acme,rover'] },
    arrange: says(PRODUCT, 'PC\n'),
    ...nothing,
    stderr: /^launch.sh: compatible: this board is PC; the bundle is for acme,rover\n$/,
    stdout: /cell create/,
  },
];

const release = (installed: string) => says('sys/module/jailhouse/version', `${installed}\n`);
const releases: LaunchCase[] = [
  ...['v0.12', 'v0.12 (0-g92db71f2)', ''].map((installed): LaunchCase => ({
    title: `Jailhouse is '${installed}'`,
    ...started,
    arrange: release(installed),
    stderr: QUIET,
  })),
  ...['v0.11', 'v0.9.1 (0-g1f73b6a3)'].map((installed): LaunchCase => ({
    title: `Jailhouse is '${installed}'`,
    ...refused,
    arrange: release(installed),
    stderr: new RegExp(
      `^launch.sh: release: the installed Jailhouse is ${installed.replace(/[()]/g, '\\$&')}, the bundle is for 0.12;`,
    ),
  })),
  ...['v0.12 (45-g92db71f2)', 'v0.11 (0-g92db71f2-dirty)'].map((installed): LaunchCase => ({
    title: `Jailhouse is '${installed}'`,
    ...started,
    arrange: release(installed),
    stderr:
      /^launch.sh: release: the installed Jailhouse is v0.1.*: not compared, as one of them is not a release\n.*running\n$/,
  })),
  {
    title: 'the bundle is for Jailhouse of git',
    ...started,
    input: { release: 'git since 2023-01', releases: [] },
    arrange: release('v0.12'),
    stderr: /is v0.12, the bundle is for git since 2023-01: not compared, as one of them is not a release/,
  },
];

const noted = (version: string) => says(STATE, version);
const versions: LaunchCase[] = [
  { title: 'versions are not noted', ...started, input: { version: 3 }, stderr: QUIET },
  ...['2\n', '3', '3\n'].map((last): LaunchCase => ({
    title: `version 3 after ${last.trim()}`,
    ...started,
    input: { version: 3 },
    arrange: noted(last),
    stderr: QUIET,
  })),
  ...([3, 9, null] as const).map((version): LaunchCase => ({
    title: `version ${version} after 10`,
    ...refused,
    input: { version },
    arrange: noted('10\n'),
    stderr: new RegExp(
      `version: version 10 of 'demo' was started before, and this bundle has ${version ?? 'no version'}; to go back, remove `,
    ),
  })),
  {
    title: 'what is noted is not a version',
    ...refused,
    input: { version: 3 },
    arrange: noted('x\n'),
    stderr: /version: .*demo\.version: is not a version; to start this bundle, remove that file/,
  },
];

/** Whether the bundle is for this board and this Jailhouse, and is not an old one. */
export const gateCases: LaunchCase[] = [...boards, ...releases, ...versions];

/** The version that was started last, as the rig's machine notes it. */
export const notedVersion = async (rig: LaunchRig): Promise<string> =>
  readFile(join(rig.folder, STATE), 'utf8');
