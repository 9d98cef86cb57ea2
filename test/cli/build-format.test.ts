import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run, type CliOutcome } from '../helpers/cli.ts';

const RULES = `rules:
  - id: project/preempt-rt
    symbol: PREEMPT_RT
    value: y
    reason: the control loop needs it
    severity: warning
    fix: build with CONFIG_PREEMPT_RT=y
    source: our requirements
`;

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await folder.write({
    'rules.yaml': RULES,
    'bad.cell.yaml': MANIFEST.replace('cell: demo.cell', 'cell: nothing.cell'),
  });
});
afterAll(() => folder.remove());

const build = (...args: string[]): Promise<CliOutcome> => run(['build', ...args], { cwd: folder.path });

describe('build', () => {
  test.each(['sarif', 'junit', 'github'])(
    '--format %s prints what check does, and writes',
    async (format) => {
      const out = `out-${format}`;
      const outcome = await build('demo.cell.yaml', '-o', out, '--rules', 'rules.yaml', '--format', format);
      const checked = await run(['check', 'demo.cell.yaml', '--rules', 'rules.yaml', '--format', format], {
        cwd: folder.path,
      });
      expect(outcome).toEqual({ ...checked, code: 0, stderr: '' });
      expect(outcome.stdout).toContain('project/preempt-rt');
      expect(existsSync(folder.at(`${out}/demo.tar`))).toBe(true);
    },
  );

  test('--severity: a warning that fails keeps all from being written', async () => {
    const args = ['demo.cell.yaml', '-o', 'severe', '--rules', 'rules.yaml', '--severity', 'warning'];
    const { code, stdout, stderr } = await build(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(
      'demo.cell.yaml fails: 1 warning\n  rules:     project/preempt-rt\nnothing is written',
    );
    expect(existsSync(folder.at('severe'))).toBe(false);
    const report = await build(...args, '--json');
    expect(JSON.parse(report.stdout)).toMatchObject({ ok: false, subjects: [{ ok: false, bundle: null }] });
  });

  test('in SARIF, an error, and nothing is written', async () => {
    const { code, stdout } = await build('bad.cell.yaml', '-o', 'bad', '--format', 'sarif');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).runs[0].results[0]).toMatchObject({
      ruleId: 'input/unreadable',
      level: 'error',
    });
    expect(existsSync(folder.at('bad'))).toBe(false);
  });

  test('mistakes in rules are told, and no rules file is overwritten', async () => {
    await folder.write({ 'wrong.yaml': 'rules: 5\n', 'as-rules/demo.tar': RULES });
    const outcome = await build('demo.cell.yaml', '--rules', 'wrong.yaml', '-o', 'wrong');
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('wrong.yaml:1:8: error rules/type'),
    });
    const { code, stderr } = await build('demo.cell.yaml', '--rules', 'as-rules/demo.tar', '-o', 'as-rules');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('build/overwrites-input') });
  });

  test('a depfile names the rules', async () => {
    const { code } = await build(
      'demo.cell.yaml',
      '--rules',
      'rules.yaml',
      '-o',
      'dep',
      '--depfile',
      'dep.d',
    );
    expect(code).toBe(0);
    expect(await readFile(folder.at('dep.d'), 'utf8')).toContain('rules.yaml');
  });
});

describe('check --waive', () => {
  const check = (...args: string[]): Promise<CliOutcome> =>
    run(['check', '--kernel', 'bzImage', ...args], { cwd: folder.path });

  test('accepts a finding with its reason', async () => {
    expect((await check()).stdout).toContain('error kernel/config-missing');
    const { code, stdout } = await check('--waive', 'kernel/config-missing=the vendor keeps it');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('the vendor keeps it') });
    const withCell = await check(
      '--cell',
      'demo.cell',
      '--waive',
      'kernel/config-missing=the vendor keeps it',
    );
    expect(withCell.stdout).toContain('the vendor keeps it');
    expect(withCell.stdout).not.toContain('waiver/');
  });

  test.each([
    ['kernel/seroi=x', 'waiver/unknown-rule', 'did you mean'],
    ['placement/initrd=x', 'waiver/not-waivable', ''],
  ])('%s: %s', async (waiver, code, fix) => {
    const { stdout } = await check('--waive', waiver);
    expect(stdout).toContain(code);
    expect(stdout).toContain(fix);
  });

  test('one that accepts nothing is named, but for rules that were not judged', async () => {
    const { stdout } = await check(
      '--config',
      'kernel.config',
      '--waive',
      'kernel/pci=x',
      '--waive',
      'cell/cpu-0=x',
    );
    expect(stdout).toContain("nothing breaks 'kernel/pci'");
    expect(stdout).not.toContain("'cell/cpu-0'");
  });

  test.each([
    [['--waive', 'kernel/serio'], 'has no reason'],
    [['--waive', 'kernel/serio= '], 'has no reason'],
    [['--waive', 'a=b\nc'], 'is not one line'],
  ])('wrong use: %j', async (args, says) => {
    const { code, stderr } = await check(...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(says) });
  });

  test('is not for manifests', async () => {
    const { code, stderr } = await run(['check', 'demo.cell.yaml', '--waive', 'a/b=c'], { cwd: folder.path });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('exclude each other') });
  });
});
