import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jailhouseText } from '../../src/formats/cell/layout-ids.ts';
import { GOOD_FILES } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { parseReport } from '../helpers/output.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'variants-'));
  for (const [name, content] of Object.entries(GOOD_FILES)) await writeFile(join(folder, name), content);
});
afterAll(() => rm(folder, { recursive: true }));

async function cli(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(words, { cwd: folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('error') as string });
  return stdout;
}
const bytesOf = (name: string) => readFile(join(folder, name));

/** What is made of a cell config: as upstream's tool does, and as bundles have it. */
async function planFor(cell: string, ...layout: string[]): Promise<unknown> {
  const commands = await cli(
    'cell-linux',
    cell,
    'bzImage',
    '-i',
    'rootfs.cpio.gz',
    '-w',
    'params',
    ...layout,
  );
  const manifest = { cell, kernel: { image: 'bzImage' }, initrd: 'rootfs.cpio.gz', cmdline: 'console=ttyS0' };
  const [key, id] = layout;
  const text = JSON.stringify({ name: 'demo', ...manifest, ...(key ? { layout: id } : {}) });
  await writeFile(join(folder, 'demo.cell.yaml'), text);
  const { stdout, code } = await run(['plan', '--json', 'demo.cell.yaml'], { cwd: folder });
  const plan = parseReport(stdout, code).subjects[0]!['plan'];
  expect(plan).not.toBeNull();
  return { commands: commands.replaceAll(cell, 'CELL'), params: await bytesOf('params'), plan };
}

test.each([
  ['nxp9', 9],
  ['nxp10', 10],
  ['nxp12', 12],
  ['ti12', 12],
  ['git12-old', 12],
])('a cell in the layout %s has the plan of its twin of revision %i', async (layout, revision) => {
  await cli('cell', 'convert', 'demo.cell', '--release', String(revision), '-o', 'twin.yaml');
  const text = (await bytesOf('twin.yaml')).toString();
  await writeFile(join(folder, 'variant.yaml'), text.replace(/^revision: .*$/m, `$&\nlayout: ${layout}`));
  for (const name of ['twin', 'variant']) await cli('cell', 'compile', `${name}.yaml`, '-o', name);
  expect(await planFor('variant', '--layout', layout)).toEqual(await planFor('twin'));
});

test('texts name the layout of a vendor, not the release of the same number', () => {
  expect(jailhouseText({ revision: 12 })).toBe('Jailhouse 0.12');
  expect(jailhouseText({ revision: 11 })).toBe('Jailhouse of revision 11');
  expect(jailhouseText({ revision: 12, layout: 'nxp12' })).toBe(
    'Jailhouse nxp12 (NXP’s BSPs imx_5.4.24 to lf-5.15.5)',
  );
});
