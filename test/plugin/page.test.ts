import { expect, test } from 'vitest';
import jailhouse from '../../src/plugin/index.ts';
import { BUNDLERS } from '../helpers/bundlers.ts';
import { sha256 } from '../helpers/bytes.ts';
import { CellProject } from '../helpers/cell-project.ts';

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
