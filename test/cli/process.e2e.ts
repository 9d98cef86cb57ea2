import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder, GOOD_FILES } from '../helpers/cell-files.ts';
import { run, runProcess } from '../helpers/cli.ts';
import { machineFiles } from '../helpers/machine-project.ts';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create({ ...GOOD_FILES, ...machineFiles() });
});
afterAll(() => folder.remove());

test.each([
  [0, 'build demo.cell.yaml -o out'],
  [1, 'build none -o out'],
  [0, 'build --json board.machine.yaml'],
  [0, 'verify board.tar'],
  [0, 'inspect --json board.tar'],
  [0, '--version'],
  [0, 'check demo.cell.yaml'],
  [1, 'check --kernel none --json'],
  [0, 'inspect demo.cell bzImage'],
  [1, 'verify bzImage'],
  [1, 'explain none.log'],
  [0, 'init -'],
  [0, 'schema rules'],
  [0, 'cell-linux demo.cell bzImage -w params'],
  [0, 'cell decompile demo.cell'],
  [1, 'cell compile demo.cell'],
  [2, 'biuld'],
  [2, ''],
])('exit code %i, and the same output as without a process: %s', async (code, line) => {
  const args = line.split(' ').filter((word) => word !== '');
  const outcome = await runProcess(args, { cwd: folder.path });
  expect(outcome).toMatchObject({ code, signal: null });
  expect(outcome).toEqual(await run(args, { cwd: folder.path }));
});
