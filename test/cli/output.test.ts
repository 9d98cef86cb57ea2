import { readlink, symlink } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Folder } from '../helpers/cell-files.ts';
import { run, runRefused } from '../helpers/cli.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create();
});
afterEach(() => folder.remove());

const BUILD = ['build', 'demo.cell.yaml', '-o', 'out'];
describe('nothing is left of what cannot be written', () => {
  test('a link to a file that is not there yet is kept', async () => {
    await folder.write({ 'out/empty': '' });
    await symlink('out', folder.at('alias'));
    await symlink('../elsewhere.tar', folder.at('out/demo.tar'));
    expect((await run(['build', 'demo.cell.yaml', '-o', 'alias'], { cwd: folder.path })).code).toBe(0);
    expect(await readlink(folder.at('out/demo.tar'))).toBe('../elsewhere.tar');
    expect((await run(['verify', 'elsewhere.tar'], { cwd: folder.path })).code).toBe(0);
  });

  test('links that form a loop are told', async () => {
    await folder.write({ 'out/empty': '' });
    await symlink('demo.tar', folder.at('out/demo.tar'));
    const report = await runRefused(BUILD, { cwd: folder.path });
    expect(report).toMatch(/output\/unwritable\n.*its symbolic links form a loop/);
  });

  test.each([
    ['a file', 'bzImage'],
    ['below a file', 'bzImage/out'],
    ['where no folder can be', '/proc/out'],
  ])('-o is %s', async (_, out) => {
    const report = await runRefused(['build', 'demo.cell.yaml', '-o', out], { cwd: folder.path });
    expect(report).toContain('output/unwritable');
  });
});

test('colours are for terminals, and for those who ask', async () => {
  const colors = async (env: Record<string, string>): Promise<boolean> =>
    (await run(['check', 'demo.cell.yaml'], { cwd: folder.path, env })).stdout.includes('\x1b[');
  expect(await colors({})).toBe(false);
  expect(await colors({ CI: '1' })).toBe(false);
  expect(await colors({ FORCE_COLOR: '1' })).toBe(true);
  expect(await colors({ FORCE_COLOR: '0' })).toBe(false);
  expect(await colors({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
});
