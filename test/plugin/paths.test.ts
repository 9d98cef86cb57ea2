import { copyFile, readdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Plugin } from 'rollup';
import { describe, expect, test } from 'vitest';
import jailhouse from '../../src/plugin/index.ts';
import { fileOfModule } from '../../src/plugin/module-file.ts';
import { BUNDLERS, type Built } from '../helpers/bundlers.ts';
import { CellProject, GOOD_MANIFEST } from '../helpers/cell-project.ts';
import { initrdOfSize } from '../helpers/newc.ts';

const OWN_SIZE = 512;
const OTHER_SIZE = 1024;

/** A project in a folder of this name, with all of its files above that folder, too, where the initrd is another one. */
async function projectBelow(name: string): Promise<{ project: CellProject; above: string }> {
  const project = await CellProject.create({}, name);
  const above = name.replaceAll(/[^/]+/g, '..');
  for (const file of await readdir(project.folder)) {
    await copyFile(project.path(file), project.path(`${above}/${file}`));
  }
  await project.write(`${above}/rootfs.cpio`, initrdOfSize(OTHER_SIZE));
  return { project, above };
}

function initrdSize({ assets: [asset] }: Built): number {
  const text = Buffer.from(asset!.source).toString('latin1');
  return Number(/"role": "initrd",[^}]*"size": (\d+)/.exec(text)![1]);
}

/** Rolldown and Vite themselves find no file whose path has a `?`: such ids come from plugins there. */
const resolver: Plugin = {
  name: 'resolver',
  resolveId: (source, importer) => (importer === undefined ? source : resolve(dirname(importer), source)),
  load: (id) => readFile(id, 'utf8'),
};

describe.each(BUNDLERS)('$name', (bundler) => {
  test.each(['a?b', 'a?/b?c', 'a?x=/y', '?', 'a#b', 'a%3Fb', 'a%b', 'a b'])(
    'bundles the files beside the manifest in a folder called %s',
    async (name) => {
      const { project, above } = await projectBelow(name);
      const built = await bundler.build({
        input: [project.path('main.js')],
        dir: project.path(`${above}/out`),
        plugins: [resolver, jailhouse()],
      });
      expect(initrdSize(built)).toBe(OWN_SIZE);
    },
  );

  test('leaves modules alone whose id says that another plugin made them', async () => {
    const project = await CellProject.create({
      'main.js': `import text from 'virtual:cell';\nconsole.log(text);\n`,
    });
    const virtual = {
      name: 'virtual',
      resolveId: (source: string) => (source === 'virtual:cell' ? '\0virtual.cell.yaml' : null),
      load: (id: string) => (id === '\0virtual.cell.yaml' ? 'export default "made elsewhere";' : null),
    };
    const built = await bundler.build({
      input: [project.path('main.js')],
      dir: project.path('out'),
      plugins: [virtual, jailhouse()],
    });
    expect(built.assets).toEqual([]);
    expect(built.chunks[0]!.code).toContain('made elsewhere');
  });
});

describe('the file of a module', () => {
  test.each([
    ['demo.cell.yaml', ''],
    ['demo.cell.yaml', '?v=1'],
    ['demo.cell.yaml', '?from=/a/b?c'],
    ['a?b/demo.cell.yaml', ''],
    ['a?b/demo.cell.yaml', '?v=/1'],
    ['what?.cell.yaml', ''],
    ['what?.cell.yaml', '?v=1'],
    ['a\nb/demo.cell.yaml', '?v=\n'],
  ])('%j with the query %j', async (file, query) => {
    const project = await CellProject.create({ [file]: GOOD_MANIFEST });
    expect(await fileOfModule(`${project.path(file)}${query}`)).toBe(project.path(file));
  });

  test.each([
    ['made.cell.yaml', '?v=1'],
    ['made.cell.yaml', '?from=/a'],
    ['a?b/made.cell.yaml', '?v=1'],
    ['a?b/made.cell.yaml', ''],
  ])('%j that another plugin made, with the query %j', async (file, query) => {
    const project = await CellProject.create({ 'a?b/other': '' });
    expect(await fileOfModule(`${project.path(file)}${query}`)).toBe(project.path(file));
  });
});
