import { describe, expect, test } from 'vitest';
import { CellProject, GOOD_MANIFEST, makeCell } from '../helpers/cell-project.ts';
import { run } from '../helpers/cli.ts';
import { boot } from '../helpers/fake-boot.ts';
import { DIES, installFakeQemu, REACHES_INIT as USER } from '../helpers/fake-qemu.ts';

describe('exit codes', () => {
  test('0: init is reached', async () => {
    const { code, stdout, stderr } = await boot({ prints: USER });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^demo\.tar boots: user space on CPU 1, system call 12 \(.* QEMU 7\.2\.22\)$/m);
    expect(stdout).toContain('not shown: devices of the cell');
  });

  test('1: the line of its death, what explain says of it, the rule that foresees it', async () => {
    const { code, stdout } = await boot(DIES);
    expect(code).toBe(1);
    expect(stdout).toContain('the cell died: FATAL: Invalid PIO read, port: 61 size: 1');
    expect(stdout).toContain('means:     the kernel uses the PC timer or speaker (port 61)');
    expect(stdout).toContain('checks:    kernel/jailhouse-guest');
    expect(stdout).toMatch(/^demo\.tar does not boot/m);
  });

  test('2: wrong usage', async () => {
    for (const args of [
      ['--expect', '('],
      ['--send', 'x'],
      ['--timeout', '0'],
      ['--gdb', '1', 'other.tar'],
    ]) {
      expect((await boot({}, args)).code).toBe(2);
    }
  });

  test('3: QEMU is missing; the package is named', async () => {
    const project = await CellProject.create();
    await run(['build', 'demo.cell.yaml'], { cwd: project.folder });
    const { code, stdout } = await run(['boot', 'demo.tar'], {
      cwd: project.folder,
      env: { PATH: '/nowhere' },
    });
    expect(code).toBe(3);
    expect(stdout).toContain('fix:       install it: on Debian and Ubuntu, apt-get install qemu-system-x86');
  });

  test('3: QEMU is too old', async () => {
    const { code, stdout } = await boot({ version: '6.2.0' });
    expect(code).toBe(3);
    expect(stdout).toContain('qemu-system-x86_64 is of QEMU 6.2.0');
  });

  test('3: what is not a bundle', async () => {
    const { code, stdout } = await boot({}, [], 'main.tar');
    expect(code).toBe(3);
    expect(stdout).toContain('input/unreadable');
  });
});

describe('a manifest', () => {
  const BAD = { 'demo.cell.yaml': GOOD_MANIFEST.replace('ttyS0,115200', 'ttyS1 8250.nr_uarts=4') };

  test('is checked first', async () => {
    const project = await CellProject.create(BAD);
    const { env } = await installFakeQemu(project.folder, { prints: USER });
    const { code, stderr } = await run(['boot', 'demo.cell.yaml'], { cwd: project.folder, env });
    expect(code).toBe(1);
    expect(stderr).toContain('kernel/console-ports');
    expect(stderr).toContain('it is not started; --force starts it in spite of errors');
  });
});

const MIB = 1n << 20n;
const COMM = { phys_start: 0n, virt_start: MIB, size: 0x1000n, flags: 0x23n };
const ram = (virt_start: bigint, size: bigint, flags = 0x4fn) => ({
  phys_start: 0x3a600000n + virt_start,
  virt_start,
  size,
  flags,
});

describe('what `cell load` would refuse, with --force', () => {
  test.each([
    ['RAM that is not loadable', [ram(0n, MIB), COMM, ram(2n * MIB, 6n * MIB, 0xfn)]],
    ['a kernel beyond the RAM', [ram(0n, MIB), COMM, ram(2n * MIB, 0x1000n)]],
  ])('%s: its words, however the manifest has it placed', async (_, memoryRegions) => {
    const project = await CellProject.create({ 'demo.cell': makeCell({ memoryRegions }) });
    const { env } = await installFakeQemu(project.folder, { prints: USER });
    const args = ['boot', '--force', '--json', 'demo.cell.yaml'];
    const { code, stdout } = await run(args, { cwd: project.folder, env });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).subjects).toMatchObject([
      {
        verdict: 'refused',
        line: 'JAILHOUSE_CELL_LOAD: Invalid argument',
        assumed: expect.arrayContaining([expect.stringContaining('exact placement has no place')]),
      },
    ]);
  });
});
