import { symlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run, type CliOutcome } from '../helpers/cli.ts';
import { machineFiles } from '../helpers/machine-project.ts';

const inFolder = (name: string): string =>
  MANIFEST.replace('name: demo', `name: ${name}`).replaceAll(
    /: (\S+\.(?:cell|config|gz)|bzImage)$/gm,
    ': ../$1',
  );

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await folder.write({
    'cells/b.cell.yaml': inFolder('b'),
    'cells/a.cell.yml': inFolder('a'),
    'cells/deep/c.cell.yaml': inFolder('c').replaceAll('../', '../../'),
    'cells/node_modules/other/d.cell.yaml': 'not: ours\n',
    'cells/.hidden/e.cell.yaml': 'not: ours\n',
    'cells/common.yaml': 'name: x\n',
    'empty/readme.txt': 'nothing\n',
    '[odd]/f.cell.yaml': inFolder('f'),
  });
});
afterAll(() => folder.remove());

const cli = (...args: string[]): Promise<CliOutcome> => run(args, { cwd: folder.path });

/** The subjects of a check. */
async function checked(...words: string[]): Promise<string[]> {
  const { stdout } = await cli('check', ...words, '--json');
  return (JSON.parse(stdout) as { subjects: { file: string }[] }).subjects.map(({ file }) => file);
}

const ALL = ['cells/a.cell.yml', 'cells/b.cell.yaml', 'cells/deep/c.cell.yaml'];

describe('a folder or a pattern', () => {
  test.each([
    [['cells'], ALL],
    [['cells/'], ALL],
    [['./cells'], ALL],
    [['cells/**'], ALL],
    [['cells/*'], ALL.slice(0, 2)],
    [['cells/*.cell.yaml'], ['cells/b.cell.yaml']],
    [['cells/*.yaml'], ['cells/b.cell.yaml', 'cells/common.yaml']],
    [['cells/{a,b}.cell.*'], ALL.slice(0, 2)],
    [['cells/../cells/*.yml'], ['cells/a.cell.yml']],
    [['[odd]'], ['[odd]/f.cell.yaml']],
    [['cells', 'cells/b.cell.yaml'], ALL],
    [
      ['cells/b.cell.yaml', 'cells'],
      ['cells/b.cell.yaml', 'cells/a.cell.yml', 'cells/deep/c.cell.yaml'],
    ],
  ])('%j', async (words, files) => {
    expect(await checked(...words)).toEqual(files);
  });

  test('as an absolute one', async () => {
    expect(await checked(folder.at('cells/*.yml'))).toEqual([folder.at('cells/a.cell.yml')]);
  });

  test('a link to a folder above does not lead round', async () => {
    await folder.write({ 'round/g.cell.yaml': inFolder('g') });
    await symlink('.', folder.at('round/again'));
    expect((await checked('round')).at(0)).toMatch(/^round\/(?:again\/)?g\.cell\.yaml$/);
  });

  test('a manifest that a machine file of the folder names is checked with it alone', async () => {
    const files = Object.entries(machineFiles()).map(([name, content]) => [`board/${name}`, content]);
    await folder.write(Object.fromEntries(files) as Record<string, string>);
    const subjects = await checked('board');
    expect(subjects.filter((file) => file === 'board/gateway.cell.yaml')).toHaveLength(1);
    expect(subjects[0]).toBe('board/board.machine.yaml');
  });

  test.each([
    [['check', 'empty'], 'nothing in empty is called *.cell.yaml or *.machine.yaml'],
    [['check', 'empty/*'], 'no file that matches empty/* is called *.cell.yaml or *.machine.yaml'],
    [['plan', 'none/*.cell.yaml'], 'no file matches none/*.cell.yaml'],
    [['build', 'empty'], 'nothing in empty is called'],
    [['verify', 'empty'], 'nothing in empty is called *.tar or *.tar.gz'],
  ])('%j finds nothing', async (args, says) => {
    const { code, stderr } = await cli(...args);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(says) });
    const { code: ofJson, stdout } = await cli(...args, '--json');
    expect(ofJson).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, findings: [{ rule: 'input/nothing-found' }] });
  });

  test('builds all, and verifies all', async () => {
    expect(await cli('build', 'cells', '-o', 'out')).toMatchObject({ code: 0 });
    const { code, stdout } = await cli('verify', 'out');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^out\/a\.tar is .*\nout\/b\.tar is .*\nout\/c\.tar is .*\n$/),
    });
  });

  test('a manifest that is named twice by itself is a mistake still', async () => {
    const { code, stderr } = await cli('build', 'demo.cell.yaml', 'demo.cell.yaml', '-o', 'twice');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('name the manifest only once'),
    });
  });
});

const piped = (file: string, ...args: string[]): Promise<CliOutcome> =>
  run(args, { cwd: folder.path, stdin: resolve(folder.path, file) });

describe('-', () => {
  test('a manifest from the standard input, its paths from the working directory', async () => {
    expect(await piped('demo.cell.yaml', 'check', '-')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^<stdin> passes: /),
    });
    const { stdout } = await piped('cells/common.yaml', 'check', '-', '--short', '--set', 'cmdlin=x');
    expect(stdout).toContain('<stdin>:1:1: error: `cell` is missing [manifest/missing]');
  });

  test.each([
    ['/dev/null', 'the standard input is empty'],
    ['bzImage', 'the standard input is not UTF-8'],
    ['/dev/zero', 'the standard input has more than 1048576 bytes'],
  ])('of %s', async (file, says) => {
    const { code, stdout } = await piped(file, 'check', '-');
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining(says) });
  });

  test('inspect reads it, too', async () => {
    const { stdout: whole } = await cli('inspect', 'demo.cell');
    expect(await piped('demo.cell', 'inspect', '-')).toMatchObject({ code: 0, stdout: whole });
    await cli('build', 'demo.cell.yaml', '-o', 'one');
    const { stdout: bundle } = await cli('inspect', 'one/demo.tar');
    expect(await piped('one/demo.tar', 'inspect', '-')).toMatchObject({ code: 0, stdout: bundle });
    expect(await piped('/dev/null', 'inspect', '-')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('<stdin>: error input/empty'),
    });
  });

  test.each(['check', 'inspect'])('%s reads it once', async (command) => {
    const { code, stderr } = await cli(command, '-', '-');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('is named twice') });
  });
});
