import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CELL_RULES } from '../../src/checks/cell/rules/index.ts';
import { RULES } from '../../src/checks/kernel/rules/index.ts';
import { TREE_RULES } from '../../src/placement/arm/tree-checks/rules.ts';
import { Folder } from '../helpers/cell-files.ts';
import { run, type CliOutcome } from '../helpers/cli.ts';
import { parseReport } from '../helpers/output.ts';

const IDS = [...RULES, ...TREE_RULES, ...CELL_RULES].map(({ id }) => id);

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await mkdir(folder.at('logs/kernel'), { recursive: true });
  await folder.write({ 'logs/kernel/serio': 'FATAL: Invalid PIO read, port: 64 size: 1\n' });
});
afterAll(() => folder.remove());

const cli = (args: readonly string[], env = {}): Promise<CliOutcome> => run(args, { cwd: folder.path, env });

const SERIO = `kernel/serio
  the kernel may probe a keyboard controller (ports 60 and 64) that the cell does not have
  severity: strict: error; mainline: warning from Linux 4.16 on, error before and for unknown versions
`;

test('lists every rule in a line of its own, in groups', async () => {
  const { code, stdout } = await cli(['rules']);
  expect(code).toBe(0);
  expect([...stdout.matchAll(/^ {2}(\S+) {2,}\S/gm)].map((match) => match[1])).toEqual(IDS);
  expect(stdout).toMatch(/^Whose config it is\n/);
  expect(stdout).toMatch(new RegExp(`\n${IDS.length} rules; `));
});

test('explains one, by rules and by explain', async () => {
  const { stdout } = await cli(['rules', 'kernel/serio']);
  expect(stdout.startsWith(SERIO)).toBe(true);
  expect(stdout).toMatch(/\n {2}docs: {5}docs\/reference\/kernel-rules\.md#kernelserio\n$/);
  expect((await cli(['explain', 'kernel/serio'])).stdout).toBe(stdout);
});

test('a log of that name is explained as one', async () => {
  const { stdout } = await run(['explain', 'kernel/serio'], { cwd: folder.at('logs') });
  expect(stdout).toMatch(/^kernel\/serio:1: FATAL/m);
});

test('machines get the same', async () => {
  const all = parseReport((await cli(['rules', '--json'])).stdout, 0);
  expect(all.subjects.map(({ id }) => id)).toEqual(IDS);
  const { subjects } = parseReport((await cli(['explain', 'cell/cpu-0', '--json'])).stdout, 0);
  expect(subjects).toEqual([all.subjects.find(({ id }) => id === 'cell/cpu-0')]);
});

test('what is found without a rule has at least its page', async () => {
  const { stdout } = await cli(['rules', 'manifest/missing']);
  expect(stdout).toBe(
    'manifest/missing\n  a manifest must name what belongs together\n  docs:     docs/reference/codes.md#manifest\n',
  );
});

test.each(['kernel/seroi', 'nothing-like-it', ''])("'%s' is wrong usage", async (id) => {
  const { code, stdout, stderr } = await cli(['rules', id]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(id === 'kernel/seroi' ? "did you mean 'kernel/serio'?" : 'lists them all');
});

test('fits a narrow terminal', async () => {
  for (const args of [['rules'], ['rules', 'kernel/config-not-own']]) {
    const { stdout } = await cli(args, { COLUMNS: '80' });
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  }
});
