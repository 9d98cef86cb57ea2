import { afterEach, describe, expect, test, vi } from 'vitest';
import { BUNDLERS, failureOf, type Built, type Bundler } from '../helpers/bundlers.ts';
import { DIES, installFakeQemu, REACHES_INIT, type FakeQemu } from '../helpers/fake-qemu.ts';
import { buildProject, createMachineProject, MACHINE } from '../helpers/machine-project.ts';

describe('with the option `boot`', () => {
  const [rollup] = BUNDLERS as [Bundler, ...Bundler[]];
  afterEach(() => void vi.unstubAllEnvs());

  /** The project, built with a QEMU that only acts. */
  async function started(act: FakeQemu, files: Record<string, string> = {}) {
    const project = await createMachineProject(files);
    const qemu = await installFakeQemu(project.folder, act);
    vi.stubEnv('PATH', qemu.env.PATH);
    const run = (): Promise<Built> =>
      buildProject(rollup, project, { boot: { cacheDir: project.path('cache') } });
    const notes = ({ logs }: Built): string[] =>
      logs.map(({ message }) => message).filter((message) => message.includes('QEMU'));
    return { project, qemu, run, notes };
  }

  test('starts each cell with Linux once', async () => {
    const { qemu, run, notes } = await started({ prints: REACHES_INIT });
    expect(notes(await run())).toEqual([
      expect.stringContaining('linux boots in QEMU: '),
      expect.stringContaining('gateway boots in QEMU: '),
    ]);
    expect(notes(await run())).toEqual([
      expect.stringContaining('linux booted in QEMU before'),
      expect.stringContaining('gateway booted in QEMU before'),
    ]);
    expect(qemu.starts()).toBe(2);
  });

  test('fails at the kernel of the cell that dies', async () => {
    const { run } = await started(DIES);
    const line = 1 + MACHINE.split('\n').findIndex((text) => text.includes('kernel:'));
    expect(await failureOf(run())).toMatchObject({
      pluginCode: 'boot/died',
      loc: { line },
      message: expect.stringContaining('linux: the cell died') as string,
    });
  });

  test('fails at the item of a cell with a manifest of its own', async () => {
    const text = `system: root.cell\ncells:\n  - gateway.cell.yaml\n`;
    const { run } = await started(DIES, { 'board.machine.yaml': text });
    expect(await failureOf(run())).toMatchObject({ pluginCode: 'boot/died', loc: { line: 3 } });
  });

  test('starts nothing of a machine without Linux, and says so', async () => {
    const text = `system: root.cell\ncells:\n${MACHINE.slice(MACHINE.indexOf('  - name: rtos'))}`;
    const { qemu, run, notes } = await started(DIES, { 'board.machine.yaml': text });
    expect(notes(await run())).toEqual([
      expect.stringContaining('no cell of the machine has Linux: nothing is started in QEMU'),
    ]);
    expect(qemu.starts()).toBe(0);
  });
});
