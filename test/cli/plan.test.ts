import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run, type CliOutcome } from '../helpers/cli.ts';
import { machineFiles, MACHINE } from '../helpers/machine-project.ts';
import { parseReport } from '../helpers/output.ts';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await folder.write({
    ...machineFiles(),
    'board.machine.yaml': MACHINE,
    'serio.cell.yaml': `${MANIFEST}checks: { require: { CONFIG_NO_SUCH: y } }\n`,
  });
});
afterAll(() => folder.remove());

const plan = (args: readonly string[], env = {}): Promise<CliOutcome> =>
  run(['plan', ...args], { cwd: folder.path, env });

const BAR = /^\|P?L+[.]+\|$/m;

test('shows a bar for each region of RAM, and fits the terminal', async () => {
  for (const width of [80, 120]) {
    const { code, stdout, stderr } = await plan(['demo.cell.yaml'], { COLUMNS: String(width) });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^demo\.cell\.yaml\ncell 'demo', x86; placement exact; .* 0x1000200\n/);
    expect(stdout.match(/^\|.*\|$/gm)).toHaveLength(2);
    expect(stdout).toMatch(BAR);
    const widest = Math.max(...stdout.split('\n').map((line) => line.length));
    expect(widest).toBeGreaterThan(width - 4);
    expect(widest).toBeLessThanOrEqual(width);
  }
  expect((await plan(['demo.cell.yaml'])).stdout).toBe(
    (await plan(['demo.cell.yaml'], { COLUMNS: '80' })).stdout,
  );
});

test('has colours where they are asked for', async () => {
  const { stdout } = await plan(['demo.cell.yaml', '--color', 'always']);
  expect(stdout).toContain('|\u001b[33mP\u001b[39m\u001b[35mL');
});

test('errors go to standard error, and the plan is shown all the same', async () => {
  const { code, stdout, stderr } = await plan(['serio.cell.yaml', 'demo.cell.yaml', 'none.cell.yaml']);
  expect(code).toBe(1);
  expect(stdout.match(/^cell 'demo'/gm)).toHaveLength(2);
  expect(stderr).toMatch(/: error project\/CONFIG_NO_SUCH\n/);
  expect(stderr).toMatch(/^none\.cell\.yaml: error input\/unreadable\n/m);
});

test('machines get the same, with every address', async () => {
  const { code, stdout } = await plan(['demo.cell.yaml', 'none.cell.yaml', '--json']);
  const { subjects } = parseReport(stdout, code);
  expect(subjects).toMatchObject([
    { file: 'demo.cell.yaml', cell: null, ok: true, plan: { entry: '0x1000200' } },
    { file: 'none.cell.yaml', cell: null, ok: false, plan: null },
  ]);
});

test('of a machine file: the machine, then each cell with Linux', async () => {
  const { code, stdout, stderr } = await plan(['board.machine.yaml']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^board\.machine\.yaml\n\d+ CPUs?, RAM at /);
  expect(stdout).toMatch(/\n\n\S+.*\ncell '/);
});
