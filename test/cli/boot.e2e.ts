import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CellProject, GOOD_MANIFEST } from '../helpers/cell-project.ts';
import { run, runProcess, type CliOutcome } from '../helpers/cli.ts';
import { boot } from '../helpers/fake-boot.ts';
import { DIES, installFakeQemu, REACHES_INIT as USER, type FakeQemu } from '../helpers/fake-qemu.ts';

describe('exit codes', () => {
  test('3: QEMU ends before the cell starts; what it said is told', async () => {
    const complaint = 'qemu-system-x86_64: cannot set up guest memory\n';
    const { code, stdout } = await boot({ exit: { code: 1, complaint } });
    expect(code).toBe(3);
    expect(stdout).toContain(
      'QEMU ended before the cell started: qemu-system-x86_64: cannot set up guest memory',
    );
  });

  test('3: the monitor has a fault, which says nothing about the cell', async () => {
    const { code, stdout } = await boot({ prints: [['monitor', 'box: error: no SVM\n']], exit: { code: 1 } });
    expect(code).toBe(3);
    expect(stdout).toContain('boot/monitor');
  });

  test('3: the cell has regions that the monitor has no page tables for', async () => {
    const line = "box: error: the cell's regions need more page tables than there is room for\n";
    const { code, stdout } = await boot({ prints: [['monitor', line]], exit: { code: 1 } });
    expect(code).toBe(3);
    expect(stdout).toContain('boot/too-large');
    expect(stdout).toContain('boot the cell on the target');
  });

  test('4: nothing is decided in time', async () => {
    const { code, stdout } = await boot({ prints: USER.slice(0, 2) }, ['--timeout', '3']);
    expect(code).toBe(4);
    expect(stdout).toContain('no sign of init came: nothing was printed for 1 s');
    expect(stdout).toContain('    Linux version 6.1');
  });

  test('3: QEMU runs, and the cell does not start', async () => {
    const { code, stdout } = await boot({ prints: [['console', '\x1b[2J\x00\xff garbage']] }, [
      '--timeout',
      '3',
    ]);
    expect(code).toBe(3);
    expect(stdout).toContain('QEMU did not start the cell: nothing was printed for 1 s');
  });

  test('0: QEMU is slow to start, which is not the guest’s silence', async () => {
    const outcome = await boot({ prints: USER, startsIn: 600 }, ['--timeout', '1.5']);
    expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('demo.tar boots') });
  });

  test('3: the log cannot be written; QEMU does not live on', async () => {
    const { code, stdout } = await boot({ prints: USER.slice(0, 2) }, ['--log', '/dev/full']);
    expect(code).toBe(3);
    expect(stdout).toContain('output/unwritable\n  cannot write /dev/full');
  });

  test.each(['monitor', 'console', 'stderr'] as const)(
    '4: a flood on %s comes to an end, and is not kept',
    async (where) => {
      const flood = `WARNING: ${'x'.repeat(100)}\n`.repeat(1000);
      const before = process.memoryUsage.rss();
      const { code, stdout } = await boot({ prints: USER.slice(0, 1), floods: [where, flood] }, [
        '--timeout',
        '1',
      ]);
      expect(code).toBe(4);
      expect(stdout).toContain('no sign of init came');
      expect(process.memoryUsage.rss() - before).toBeLessThan(200 << 20);
    },
  );

  test('of several, 1 counts before 3', async () => {
    const { code } = await boot(DIES, ['missing.tar']);
    expect(code).toBe(1);
  });
});

describe('a bundle whose kernel stays on the target', () => {
  const LEFT = { 'demo.cell.yaml': `${GOOD_MANIFEST}bundle: { kernel: /boot/bzImage }\n` };

  async function bootLeft(args: readonly string[]): Promise<CliOutcome> {
    const project = await CellProject.create({ ...LEFT, other: 'another kernel' });
    const { env } = await installFakeQemu(project.folder, { prints: USER });
    await run(['build', 'demo.cell.yaml'], { cwd: project.folder });
    return run(['boot', 'demo.tar', ...args], { cwd: project.folder, env });
  }

  test('3: it is not given', async () => {
    const { code, stdout } = await bootLeft([]);
    expect(code).toBe(3);
    expect(stdout).toContain('boot/missing-file');
    expect(stdout).toContain('it stays on the target as /boot/bzImage');
    expect(stdout).toContain('give the same file with --kernel');
  });

  test('3: another one is given', async () => {
    const { code, stdout } = await bootLeft(['--kernel', 'other']);
    expect(code).toBe(3);
    expect(stdout).toContain('boot/other-file');
    expect(stdout).toContain('other is not the kernel that the bundle was built for');
  });

  test('0: the same is given', async () => {
    expect(await bootLeft(['--kernel', 'bzImage'])).toMatchObject({ code: 0 });
  });
});

