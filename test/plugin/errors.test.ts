import { existsSync, rmSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { createServer } from 'vite';
import type { Plugin, RollupLog } from 'rollup';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/base/diagnostic.ts';
import jailhouse from '../../src/plugin/index.ts';
import { BUNDLERS, failureOf, type Built, type Bundler } from '../helpers/bundlers.ts';
import { CellProject, GOOD_MANIFEST, makeCell } from '../helpers/cell-project.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';
import { initrdOfSize } from '../helpers/newc.ts';

const build = (bundler: Bundler, project: CellProject, plugins: Plugin[] = [jailhouse()]): Promise<Built> =>
  bundler.build({ input: [project.path('main.js')], dir: project.path('out'), plugins });

/** A log as it is in the golden: all of its fields, texts as lines, without what differs between bundlers. */
function golden(log: object, { folder }: CellProject, prefix: string): string {
  const lines = (_key: string, value: unknown): unknown =>
    typeof value === 'string' && value.includes('\n') ? value.split('\n') : value;
  const { watchFiles: _onlyRollup, message, meta, ...rest } = log as RollupLog & { watchFiles?: unknown };
  expect(message.startsWith(prefix)).toBe(true);
  const { diagnostics } = meta as { diagnostics: Diagnostic[] };
  const sorted = Object.fromEntries(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const all = {
    message: message.slice(prefix.length),
    ...sorted,
    diagnostics: diagnostics.map(({ code }) => code),
  };
  return `${JSON.stringify(all, lines, 2).replaceAll(folder, '<project>')}\n`;
}

/** What is wrong in a project, and where that is; lines from 1 and columns from 0, as bundlers count. */
const ERRORS: readonly {
  name: string;
  files: Record<string, string | Uint8Array | null>;
  place: [line: number, column: number];
}[] = [
  {
    name: 'typo-in-key',
    files: { 'demo.cell.yaml': GOOD_MANIFEST.replace('cmdline', 'cmdlin') },
    place: [7, 0],
  },
  { name: 'missing-file', files: { 'rootfs.cpio': null }, place: [6, 8] },
  {
    name: 'several-errors',
    files: {
      'demo.cell.yaml': GOOD_MANIFEST.replace('cmdline', 'cmdlin').replace('name: demo', 'name: "de\\tmo"'),
      bzImage: null,
    },
    place: [1, 6],
  },
  {
    name: 'invalid-yaml',
    files: { 'demo.cell.yaml': `${GOOD_MANIFEST}bundle: { compress: gzip\n` },
    place: [9, 8],
  },
  {
    name: 'invalid-cell',
    files: { 'demo.cell': 'This is no cell config.\0' },
    place: [2, 6],
  },
  {
    name: 'failed-kernel-check',
    files: {
      'kernel.config': GOOD_CONFIG.replace('CONFIG_JAILHOUSE_GUEST=y', '# CONFIG_JAILHOUSE_GUEST is not set'),
    },
    place: [5, 10],
  },
];

const DEFAULTS_ERRORS: typeof ERRORS = [
  {
    name: 'defaults-typo',
    files: {
      'demo.cell.yaml': `${GOOD_MANIFEST}defaults: [shared/all.yaml]\n`,
      'shared/all.yaml': 'placement: exact\nbundel: { compress: gzip }\n',
    },
    place: [9, 11],
  },
];

const UNUSED_WAIVER = 'checks:\n  waive:\n    - { rule: kernel/serio, reason: none }\n';

describe.each(BUNDLERS)('$name', (bundler) => {
  test.each([...ERRORS, ...DEFAULTS_ERRORS])(
    'fails with $name at its place, and without a stack',
    async ({ name, files, place }) => {
      const project = await CellProject.create(files);
      const error = await failureOf(build(bundler, project));
      const prefix = bundler.prefix(project.path('demo.cell.yaml'), ...place);
      const text = golden({ ...error, message: error.message }, project, prefix);
      expect(error).toMatchObject({ loc: { line: place[0], column: place[1] }, stack: '' });
      await expect(text).toMatchFileSnapshot(`../fixtures/plugin/${name}.txt`);
    },
  );

  test.each([
    [
      'a path',
      { 'demo.cell.yaml': GOOD_MANIFEST.replace('rootfs.cpio', '"root\\u202Efs"') },
      'root\\u{202e}fs',
    ],
    [
      'a config value',
      { 'kernel.config': GOOD_CONFIG.replace('# CONFIG_SERIO is not set', 'CONFIG_SERIO="a\x1b[31m"') },
      'CONFIG_SERIO="a\\u{1b}[31m"',
    ],
  ])('prints nothing that could control a terminal: %s', async (_, files, shown) => {
    const { message } = await failureOf(build(bundler, await CellProject.create(files)));
    expect(message).toContain(shown);
    expect(message).toMatch(/^(?:\n|[^\p{Cc}\p{Cf}])*$/u);
  });

  test('draws the memory map of a layout that cannot boot', async () => {
    const project = await CellProject.create({ 'rootfs.cpio': initrdOfSize(8 << 20) });
    const error = await failureOf(build(bundler, project));
    expect(error).toMatchObject({ pluginCode: 'placement/initrd', loc: { line: 6, column: 8 } });
    expect(error.message).toMatch(/^ +0x200000\.\.0x800000 .* RAM.*$/m);
    expect(error.message).toMatch(/^ +0x409000\.\.0xc09000 .* initrd .*$/m);
  });

  test('warns at the place, and builds', async () => {
    const project = await CellProject.create({ 'demo.cell.yaml': GOOD_MANIFEST + UNUSED_WAIVER });
    const { logs, assets } = await build(bundler, project);
    expect(assets).toHaveLength(1);
    expect(logs).toHaveLength(1);
    const prefix = bundler.prefix(project.path('demo.cell.yaml'), 11, 6);
    await expect(golden(logs[0]!, project, prefix)).toMatchFileSnapshot(
      '../fixtures/plugin/unused-waiver.txt',
    );
  });

  test('refuses a bundle of more than 1 GB, names the command that builds it, and does not read it', async () => {
    const project = await CellProject.create({
      'demo.cell': makeCell({ highRam: 3n << 30n }),
      'demo.cell.yaml': GOOD_MANIFEST + UNUSED_WAIVER,
    });
    const initrd = project.path('rootfs.cpio');
    await truncate(initrd, 1e9);
    // The warning comes when all inputs were looked at: what is read after it cannot be the initrd.
    const remove: Plugin = { name: 'remove', onLog: () => rmSync(initrd) };
    const error = await failureOf(build(bundler, project, [jailhouse(), remove]));
    expect(existsSync(initrd)).toBe(false);
    expect(error).toMatchObject({
      pluginCode: 'plugin/too-large',
      message: expect.stringMatching(/10000\d{5} bytes[^]*`jailhouse-bundle build`/) as string,
      loc: { line: 6, column: 8 },
    });
  });

  test('shows a fault of its own as what it is', async () => {
    const project = await CellProject.create();
    const plugin = jailhouse();
    const { handler } = plugin.transform as { handler: (this: object, code: string, id: string) => unknown };
    const fault = new TypeError('a fault');
    const faulty: Plugin = {
      name: 'faulty',
      transform(code, id) {
        const emitFile = (): never => {
          throw fault;
        };
        return handler.call({ addWatchFile: () => {}, emitFile }, code, id) as null;
      },
    };
    const error = await failureOf(build(bundler, project, [faulty]));
    expect(error.message).toContain('a fault');
    expect(error.stack).toMatch(/TypeError: a fault\n +at /);
    expect(error).not.toHaveProperty('pluginCode');
  });
});

test('says in Vite’s development server that a bundle has no URL there', async () => {
  const project = await CellProject.create();
  const server = await createServer({
    configFile: false,
    root: project.folder,
    logLevel: 'silent',
    server: { middlewareMode: true, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    plugins: [jailhouse()],
  });
  try {
    await expect(server.transformRequest('/demo.cell.yaml')).rejects.toMatchObject({
      pluginCode: 'plugin/no-assets',
      id: project.path('demo.cell.yaml'),
      message: expect.stringMatching(/emits no files here[^]*`vite build`/) as string,
    });
  } finally {
    await server.close();
  }
});
