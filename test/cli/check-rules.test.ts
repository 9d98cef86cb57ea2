import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run, runRefused, type CliOutcome } from '../helpers/cli.ts';
import type { Report } from '../../src/reports/output-schema.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';

const RULE = (id: string, symbol: string): string => `rules:
  - id: ${id}
    reason: the team measures latencies
    symbol: ${symbol}
    value: y
    severity: error
    symptom: late interrupts
    fix: set it
    source: the team
`;

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await folder.write({
    'x86.config': GOOD_CONFIG,
    'team.yaml': RULE('project/preempt-rt', 'PREEMPT_RT'),
    'more.yaml': RULE('project/64bit', 'CONFIG_64BIT'),
    'same.yaml': RULE('project/64bit', 'PREEMPT_RT'),
    'bad.yaml': RULE('kernel/serio', 'SERIO'),
    'waived.cell.yaml': `${MANIFEST}checks:\n  waive: [{ rule: project/preempt-rt, reason: not yet }]\n`,
  });
});
afterAll(() => folder.remove());

const check = (...args: string[]): Promise<CliOutcome> => run(['check', ...args], { cwd: folder.path });
const KERNEL = ['--kernel', 'bzImage', '--config', 'x86.config', '--cmdline', 'console=ttyS0'];

describe('--rules', () => {
  test.each([
    ['files', KERNEL],
    ['a manifest', ['demo.cell.yaml']],
  ])('hold for %s', async (_, args) => {
    const { code, stdout, stderr } = await check(...args, '--rules', 'team.yaml', '--rules', 'more.yaml');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/error project\/preempt-rt\n.*: the team measures latencies\n/);
    expect(stdout).toContain('\n  source:    the team\n');
    expect(stdout).not.toContain('project/64bit');
  });

  test('are known to waivers, and to the reports for machines', async () => {
    const waived = await check('waived.cell.yaml', '--rules', 'team.yaml');
    expect(waived.code, waived.stdout).toBe(0);
    const args = [...KERNEL, '--rules', 'team.yaml', '--rules', 'more.yaml', '--format'];
    const sarif = JSON.parse((await check(...args, 'sarif')).stdout) as {
      runs: [{ tool: { driver: { rules: object[] } } }];
    };
    expect(sarif.runs[0].tool.driver.rules).toContainEqual({
      id: 'project/preempt-rt',
      shortDescription: { text: 'The team measures latencies.' },
      fullDescription: { text: 'The team measures latencies. Source: the team' },
      help: { text: 'Set it.' },
      defaultConfiguration: { level: 'error' },
    });
    const junit = (await check(...args, 'junit')).stdout;
    expect(junit).toMatch(/<testcase name="project\/64bit" [^>]*\/>/);
    expect(junit).toMatch(/<testcase name="kernel\/serio" [^>]*\/>/);
    expect(junit).toMatch(/<testcase name="project\/preempt-rt" [^>]*>\n\s*<failure /);
  });

  test('are the source of their findings for machines', async () => {
    const { stdout } = await check(...KERNEL, '--rules', 'team.yaml', '--json');
    const { findings } = JSON.parse(stdout) as Report<'check'>;
    expect(findings.find(({ rule }) => rule === 'project/preempt-rt')!.source).toBe('the team');
  });

  test('have their problems at their lines for machines', async () => {
    const { stdout } = await check(...KERNEL, '--rules', 'bad.yaml', '--rules', 'none.yaml', '--json');
    const { findings } = JSON.parse(stdout) as Report<'check'>;
    expect(findings.map(({ message, places }) => [message, places])).toEqual([
      ['`kernel/serio` is a built-in rule', [{ file: 'bad.yaml', line: 2, column: 9 }]],
      [expect.stringContaining('none.yaml'), [{ file: 'none.yaml', line: null, column: null }]],
    ]);
  });

  test.each([
    ['a file that is not there', ['none.yaml'], /error input\/unreadable\n/],
    ['a rule of ours', ['bad.yaml'], /^bad\.yaml:2:9: error rules\/built-in\n[^]*> 2 \|/m],
    ['a rule twice', ['more.yaml', 'same.yaml'], /^same\.yaml:2:9: error rules\/duplicate\n/m],
  ])('%s: told, and nothing is checked', async (_, files, finding) => {
    const args = files.flatMap((file) => ['--rules', file]);
    const report = await runRefused(['check', ...KERNEL, ...args], { cwd: folder.path });
    expect(report).toMatch(finding);
    expect(report).not.toContain('passes');
  });
});
