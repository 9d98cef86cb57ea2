import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { verifyBundle } from '../../src/bundle/verify.ts';
import jailhouse from '../../src/plugin/index.ts';
import { BUNDLERS, type Built, type Bundler } from '../helpers/bundlers.ts';
import { CellProject, GOOD_MANIFEST } from '../helpers/cell-project.ts';
import { initrdOfSize } from '../helpers/newc.ts';
import { sha256 } from '../helpers/bytes.ts';
import { runChunk } from '../helpers/run-chunk.ts';

const build = (
  bundler: Bundler,
  project: CellProject,
  {
    entries = ['main.js'],
    ...options
  }: Partial<Parameters<Bundler['build']>[0]> & { entries?: string[] } = {},
): Promise<Built> =>
  bundler.build({
    input: entries.map((name) => project.path(name)),
    dir: project.path('out'),
    plugins: [jailhouse()],
    ...options,
  });

/** Runs the chunk of `main.js` and gives what it prints. */
const run = (project: CellProject, { chunks }: Built): Promise<Record<string, unknown>> =>
  runChunk(
    project,
    chunks.find(({ fileName }) => fileName.startsWith('main-')),
  );

/** What client.d.ts declares of an imported manifest. */
const DECLARED = [
  ...readFileSync(new URL('../../client.d.ts', import.meta.url), 'utf8')
    .split("declare module '*.cell.yml'")[0]!
    .matchAll(/^  export const (\w+):/gm),
].map(([, name]) => name);

const findings = async (bundle: Uint8Array): Promise<unknown> =>
  (
    await verifyBundle(
      (async function* () {
        yield bundle;
      })(),
    )
  ).diagnostics;

describe.each(BUNDLERS)('$name', (bundler) => {
  test('bundles an imported manifest', async () => {
    const project = await CellProject.create();
    const built = await build(bundler, project);
    expect(built.logs).toEqual([]);
    expect(built.assets.map(({ fileName }) => fileName)).toEqual([
      expect.stringMatching(/^assets\/demo-[\w-]{8}\.tar$/),
    ]);
    const [{ source, fileName }] = built.assets as [Built['assets'][0]];
    expect(await findings(source)).toEqual([]);

    const { default: url, ...exports } = await run(project, built);
    expect(fileURLToPath(url as string)).toBe(project.path(`out/${fileName}`));
    expect(Buffer.from(source).equals(await readFile(new URL(url as string)))).toBe(true);
    expect(exports).toEqual({
      name: 'demo',
      cellName: 'demo',
      sha256: sha256(source),
      load: [
        { role: 'loader', file: 'linux-loader.bin', address: '0x0', size: 1248 },
        { role: 'kernel', file: 'kernel', address: '0x3ffc00', size: 4416 },
        { role: 'initrd', file: 'initrd', address: '0x409000', size: 512 },
        { role: 'params', file: 'params', address: '0x1000', size: 4417 },
      ],
      entry: '0x400200',
      commands: [
        'jailhouse cell create cell.cell',
        'jailhouse cell load demo linux-loader.bin -a 0x0 kernel -a 0x3ffc00 initrd -a 0x409000 params -a 0x1000',
        'jailhouse cell start demo',
      ],
    });
    expect(Object.keys(exports).toSorted()).toEqual(DECLARED.toSorted());
  });

  test('gives a gzip bundle one extension, and the digest of the tar in it', async () => {
    const manifest = `${GOOD_MANIFEST}bundle: { compress: gzip }\n`;
    const project = await CellProject.create({ 'demo.cell.yaml': manifest });
    const built = await build(bundler, project);
    const [{ source, fileName }] = built.assets as [Built['assets'][0]];
    expect(fileName).toMatch(/^assets\/demo-[\w-]{8}\.tgz$/);
    expect(await findings(source)).toEqual([]);
    expect(await run(project, built)).toMatchObject({ sha256: sha256(gunzipSync(source)) });
  });

  test('makes the chunk’s name follow the initrd, even where the asset’s name does not', async () => {
    const project = await CellProject.create();
    const assetFileNames = '[name][extname]';
    const first = await build(bundler, project, { assetFileNames });
    const same = await build(bundler, project, { assetFileNames });
    await project.write('rootfs.cpio', initrdOfSize(516));
    const other = await build(bundler, project, { assetFileNames });
    const name = ({ chunks }: Built): string => chunks[0]!.fileName;
    expect([first, same, other].map(({ assets }) => assets[0]!.fileName)).toEqual(Array(3).fill('demo.tar'));
    expect(name(same)).toBe(name(first));
    expect(name(other)).not.toBe(name(first));
  });

  test('packs a manifest once for two entries and two importers', async () => {
    const project = await CellProject.create({
      'main.js': `import url from './demo.cell.yaml';\nimport other from './other.js';\nconsole.log(JSON.stringify({ same: url === other }));\n`,
      'other.js': `export { default } from './demo.cell.yaml';\n`,
      'second.js': `import { sha256 } from './demo.cell.yaml';\nconsole.log(sha256);\n`,
    });
    const built = await build(bundler, project, { entries: ['main.js', 'second.js'] });
    expect(built.assets).toHaveLength(1);
    expect(await run(project, built)).toEqual({ same: true });
  });

  test('keeps apart two cells of one name, and serves a path with blanks, quotes and letters of any script', async () => {
    const folder = `Zellen für 'das' Gerät/控制 & $HOME`;
    const project = await CellProject.create(
      {
        [`${folder}/b ü.cell.yml`]: GOOD_MANIFEST.replaceAll(
          /(: )([\w-]+(?:\.\w+|Image))$/gm,
          '$1../../$2',
        ).replace('115200', '9600'),
        'main.js': `import a from './demo.cell.yaml';\nimport b from ${JSON.stringify(`./${folder}/b ü.cell.yml`)};\nconsole.log(JSON.stringify([a, b]));\n`,
      },
      `it's project #1`,
    );
    const built = await build(bundler, project, { assetFileNames: '[name][extname]' });
    const urls = Object.values(await run(project, built)) as string[];
    const files = await Promise.all(urls.map((url) => readFile(new URL(url))));
    expect(files.map((bytes) => bytes.includes('115200'))).toEqual([true, false]);
    expect(files.map((bytes) => bytes.includes('9600'))).toEqual([false, true]);
  });

  test('packs the same bytes in parallel builds, with plugins of their own or a shared one', async () => {
    const project = await CellProject.create();
    const shared = jailhouse();
    const builds = [[shared], [shared], [jailhouse()]].map((plugins, index) =>
      build(bundler, project, { plugins, dir: project.path(`out${index}`) }),
    );
    const digests = (await Promise.all(builds)).map(({ assets }) => sha256(assets[0]!.source));
    expect(new Set(digests).size).toBe(1);
  });
});
