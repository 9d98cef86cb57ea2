import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { pageCommand } from '../../src/plugin/page-command.ts';
import jailhouse from '../../src/plugin/index.ts';
import { BUNDLERS, failureOf } from '../helpers/bundlers.ts';
import { sha256 } from '../helpers/bytes.ts';
import { CellProject, GOOD_MANIFEST } from '../helpers/cell-project.ts';
import { run } from '../helpers/cli.ts';

test.each(BUNDLERS)('$name: the option `report` emits a page beside each bundle', async ({ build }) => {
  const project = await CellProject.create();
  const input = project.path('main.js');
  const built = await build({
    input: [input],
    dir: project.path('out'),
    plugins: [jailhouse({ report: true })],
  });
  const page = built.assets.find(({ fileName }) => fileName.endsWith('.html'))!;
  const bundle = built.assets.find(({ fileName }) => fileName.endsWith('.tar'))!;
  expect(page.fileName).toMatch(/demo-[\w-]{8}\.html$/);
  const text = new TextDecoder().decode(page.source);
  expect(text).toContain('>Passes<');
  expect(text).toContain(sha256(bundle.source));
  expect(built.assets).toHaveLength(2);
});

const broken = (): Promise<CellProject> =>
  CellProject.create({
    'demo.cell.yaml': GOOD_MANIFEST.replace('rootfs.cpio', 'none.cpio'),
  });

test.each(BUNDLERS)('$name: a build that fails names the command that writes the page', async ({ build }) => {
  const project = await broken();
  const options = { input: [project.path('main.js')], dir: project.path('out') };
  const failing = async (...plugins: Parameters<typeof jailhouse>) =>
    (await failureOf(build({ ...options, plugins: [jailhouse(...plugins)] }))).message;
  const [, command] = /\n\nA failed build emits no page; this writes it:\n {2}npx jailhouse-bundle (.*)/.exec(
    await failing({ report: true, profile: 'mainline' }),
  )!;
  const words = command!.split(' ');
  expect(words.slice(2)).toEqual(['-o', 'demo.html', '--profile', 'mainline']);
  const page = project.path('demo.html');
  expect(await run(words.with(3, page))).toMatchObject({ code: 1 });
  expect(await readFile(page, 'utf8')).toContain('none.cpio');
  expect(await failing()).not.toContain('report');
});

test('the command names files of any name', () => {
  expect(pageCommand('cells/two words.machine.yml', 'strict')).toBe(
    "npx jailhouse-bundle report 'cells/two words.machine.yml' -o 'two words.html'",
  );
  expect(pageCommand('-x.yaml', 'strict')).toBe('npx jailhouse-bundle report ./-x.yaml -o ./-x.html');
});
