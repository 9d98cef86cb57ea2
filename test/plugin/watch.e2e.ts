import { open, type FileHandle } from 'node:fs/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import jailhouse from '../../src/plugin/index.ts';
import { BUNDLERS, type Built, type Bundler } from '../helpers/bundlers.ts';
import { CellProject, GOOD_MANIFEST, makeCell, PAYLOAD } from '../helpers/cell-project.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';
import type { Outcome, Watching } from '../helpers/watching.ts';
import { makeLoader } from '../helpers/loader.ts';
import { createMachineProject, machineFiles } from '../helpers/machine-project.ts';
import { newc } from '../helpers/newc.ts';
import { makeProgram } from '../helpers/program.ts';

const passed = (outcome: Outcome): boolean => !(outcome instanceof Error);

const failedWith =
  (code: string) =>
  (outcome: Outcome): boolean =>
    outcome instanceof Error && (outcome as { pluginCode?: unknown }).pluginCode === code;

/** The bundle that was written has this text in it. */
const holding =
  (text: string) =>
  (outcome: Outcome): boolean =>
    !(outcome instanceof Error) && outcome.assets.some(({ source }) => Buffer.from(source).includes(text));

const initrdWith = (content: string): Uint8Array =>
  newc([
    { name: 'init', content: makeProgram() },
    { name: 'motd', content },
  ]);

/** Each input, broken and mended, and what the bundle has in it then. */
const INPUTS = [
  ['demo.cell', 'This is no cell config.\0', 'cell/signature', makeCell({ name: 'mended' }), 'load mended'],
  ['bzImage', 'no kernel', 'kernel/format', PAYLOAD, 'mended'],
  ['kernel.config', '', 'input/empty', GOOD_CONFIG, 'mended'],
  ['rootfs.cpio', '', 'input/empty', initrdWith('another initrd'), 'another initrd'],
  ['linux-loader.bin', '', 'input/empty', makeLoader('another loader'), 'another loader'],
  [
    'demo.cell.yaml',
    GOOD_MANIFEST.replace('cmdline', 'cmdlin'),
    'manifest/unknown-key',
    GOOD_MANIFEST.replace('115200', '9600'),
    'ttyS0,9600',
  ],
] as const;

async function runWatch(
  bundler: Bundler,
  project: CellProject,
  run: (watching: Watching) => Promise<void>,
): Promise<void> {
  const plugins = [jailhouse()];
  const watching = await bundler.watch({
    input: [project.path('main.js')],
    dir: project.path('out'),
    plugins,
  });
  try {
    await run(watching);
  } finally {
    await watching.close();
  }
}

afterEach(() => vi.restoreAllMocks());

/** Counts what is read through file handles, which is how inputs are read. */
async function countReading() {
  const handle = await open(import.meta.filename);
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const read = vi.spyOn(prototype, 'read');
  const sizes = read.mock.settledResults;
  return {
    bytes: (): number =>
      sizes.reduce(
        (sum, { type, value }) =>
          sum + (type === 'fulfilled' ? (value as { bytesRead: number }).bytesRead : 0),
        0,
      ),
    forget: (): void => void (sizes.length = 0),
  };
}

