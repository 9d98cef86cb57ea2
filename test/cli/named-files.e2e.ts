import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder } from '../helpers/cell-files.ts';
import { inShell, run, runProcess, type CliOutcome } from '../helpers/cli.ts';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await run(['build', 'demo.cell.yaml'], { cwd: folder.path });
});
afterAll(() => folder.remove());

const piped = (file: string, ...args: string[]): Promise<CliOutcome> =>
  runProcess(args, { cwd: folder.path, under: inShell(`cat ${file} | "$@"`) });

test('a manifest is read from a pipe', async () => {
  expect(await piped('demo.cell.yaml', 'check', '-')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^<stdin> passes: /),
  });
});

test.each([
  ['/dev/null', 'the standard input is empty'],
  ['bzImage', 'the standard input is not UTF-8'],
  ['/dev/zero', 'the standard input has more than 1048576 bytes'],
])('a pipe with %s is refused', async (file, says) => {
  const { code, stdout } = await piped(file, 'check', '-');
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining(says) });
});

test.each(['demo.cell', 'demo.tar'])('inspect reads %s from a pipe', async (file) => {
  const { stdout } = await run(['inspect', file], { cwd: folder.path });
  expect(await piped(file, 'inspect', '-')).toMatchObject({ code: 0, stdout });
});
