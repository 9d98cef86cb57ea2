import { readdirSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import jailhouse from '../../src/plugin/index.ts';
import { BUNDLERS, failureOf, type Built, type Bundler } from '../helpers/bundlers.ts';
import { CellProject, GOOD_MANIFEST } from '../helpers/cell-project.ts';
import {
  DIES,
  installFakeQemu,
  REACHES_INIT,
  type FakeQemu,
  type InstalledQemu,
} from '../helpers/fake-qemu.ts';
import { initrdOfSize } from '../helpers/newc.ts';

afterEach(() => void vi.unstubAllEnvs());

/** A good project, and a QEMU that only acts. */
async function projectWith(act: FakeQemu): Promise<{ project: CellProject; qemu: InstalledQemu }> {
  const project = await CellProject.create();
  const qemu = await installFakeQemu(project.folder, act);
  vi.stubEnv('PATH', qemu.env.PATH);
  return { project, qemu };
}

const STARTS: FakeQemu = { prints: REACHES_INIT };

const plugin = (project: CellProject) => jailhouse({ boot: { cacheDir: project.path('cache') } });

const build = (bundler: Bundler, project: CellProject, using = plugin(project)): Promise<Built> =>
  bundler.build({ input: [project.path('main.js')], dir: project.path('out'), plugins: [using] });

/** Without what a bundler itself says of a slow build. */
const notes = ({ logs }: Built): string[] =>
  logs.map(({ message }) => message).filter((message) => message.includes('QEMU'));

describe.each(BUNDLERS)('$name', (bundler) => {
  test('starts a bundle once, and again when something of it changes', async () => {
    const { project, qemu } = await projectWith(STARTS);
    const first = await build(bundler, project);
    expect(first.assets).toHaveLength(1);
    expect(notes(first)).toEqual([
      expect.stringContaining('demo boots in QEMU: user space on CPU 1, system call 12'),
    ]);
    // The time in a bundle has no part in its start.
    vi.stubEnv('SOURCE_DATE_EPOCH', '1700000000');
    const second = await build(bundler, project);
    expect(notes(second)).toEqual([
      expect.stringContaining('demo booted in QEMU before, and is unchanged: user space on CPU 1'),
    ]);
    expect(qemu.starts()).toBe(1);
    await project.write('rootfs.cpio', initrdOfSize(516));
    await build(bundler, project);
    await project.write('demo.cell.yaml', `${GOOD_MANIFEST}boot: { expect: version }\n`);
    await build(bundler, project);
    expect(qemu.starts()).toBe(3);
    expect(readdirSync(project.path('cache'))).toHaveLength(3);
  });

  test('fails with the line of a death, what it means, and the kernel', async () => {
    const { project, qemu } = await projectWith(DIES);
    for (const starts of [1, 2]) {
      const error = await failureOf(build(bundler, project));
      expect(error).toMatchObject({
        pluginCode: 'boot/died',
        loc: { line: 4, column: 9 },
        message: expect.stringContaining('the cell died: FATAL: Invalid PIO read, port: 61 size: 1'),
      });
      expect(error.message).toContain('means:  the kernel uses the PC timer or speaker (port 61)');
      expect(error.message).toContain('checks: kernel/jailhouse-guest');
      // What died is started again: the machine may have had a part in it.
      expect(qemu.starts()).toBe(starts);
    }
  });

  test('builds in watch mode when a kernel that died is mended', async () => {
    const { project, qemu } = await projectWith(DIES);
    const options = { input: [project.path('main.js')], dir: project.path('out') };
    const watching = await bundler.watch({ ...options, plugins: [plugin(project)] });
    try {
      await watching.until((outcome) => outcome instanceof Error);
      await installFakeQemu(project.folder, STARTS);
      await watching.until(
        (outcome) => !(outcome instanceof Error),
        () => project.write('rootfs.cpio', initrdOfSize(516)),
      );
      expect(qemu.starts()).toBeGreaterThan(1);
      expect(readdirSync(project.path('cache'))).toHaveLength(1);
    } finally {
      await watching.close();
    }
  });
});

describe('the memory of what started', () => {
  const [rollup] = BUNDLERS as [Bundler, ...Bundler[]];

  test.each([
    ['is not JSON', 'not JSON'],
    ['is of another boot', '{"key":"0","line":"init"}'],
    ['is empty', ''],
  ])('an entry that %s is made again', async (_, content) => {
    const { project, qemu } = await projectWith(STARTS);
    await build(rollup, project);
    const [entry] = readdirSync(project.path('cache'));
    writeFileSync(project.path(`cache/${entry}`), content);
    await build(rollup, project);
    await build(rollup, project);
    expect(qemu.starts()).toBe(2);
  });

  test('depends on the version of QEMU', async () => {
    const { project, qemu } = await projectWith(STARTS);
    await build(rollup, project);
    await installFakeQemu(project.folder, { ...STARTS, version: '9.1.0' });
    await build(rollup, project);
    expect(qemu.starts()).toBe(2);
  });

  test('can be done without, and need not be writable', async () => {
    const { project, qemu } = await projectWith(STARTS);
    await project.write('file', 'no folder');
    for (const cacheDir of [false as const, project.path('file/cache')]) {
      await build(rollup, project, jailhouse({ boot: { cacheDir } }));
    }
    expect(qemu.starts()).toBe(2);
  });

  test('without QEMU the build fails, and says how to build', async () => {
    const project = await CellProject.create();
    vi.stubEnv('PATH', '/nowhere');
    expect(await failureOf(build(rollup, project))).toMatchObject({
      pluginCode: 'boot/no-qemu',
      message: expect.stringMatching(
        /is not known: qemu-system-x86_64[^]*or build without the plugin’s option `boot`/,
      ),
    });
  });
});