describe.each(BUNDLERS)('$name', (bundler) => {
  test('builds again when an input was broken, mended, removed, and is back', async () => {
    const project = await CellProject.create();
    await runWatch(bundler, project, async (watching) => {
      await watching.until(passed);
      for (const [name, broken, code, mended, text] of INPUTS) {
        await watching.until(failedWith(code), () => project.write(name, broken));
        await watching.until(holding(text), () => project.write(name, mended));
      }
      await watching.until(failedWith('input/unreadable'), () => project.remove('bzImage'));
      await watching.until(holding('another initrd'), () => project.write('bzImage', PAYLOAD));
    });
  });

  test('builds again when a file of defaults changed, or one of its defaults', async () => {
    const manifest = GOOD_MANIFEST.replace('cmdline: console=ttyS0,115200\n', 'defaults: all.yaml\n');
    const project = await CellProject.create({
      'demo.cell.yaml': manifest,
      'all.yaml': 'defaults: shared/all.yaml\ncmdline: console=ttyS0,115200\n',
      'shared/all.yaml': 'placement: exact\n',
    });
    await runWatch(bundler, project, async (watching) => {
      await watching.until(passed);
      await watching.until(failedWith('manifest/value'), () =>
        project.write('shared/all.yaml', 'placement: exat\n'),
      );
      await watching.until(holding('ttyS0,9600'), () =>
        project.write('all.yaml', 'cmdline: console=ttyS0,9600\n'),
      );
    });
  });

  test('emits the bundle again when only the code that imports it changed', async () => {
    const project = await CellProject.create();
    await runWatch(bundler, project, async (watching) => {
      await watching.until(passed);
      const changed = `import url from './demo.cell.yaml';\nconsole.log('changed', url);\n`;
      await watching.until(
        (outcome) =>
          !(outcome instanceof Error) &&
          outcome.chunks.some(({ code }) => code.includes('changed')) &&
          outcome.assets.length === 1,
        () => project.write('main.js', changed),
      );
    });
  });

  test('does not read an initrd again when only the command line changed', async () => {
    const large = 'large '.repeat(100_000);
    const project = await CellProject.create({ 'rootfs.cpio': initrdWith(large) });
    await runWatch(bundler, project, async (watching) => {
      const read = await countReading();
      await watching.until(passed);
      expect(read.bytes()).toBeGreaterThan(large.length);
      await watching.until(holding('ttyS0,9600'), () => {
        read.forget();
        return project.write('demo.cell.yaml', GOOD_MANIFEST.replace('115200', '9600'));
      });
      expect(read.bytes()).toBeGreaterThan(0);
      expect(read.bytes()).toBeLessThan(large.length / 4);
      const another = initrdWith(large.replaceAll('large', 'other'));
      await watching.until(holding('other other'), () => project.write('rootfs.cpio', another));
      let last: Outcome | undefined;
      await watching.until(
        (outcome) => holding('ttyS0,19200')((last = outcome)) && holding('other other')(outcome),
        () => project.write('demo.cell.yaml', GOOD_MANIFEST.replace('115200', '19200')),
      );
      const plugins = [jailhouse()];
      const fresh = await bundler.build({
        input: [project.path('main.js')],
        dir: project.path('fresh'),
        plugins,
      });
      expect((last as Built).assets).toEqual(fresh.assets);
    });
  });

  test('builds when a missing input is there', async () => {
    const project = await CellProject.create({ 'rootfs.cpio': null });
    await runWatch(bundler, project, async (watching) => {
      await watching.until(failedWith('input/unreadable'));
      await watching.until(holding('now it is there'), async () => {
        await project.write('rootfs.cpio', initrdWith('now it is there'));
        if (!bundler.awaitsNewFiles) await project.write('demo.cell.yaml', GOOD_MANIFEST);
      });
    });
  });
});

const GATEWAY = machineFiles()['gateway.cell.yaml'] as string;

/** What a machine and its cells name, broken and mended, and what the bundle has in it then. */
const MEMBER_INPUTS = [
  ['rtos.bin', '', 'input/empty', 'an image, mended', 'an image, mended'],
  [
    'gateway.cell.yaml',
    `${GATEWAY}oops: 1\n`,
    'manifest/unknown-key',
    GATEWAY.replace('nr_uarts=0', 'nr_uarts=0 mended=1'),
    'nr_uarts=0 mended=1',
  ],
  ['root.cell', '', 'input/empty', machineFiles()['root.cell']!, 'nr_uarts=0 mended=1'],
] as const;

// Which files are watched is for the plugin, and the same under every bundler.
test('a machine is built again when an input of one of its cells was broken, and mended', async () => {
  const project = await createMachineProject();
  await runWatch(BUNDLERS[0]!, project, async (watching) => {
    await watching.until(passed);
    for (const [name, broken, code, mended, text] of MEMBER_INPUTS) {
      await watching.until(failedWith(code), () => project.write(name, broken));
      await watching.until(holding(text), () => project.write(name, mended));
    }
  });
});
