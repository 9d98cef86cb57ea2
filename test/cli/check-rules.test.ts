import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run, runRefused, type CliOutcome } from '../helpers/cli.ts';
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

  test.each([
    ['a file that is not there', ['none.yaml'], /error input\/unreadable\n/],
    ['a rule of ours', ['bad.yaml'], /error rules\/built-in\n {2}bad\.yaml:2:/],
    ['a rule twice', ['more.yaml', 'same.yaml'], /error rules\/[a-z-]+\n {2}same\.yaml:2:/],
  ])('%s: told, and nothing is checked', async (_, files, finding) => {
    const args = files.flatMap((file) => ['--rules', file]);
    const report = await runRefused(['check', ...KERNEL, ...args], { cwd: folder.path });
    expect(report).toMatch(finding);
    expect(report).not.toContain('passes');
  });
});
