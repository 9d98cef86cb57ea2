import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CellProject, GOOD_MANIFEST } from '../helpers/cell-project.ts';
import { run, runProcess, type CliOutcome } from '../helpers/cli.ts';
import { DIES, installFakeQemu, REACHES_INIT, type FakeQemu } from '../helpers/fake-qemu.ts';

interface Built extends CliOutcome {
  /** What is in the output's folder. */
  written: string[];
}

const BUILD = ['build', '--boot', '-o', 'out'];

/** Builds the manifest of a good project, with a QEMU that only acts. */
async function build(
  act: FakeQemu | null,
  { manifest = GOOD_MANIFEST, args = [] }: { manifest?: string; args?: readonly string[] } = {},
): Promise<Built> {
  const project = await CellProject.create({ 'demo.cell.yaml': manifest });
  mkdirSync(project.path('out'));
  const env = act === null ? { PATH: '/nowhere' } : (await installFakeQemu(project.folder, act)).env;
  const outcome = await run([...BUILD, ...args, 'demo.cell.yaml'], { cwd: project.folder, env });
  return { ...outcome, written: readdirSync(project.path('out')) };
}

describe('build --boot', () => {
  test('writes what starts, and says what that does not show', async () => {
    const { code, stdout, stderr, written } = await build({ prints: REACHES_INIT });
    expect({ code, written }).toEqual({ code: 0, written: ['demo.tar'] });
    expect(stdout).toMatch(/^[0-9a-f]{64} {2}out\/demo\.tar\n$/);
    expect(stderr).toMatch(/^demo\.cell\.yaml boots: user space on CPU 1, system call 12 /m);
    expect(stderr).toContain('not shown: devices of the cell');
  });

  test('writes nothing that dies: the line, what it means, the rule that foresees it, the kernel', async () => {
    const { code, stdout, stderr, written } = await build(DIES);
    expect({ code, stdout, written }).toEqual({ code: 1, stdout: '', written: [] });
    expect(stderr).toContain('demo.cell.yaml:4:10: error boot/died');
    expect(stderr).toContain('the cell died: FATAL: Invalid PIO read, port: 61 size: 1');
    expect(stderr).toContain('means:  the kernel uses the PC timer or speaker (port 61)');
    expect(stderr).toContain('checks: kernel/jailhouse-guest');
    expect(stderr).toContain('nothing is written');
  });

  test('leaves the bundle of before alone', async () => {
    const project = await CellProject.create();
    const { env } = await installFakeQemu(project.folder, DIES);
    mkdirSync(project.path('out'));
    writeFileSync(project.path('out/demo.tar'), 'before');
    const outcome = await run([...BUILD, 'demo.cell.yaml'], { cwd: project.folder, env });
    expect(outcome.code).toBe(1);
    expect(readFileSync(project.path('out/demo.tar'), 'utf8')).toBe('before');
  });

  test('is as the manifest asks; to be undecided is no start', async () => {
    const manifest = `${GOOD_MANIFEST}boot: { expect: 'login:', timeout: 1 }\n`;
    const { code, stderr, written } = await build({ prints: REACHES_INIT }, { manifest });
    expect({ code, written }).toEqual({ code: 1, written: [] });
    expect(stderr).toContain('demo.cell.yaml:9:17: error boot/undecided');
    expect(stderr).toContain('no line matched /login:/, though a program of the guest ran');
    expect(stderr).toContain('the guest printed last:\n      Linux version 6.1');
  });

  test('fails without QEMU: it cannot be known', async () => {
    const { code, stderr, written } = await build(null);
    expect({ code, written }).toEqual({ code: 1, written: [] });
    expect(stderr).toContain('whether the bundle starts is not known: qemu-system-x86_64 is not installed');
    expect(stderr).toMatch(/fix: +install it: .* apt-get install qemu-system-x86; or build without --boot$/m);
  });

  test('starts no bundle of a manifest with errors', async () => {
    const project = await CellProject.create({
      'demo.cell.yaml': GOOD_MANIFEST.replace('ttyS0,115200', 'ttyS1 8250.nr_uarts=4'),
    });
    const { env, starts } = await installFakeQemu(project.folder, { prints: REACHES_INIT });
    const { code } = await run([...BUILD, 'demo.cell.yaml'], { cwd: project.folder, env });
    expect({ code, starts: starts() }).toEqual({ code: 1, starts: 0 });
  });

  test('starts a kernel that stays on the target', async () => {
    const manifest = `${GOOD_MANIFEST}bundle: { kernel: /boot/bzImage, compress: gzip }\n`;
    const { code, written } = await build({ prints: REACHES_INIT }, { manifest });
    expect({ code, written }).toEqual({ code: 0, written: ['demo.tar.gz'] });
  });

  test.each([
    ['that start', { prints: REACHES_INIT }, 'booted', true],
    ['that die', DIES, 'died', false],
  ] as const)('tells programs of bundles %s', async (_, act, verdict, ok) => {
    const { stdout } = await build(act, { args: ['--json'] });
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ command: 'build', ok, subjects: [{ ok, boot: { verdict } }] });
    expect(report.findings.map(({ rule }: { rule: string }) => rule)).toEqual(ok ? [] : ['boot/died']);
    expect(report.subjects[0].bundle === null).toBe(!ok);
  });

  test('an interrupted one ends QEMU, and leaves no files', async () => {
    const project = await CellProject.create();
    const { env, pidFile } = await installFakeQemu(project.folder, { prints: REACHES_INIT.slice(0, 1) });
    for (const name of ['tmp', 'out']) mkdirSync(project.path(name));
    const outcome = await runProcess([...BUILD, 'demo.cell.yaml'], {
      cwd: project.folder,
      env: { ...env, TMPDIR: project.path('tmp') },
      meanwhile: { when: () => existsSync(pidFile), act: (child) => void child.kill('SIGINT') },
    });
    expect(outcome.code).toBe(130);
    expect([...readdirSync(project.path('tmp')), ...readdirSync(project.path('out'))]).toEqual([]);
  });
});
