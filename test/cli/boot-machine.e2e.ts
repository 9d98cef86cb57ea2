import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Folder } from '../helpers/cell-files.ts';
import { run, type CliOutcome } from '../helpers/cli.ts';
import {
  DIES,
  installFakeQemu,
  REACHES_INIT,
  type FakeQemu,
  type InstalledQemu,
} from '../helpers/fake-qemu.ts';
import { MACHINE, machineFiles } from '../helpers/machine-project.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create(machineFiles());
});
afterEach(() => folder.remove());

interface Tried extends CliOutcome {
  qemu: InstalledQemu;
}

/** Builds the machine's bundle. */
async function build(): Promise<void> {
  expect(await run(['build', 'board.machine.yaml'], { cwd: folder.at('') })).toMatchObject({ code: 0 });
}

/** Runs a command in the project, with a QEMU that only acts. */
async function tried(act: FakeQemu, ...args: string[]): Promise<Tried> {
  const qemu = await installFakeQemu(folder.at(''), act);
  return { ...(await run(args, { cwd: folder.at(''), env: qemu.env })), qemu };
}

interface Subject {
  file: string;
  cell: string | null;
  ok: boolean;
  verdict: string;
}

const subjectsOf = ({ stdout }: CliOutcome): (string | boolean | null)[][] =>
  (JSON.parse(stdout) as { subjects: Subject[] }).subjects.map(({ file, cell, ok, verdict }) => [
    file,
    cell,
    ok,
    verdict,
  ]);

const write = (text: string): Promise<void> => folder.write({ 'board.machine.yaml': text });

/** The cell without Linux alone. */
const BARE = `system: root.cell\ncells:\n${MACHINE.slice(MACHINE.indexOf('  - name: rtos'))}`;

describe('a bundle', () => {
  beforeEach(build);

  test('each cell with Linux is started, in the order of the bundle; the others are named', async () => {
    const { code, stdout, stderr, qemu } = await tried({ prints: REACHES_INIT }, 'boot', 'board.tar');
    expect({ code, stderr, starts: qemu.starts() }).toEqual({ code: 0, stderr: '', starts: 2 });
    expect(stdout.split('\n').filter((line) => line.startsWith('board.tar'))).toEqual([
      'board.tar (rtos) was not started: it has no Linux',
      expect.stringMatching(/^board\.tar \(linux\) boots: user space on CPU 1/),
      expect.stringMatching(/^board\.tar \(gateway\) boots: user space on CPU 1/),
    ]);
  });

  test('JSON and JUnit name the cell', async () => {
    const json = await tried(DIES, 'boot', '--json', '-j', '2', 'board.tar');
    expect(json.code).toBe(1);
    expect(subjectsOf(json)).toEqual([
      ['board.tar', 'rtos', true, 'skipped'],
      ['board.tar', 'linux', false, 'died'],
      ['board.tar', 'gateway', false, 'died'],
    ]);
    const { stdout } = await tried(DIES, 'boot', '--format', 'junit', 'board.tar');
    expect(stdout).toContain('tests="3" failures="2" errors="0" skipped="1"');
    expect(stdout).toContain('<testcase name="boot/died" classname="board.tar (linux)"');
    expect(stdout).toMatch(/classname="board\.tar \(rtos\)".*<skipped message="it has no Linux"\/>/);
  });

  test('lines of the console have the cell in front; no files are left', async () => {
    const tmp = folder.at('tmp');
    mkdirSync(tmp);
    const qemu = await installFakeQemu(folder.at(''), { prints: REACHES_INIT });
    const { stdout } = await run(['boot', '--console', 'board.tar'], {
      cwd: folder.at(''),
      env: { ...qemu.env, TMPDIR: tmp },
    });
    expect(stdout).toContain('linux: Linux version 6.1\n');
    expect(stdout).toContain('gateway: Linux version 6.1\n');
    await expect.poll(() => readdirSync(tmp)).toEqual([]);
  });
});

