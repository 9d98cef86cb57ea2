import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readBundle } from '../../src/bundle/read.ts';
import { inPieces } from '../fixtures/bundle/sample.ts';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { machineFiles } from '../helpers/machine-project.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create();
});
afterEach(() => folder.remove());

const HOOKS = 'bundle:\n  hooks: { before-start: "sub/it\'s one.sh", after-stop: two }\n';
const FILES = {
  "sub/it's one.sh": '#!/bin/sh\necho one\n',
  two: '\u007fELF and so on',
  'hooked.cell.yaml': `${MANIFEST}${HOOKS}`,
};
const build = (manifest: string) => run(['build', manifest], { cwd: folder.path });

describe('hooks of a manifest', () => {
  test('are executables of the bundle, in its lists, and what it is made from', async () => {
    await folder.write(FILES);
    expect(await build('hooked.cell.yaml')).toMatchObject({ code: 0 });
    const { files } = await readBundle(inPieces(await readFile(folder.at('demo.tar'))));
    const hooks = files.filter(({ path }) => path.startsWith('hooks/'));
    expect(hooks.map(({ path, executable }) => [path, executable])).toEqual([
      ['hooks/after-stop', true],
      ['hooks/before-start', true],
    ]);
    const text = (name: string): string =>
      Buffer.from(files.find(({ path }) => path === name)!.content!).toString();
    const metadata = JSON.parse(text('bundle.json')) as Record<string, unknown>;
    expect(metadata).toMatchObject({
      hooks: { 'before-start': 'hooks/before-start', 'after-stop': 'hooks/after-stop' },
      files: { 'hooks/before-start': { size: 19 } },
      inputs: expect.arrayContaining([
        expect.objectContaining({ key: 'bundle.hooks.before-start', file: "sub/it's one.sh" }),
      ]),
    });
    expect(text('SHA256SUMS')).toMatch(/^[0-9a-f]{64}  hooks\/before-start$/m);
    expect(text('launch.sh')).toContain("hooks='before-start after-stop'\n");
    expect(text('demo.service')).toContain('TimeoutStopSec=200\n');
    expect(await run(['verify', 'demo.tar'], { cwd: folder.path })).toMatchObject({ code: 0 });
    const listed = execFileSync('tar', ['-tvf', folder.at('demo.tar')], { encoding: 'utf8' });
    expect(listed).toMatch(
      /^drwxr-xr-x .* demo\/hooks\/\n-rwxr-xr-x .* demo\/hooks\/after-stop\n-rwxr-xr-x /m,
    );
  });

  test('are in the bundle of a machine, each with its cell', async () => {
    const files = machineFiles();
    const gateway = String(files['gateway.cell.yaml']);
    await folder.write({ ...files, ...FILES, 'gateway.cell.yaml': `${gateway}${HOOKS}` });
    expect(await build('board.machine.yaml')).toMatchObject({ code: 0 });
    const bundle = await readBundle(inPieces(await readFile(folder.at('board.tar'))));
    const hooks = bundle.files.filter(({ executable, path }) => executable && path !== 'launch.sh');
    expect(hooks.map(({ path }) => path)).toEqual(['hooks/gateway.after-stop', 'hooks/gateway.before-start']);
    expect(await run(['verify', 'board.tar'], { cwd: folder.path })).toMatchObject({ code: 0 });
  });

  test.each([
    ['echo one\n', 'it does not begin with #!'],
    ['#!/bin/sh\r\necho one\r\n', 'would look for "/bin/sh\\r"'],
  ])('must be programs of Linux: %j', async (text, message) => {
    await folder.write({ ...FILES, "sub/it's one.sh": text });
    const outcome = await build('hooked.cell.yaml');
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining('input/not-a-program') });
    expect(outcome.stderr.replaceAll(/\s+/g, ' ')).toContain(message);
  });

  test('must be there', async () => {
    await folder.write({ 'hooked.cell.yaml': FILES['hooked.cell.yaml'] });
    const outcome = await build('hooked.cell.yaml');
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining("it's one.sh") });
  });

  test('a bundle without them has nothing of them', async () => {
    expect(await build('demo.cell.yaml')).toMatchObject({ code: 0 });
    const tar = await readFile(folder.at('demo.tar'), 'latin1');
    expect(tar).not.toContain('demo/hooks');
    expect(tar).not.toMatch(/"hooks"/);
  });
});
