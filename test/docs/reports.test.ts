import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OUTCOMES, type RuleOutcome } from '../../src/checks/coverage.ts';
import { Folder } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { codeBlock, expectSections, readPage, ROOT } from '../helpers/docs.ts';
import type { PrintedReport } from '../helpers/output.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';

const COMMAND = 'check --kernel bzImage --config kernel.config --cmdline console=ttyS0,115200';

let folder: Folder;
let text: string;
let json: string;
beforeAll(async () => {
  folder = await Folder.create();
  const config = GOOD_CONFIG.replace('# CONFIG_SERIO is not set', 'CONFIG_SERIO=y');
  await folder.write({ 'kernel.config': config });
  const args = COMMAND.split(' ');
  [text, json] = (await Promise.all(
    [args, [...args, '--json']].map(async (words) => {
      const { stdout } = await run(words, { cwd: folder.path });
      return stdout;
    }),
  )) as [string, string];
});
afterAll(() => folder.remove());

const shown = (): string => codeBlock(`$ npx jailhouse-bundle ${COMMAND}\n${text}`);

/** Of all rules, one of each outcome. */
const shortened = (key: string, value: unknown): unknown => {
  if (key !== 'each') return value;
  const all = value as RuleOutcome[];
  return OUTCOMES.flatMap((wanted) => all.find(({ outcome }) => outcome === wanted) ?? []);
};

test('the examples are real', async () => {
  expect(text).toContain('fails');
  const { findings, subjects, ...head } = JSON.parse(json) as PrintedReport;
  const report = { ...head, tool: { ...head.tool, version: '…' }, findings: findings.slice(0, 1), subjects };
  const example = JSON.stringify(report, shortened, 2);
  await expectSections('reports.md', { text: shown(), json: codeBlock(example, 'json') });
});

test('every option of check has its word', async () => {
  const { stdout } = await run(['check', '--help']);
  const options = [...stdout.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)/gm)].map(([, name]) => name!);
  expect(options).toContain('kernel');
  const page = readPage('reports.md');
  expect(options.filter((name) => name !== 'help' && !page.includes(`--${name}`))).toEqual([]);
});

test('the README shows the finding of the example', async () => {
  const finding = text.split('\n\n').find((part) => part.includes('error kernel/serio\n'));
  expect(finding).toMatch(/^kernel\.config:\d+: error kernel\/serio\n/);
  expect(await readFile(path.join(ROOT, 'README.md'), 'utf8')).toContain(codeBlock(finding!));
});