test('a bundle whose kernel stays on the target takes it by --kernel, for that cell alone', async () => {
  await write(MACHINE.replace('after: [rtos]', "after: [rtos]\n    bundle: { kernel: '/boot/bzImage' }"));
  await build();
  const without = await tried({ prints: REACHES_INIT }, 'boot', '--json', 'board.tar');
  expect(without.code).toBe(3);
  expect(subjectsOf(without).map(([, cell, , verdict]) => [cell, verdict])).toEqual([
    ['rtos', 'skipped'],
    ['linux', 'not-run'],
    ['gateway', 'booted'],
  ]);
  expect(await tried({ prints: REACHES_INIT }, 'boot', '--kernel', 'bzImage', 'board.tar')).toMatchObject({
    code: 0,
  });
});

describe('a machine file', () => {
  test('is checked, and each of its cells with Linux is started', async () => {
    const { code, stdout, stderr } = await tried({ prints: REACHES_INIT }, 'boot', 'board.machine.yaml');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^board\.machine\.yaml \(linux\) boots/m);
    expect(stdout).toMatch(/^gateway\.cell\.yaml \(gateway\) boots/m);
    expect(stdout).toMatch(/^board\.machine\.yaml \(rtos\) was not started: it has no Linux$/m);
  });

  test('is started as the manifests of its cells ask', async () => {
    await write(
      `${MACHINE.replace('after: [rtos]', "after: [rtos]\n    boot: { expect: 'login:', timeout: 1 }")}`,
    );
    const outcome = await tried({ prints: REACHES_INIT }, 'boot', '--json', 'board.machine.yaml');
    expect(outcome.code).toBe(4);
    expect(subjectsOf(outcome)[0]).toEqual(['board.machine.yaml', 'linux', false, 'undecided']);
  });

  test('with an error, none of its cells is started', async () => {
    await write(MACHINE.replace('at: 0x0', 'at: 0x80000000'));
    const { code, stderr, qemu } = await tried({ prints: REACHES_INIT }, 'boot', 'board.machine.yaml');
    expect({ code, starts: qemu.starts() }).toEqual({ code: 1, starts: 0 });
    expect(stderr).toContain('board.machine.yaml (linux) is not started: its machine has errors');
    expect(stderr).toContain('--force');
  });

  test('that cannot be read could not be tried', async () => {
    await write('system: root.cell\ncells: [ missing.cell.yaml ]\n');
    expect((await tried({}, 'boot', 'board.machine.yaml')).code).toBe(3);
  });

  test('without Linux has nothing to start', async () => {
    await write(BARE);
    const { code, stdout } = await tried({}, 'boot', 'board.machine.yaml');
    expect(code).toBe(3);
    expect(stdout).toContain('no cell of the machine has Linux: there is nothing to start');
  });

  test('names the kernels of its cells itself', async () => {
    const { code, stderr } = await tried({}, 'boot', '--kernel', 'bzImage', 'board.machine.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('board.machine.yaml names the kernels and initrds of its cells');
  });
});

describe('build --boot', () => {
  test('writes the bundle of a machine whose cells start', async () => {
    const { code, stderr, qemu } = await tried(
      { prints: REACHES_INIT },
      'build',
      '--boot',
      'board.machine.yaml',
    );
    expect({ code, starts: qemu.starts() }).toEqual({ code: 0, starts: 2 });
    expect(existsSync(folder.at('board.tar'))).toBe(true);
    expect(stderr).toMatch(/^board\.machine\.yaml \(linux\) boots/m);
    expect(stderr).toMatch(/^board\.machine\.yaml \(rtos\) was not started: it has no Linux$/m);
  });

  test('writes nothing if one of them dies, and says which', async () => {
    const outcome = await tried(DIES, 'build', '--boot', '--json', 'board.machine.yaml');
    expect(outcome.code).toBe(1);
    expect(existsSync(folder.at('board.tar'))).toBe(false);
    const { subjects } = JSON.parse(outcome.stdout) as {
      subjects: { file: string; cell: string | null; boot: { verdict: string } | null; bundle: unknown }[];
    };
    expect(subjects.map(({ file, cell, boot, bundle }) => [file, cell, boot?.verdict, bundle])).toEqual([
      ['board.machine.yaml', null, undefined, null],
      ['board.machine.yaml', 'linux', 'died', null],
      ['gateway.cell.yaml', null, 'died', null],
      ['board.machine.yaml', 'rtos', undefined, null],
    ]);
  });
});