describe('a manifest', () => {
  const BAD = { 'demo.cell.yaml': GOOD_MANIFEST.replace('ttyS0,115200', 'ttyS1 8250.nr_uarts=4') };

  test('is started in spite of errors with --force', async () => {
    const project = await CellProject.create(BAD);
    const { env } = await installFakeQemu(project.folder, { prints: USER });
    const outcome = await run(['boot', '--force', 'demo.cell.yaml'], { cwd: project.folder, env });
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toMatch(/^demo\.cell\.yaml boots/m);
  });
});

describe('what a manifest asks', () => {
  const ASKING = {
    'demo.cell.yaml': `${GOOD_MANIFEST}boot: { expect: ['login:', 'got r'], send: root, timeout: 3 }\n`,
  };
  const ACT: FakeQemu = { prints: [...USER, ['console', 'login: ']], echoes: true };

  async function bootAsking(args: readonly string[], act = ACT): Promise<CliOutcome> {
    const project = await CellProject.create(ASKING);
    const { env } = await installFakeQemu(project.folder, act);
    return run(['boot', ...args, 'demo.cell.yaml'], { cwd: project.folder, env });
  }

  test('is waited for, and answered', async () => {
    const { code, stdout } = await bootAsking([]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('boots: login: got root') });
  });

  test('is waited for as long as it says', async () => {
    const { code, stdout } = await bootAsking([], { prints: USER });
    expect(code).toBe(4);
    expect(stdout).toContain(
      'no line matched /login:/, though a program of the guest ran: nothing was printed for 1 s',
    );
  });

  test('options count before it', async () => {
    const { code, stdout } = await bootAsking(['--expect', 'version 6', '--timeout', '6'], { prints: USER });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('boots: Linux version 6.1'),
    });
  });
});

describe('what is told', () => {
  test('a dialogue: what is sent is answered', async () => {
    const act: FakeQemu = { prints: [...USER, ['console', 'login: ']], echoes: true };
    const { code, stdout } = await boot(act, [
      '--expect',
      'login: $',
      '--send',
      'root',
      '--expect',
      '^got root',
    ]);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('boots: login: got root'),
    });
  });

  test('the console as it comes, and both channels in the log', async () => {
    const { stdout, project } = await boot(DIES, ['--console', '--log', 'all.log']);
    expect(stdout).not.toContain('RIP: 0xffff');
    expect(readFileSync(project.path('all.log'), 'utf8')).toContain('\nRIP: 0xffffffff81000000\n');
  });

  test('JSON, in the form of all commands', async () => {
    const { stdout } = await boot(DIES, ['--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'boot',
      ok: false,
      findings: [{ rule: 'boot/died', subject: 'demo.tar' }],
      subjects: [
        {
          verdict: 'died',
          line: 'FATAL: Invalid PIO read, port: 61 size: 1',
          loader: 'given',
          explanations: [{ id: 'pio-timer' }],
        },
      ],
    });
  });

  test('JUnit: a suite for each bundle', async () => {
    const { stdout } = await boot(DIES, ['--format', 'junit']);
    expect(stdout).toContain('<testsuites name="jailhouse-bundle boot" tests="1" failures="1"');
    expect(stdout).toContain('<testcase name="boot/died" classname="demo.tar"');
  });

  test('the command line, with its files', async () => {
    const { stdout } = await boot({ prints: USER }, ['--repro']);
    const folder = /file=([^,]*)\/blob,addr=0x200000/.exec(stdout)![1]!;
    expect(existsSync(`${folder}/bundle/kernel`)).toBe(true);
    expect(stdout).toContain("-chardev 'stdio,id=ttyS0,signal=off'");
    const { rmSync } = await import('node:fs');
    rmSync(folder, { recursive: true });
  });
});

/** A process that ended and that nobody waits for is still listed, as a zombie. */
const isAlive = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends QEMU, too, and leaves no files', async (signal, code) => {
  const project = await CellProject.create();
  const { env, pidFile } = await installFakeQemu(project.folder, { prints: USER.slice(0, 1) });
  await run(['build', 'demo.cell.yaml'], { cwd: project.folder });
  const tmp = project.path('tmp');
  mkdirSync(tmp);
  const outcome = await runProcess(['boot', 'demo.tar'], {
    cwd: project.folder,
    env: { ...env, TMPDIR: tmp },
    meanwhile: { when: () => existsSync(pidFile), act: (child) => void child.kill(signal) },
  });
  expect(outcome.code).toBe(code);
  await expect.poll(() => isAlive(Number(readFileSync(pidFile, 'utf8')))).toBe(false);
  expect(readdirSync(tmp)).toEqual([]);
});

test('a reader that goes away keeps no boot from its end', async () => {
  const project = await CellProject.create();
  const lines = Array.from({ length: 20 }, (_, index) => ['console', `line ${index}\n`] as const);
  const { env } = await installFakeQemu(project.folder, { prints: [...lines, ...USER] });
  await run(['build', 'demo.cell.yaml'], { cwd: project.folder });
  const { code, stdout, stderr } = await runProcess(['boot', '--console', 'demo.tar'], {
    cwd: project.folder,
    env,
    under: ['bash', '-c', '"$0" "$@" | head -n 1; exit "${PIPESTATUS[0]}"'],
  });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'line 0\n', stderr: '' });
});
