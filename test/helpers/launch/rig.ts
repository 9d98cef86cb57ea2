import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { machine, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { launchScript } from '../../../src/bundle/launch/script.ts';
import type { LaunchInput } from '../../../src/bundle/launch/types.ts';
import { HOOK, STUB } from './stub.ts';

/** A shell to run the script with, and the PATH that it gets. */
export interface Shell {
  command: readonly string[];
  path: string;
}

/** The shell, with its standard streams as another shell sets them up. */
export const redirected = ({ command, path }: Shell, redirect = ''): Shell => ({
  command: redirect === '' ? command : ['sh', '-c', `exec "$@" ${redirect}`, 'sh', ...command],
  path,
});

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export const launchInput = (more: Partial<LaunchInput> = {}): LaunchInput => ({
  name: 'demo',
  cellName: 'demo',
  machines: [machine()],
  release: '0.12',
  releases: ['0.12'],
  compatible: [],
  version: null,
  cell: 'cell.cell',
  system: 'system.cell',
  hooks: new Map(),
  ready: null,
  restart: 'never',
  load: [
    { kind: 'image', role: 'loader', address: 0n, size: null },
    { kind: 'image', role: 'kernel', address: 0xffc800n, size: 1_428_128n },
    { kind: 'image', role: 'params', address: 0x1000n, size: 4420n },
  ],
  files: {
    loader: { in: 'installed' },
    kernel: { in: 'bundle', path: 'kernel' },
    params: { in: 'bundle', path: 'params' },
  },
  ...more,
});

const BUNDLED = [
  'launch.sh',
  'bundle.json',
  'cell.cell',
  'system.cell',
  'kernel',
  'params',
  'linux-loader.bin',
];

/** The script, with the machine's folders in the rig. */
export const inRig = (script: string): string =>
  script.replaceAll(/=(?=\/(?:run|sys|etc|var|proc\/(?:device-tree|meminfo|sys))\b)/g, '="$LAUNCH_RIG"');

/** What a bundle has beside `launch.sh`. */
export interface RigBundle {
  script: string;
  files: readonly string[];
  /** The content of cell configs: the cell's name, for the stub. */
  configs: Readonly<Record<string, string>>;
}

/** A bundle, a fake sysfs and a recording `jailhouse`, in a folder with blanks and quotes in its name. */
export class LaunchRig {
  readonly folder: string;
  readonly bundle: string;
  readonly sysfs: string;
  readonly jailhouse: string;
  readonly loader: string;
  readonly input: LaunchInput;
  readonly #files: readonly string[];

  private constructor(folder: string, input: LaunchInput, bundle: RigBundle | undefined) {
    this.folder = folder;
    this.bundle = join(folder, "the bundle's $folder");
    this.sysfs = join(folder, 'sys fs');
    this.jailhouse = join(folder, 'bin', 'jailhouse');
    this.loader = join(folder, 'installed loader.bin');
    this.input = input;
    this.#files = bundle
      ? ['launch.sh', 'bundle.json', ...bundle.files]
      : [...BUNDLED, ...input.hooks.values()];
  }

  /** @param bundle of a machine; without it, that of `input` */
  static async create(input: LaunchInput, bundle?: RigBundle): Promise<LaunchRig> {
    const rig = new LaunchRig(await mkdtemp(join(tmpdir(), 'launch rig ')), input, bundle);
    await mkdir(rig.bundle);
    await mkdir(join(rig.folder, 'bin'));
    await mkdir(join(rig.folder, 'run'));
    await mkdir(join(rig.folder, 'tools'));
    await mkdir(join(rig.folder, 'proc'));
    await rig.setMemory(1 << 20);
    await mkdir(join(rig.sysfs, 'cells'), { recursive: true });
    await writeFile(join(rig.sysfs, 'enabled'), '1\n');
    await writeFile(rig.jailhouse, STUB, { mode: 0o755 });
    await writeFile(rig.loader, 'the loader');
    for (const name of rig.#files) {
      await mkdir(dirname(join(rig.bundle, name)), { recursive: true });
      const content = name.startsWith('hooks/') ? HOOK : `content of ${name}`;
      await writeFile(join(rig.bundle, name), bundle?.configs[name] ?? content);
    }
    await writeFile(join(rig.bundle, 'launch.sh'), inRig(bundle?.script ?? launchScript(input)));
    await chmod(join(rig.bundle, 'launch.sh'), 0o755);
    await rig.sign();
    await rig.addCell(0, 'RootCell', 'running');
    return rig;
  }

  /** Writes SHA256SUMS over the bundle's files and, by absolute path, `targets`. */
  async sign(targets: readonly string[] = []): Promise<void> {
    const lines = [];
    for (const name of [...this.#files, ...targets]) {
      const bytes = await readFile(name.startsWith('/') ? name : join(this.bundle, name));
      lines.push(`${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`);
    }
    await writeFile(join(this.bundle, 'SHA256SUMS'), lines.join(''));
  }

  /** Says how much memory is available, in KiB. */
  async setMemory(available: number): Promise<void> {
    const lines = `MemTotal: 4194304 kB\nMemAvailable:   ${available} kB\n`;
    await writeFile(join(this.folder, 'proc/meminfo'), lines);
  }

  /** What runs keep in /run. */
  async kept(): Promise<string[]> {
    return readdir(join(this.folder, 'run/jailhouse-bundle')).catch(() => []);
  }

  /** Puts a program before those in PATH. */
  async addTool(name: string, script: string): Promise<void> {
    await writeFile(join(this.folder, 'tools', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  /** A cell that somebody else created. */
  async addCell(id: number | string, name: string, state: string, end = '\n'): Promise<void> {
    const folder = join(this.sysfs, 'cells', String(id));
    await mkdir(folder);
    await writeFile(join(folder, 'name'), name + end);
    await writeFile(join(folder, 'state'), state + end);
  }

  /** The state of the cell with this id (the stub's own is 3); null without it. */
  async state(id: number | string = 3): Promise<string | null> {
    const file = join(this.sysfs, 'cells', String(id), 'state');
    return existsSync(file) ? (await readFile(file, 'utf8')).trimEnd() : null;
  }

  /** The argument vectors that the stub was called with; private copies by the names of their files. */
  async calls(): Promise<string[][]> {
    const log = join(this.folder, 'log');
    if (!existsSync(log)) return [];
    const records = (await readFile(log, 'utf8')).split('\0\0');
    const copies = /^.*\/run\/jailhouse-bundle\/files\.\d+\.\d+\.\w+\/(?:target|(files))/;
    const original = (word: string): string => word.replace(copies, (_, files) => (files ? this.bundle : ''));
    return records.slice(0, -1).map((record) => record.split('\0').map(original));
  }

  environment(shell: Shell, more: Record<string, string> = {}): Record<string, string> {
    return {
      PATH: `${join(this.folder, 'tools')}:${shell.path}`,
      LAUNCH_RIG: this.folder,
      JAILHOUSE: this.jailhouse,
      JAILHOUSE_SYSFS: this.sysfs,
      LINUX_LOADER: this.loader,
      LAUNCH_TIMEOUT: '1',
      STUB_LOG: join(this.folder, 'log'),
      STUB_BUNDLE: this.bundle,
      STUB_CELL: this.input.cellName,
      JAILHOUSE_NOTE: join(this.folder, 'note'),
      ...more,
    };
  }

  /** Runs the script; with `signal`, sends it (to the whole `group`, or to the script) once the stub says that it has reached `STUB_HANG` or `STUB_MARK`. */
  async run(
    shell: Shell,
    args: readonly string[],
    options: {
      env?: Record<string, string>;
      cwd?: string;
      script?: string;
      signal?: NodeJS.Signals;
      group?: true;
    } = {},
  ): Promise<Outcome> {
    const [command, ...words] = [...shell.command, options.script ?? join(this.bundle, 'launch.sh'), ...args];
    const env = this.environment(shell, options.env);
    const child = spawn(command!, words, { env, cwd: options.cwd ?? this.folder, detached: true });
    const outcome: Outcome = { code: null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (outcome.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (outcome.stderr += text));
    const closed = new Promise<void>((resolve, reject) => {
      child.on('error', reject).on('close', (code) => {
        outcome.code = code;
        resolve();
      });
    });
    if (options.signal !== undefined) {
      while (!existsSync(join(this.folder, 'log.reached')) && child.exitCode === null) await delay(10);
      process.kill(options.group ? -child.pid! : child.pid!, options.signal);
    }
    await closed;
    return outcome;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
