import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseManifest } from '../../src/manifest/parse.ts';
import { prepareCell } from '../../src/inputs/prepare.ts';
import { InputStore } from '../../src/inputs/store.ts';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';

const RULES = `rules:
  - { id: project/hz, symbol: HZ, value: 1000, reason: timers are too coarse otherwise }
`;
const TEAM = `rules:
  - { id: project/log, symbol: LOG_BUF_SHIFT, value: 14, reason: memory, severity: warning }
`;

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await folder.write({
    'our.yaml': RULES,
    'sub/team.yaml': TEAM,
    'twice.yaml': RULES.replaceAll('\n', '\n\n'),
    'bad.yaml': RULES.replace('value: 1000', 'value: maybe, colour: red'),
    'latin1.yaml': Uint8Array.of(0x72, 0xfc),
  });
});
afterAll(() => folder.remove());

const inputs: string[] = [];
async function prepare(checks: string) {
  inputs.length = 0;
  const { diagnostics } = await prepareCell(
    folder.at('demo.cell.yaml'),
    `${MANIFEST}checks: { ${checks} }\n`,
    new InputStore(),
    {
      profile: 'strict',
      today: '2026-01-01',
      onInput: (path) => inputs.push(path),
    },
  );
  return diagnostics;
}

const told = async (checks: string): Promise<string[]> =>
  (await prepare(checks)).map(({ severity, code, waived }) => `${waived ? 'waived' : severity} ${code}`);

describe('checks.rules', () => {
  test.each([
    ['rules: our.yaml', ['our.yaml']],
    ['rules: [our.yaml, sub/team.yaml]', ['our.yaml', 'sub/team.yaml']],
    ['rules: []', []],
  ])('names files: %s', (checks, files) => {
    const parsed = parseManifest(`${MANIFEST}checks: { ${checks} }\n`);
    expect(parsed.problems).toEqual([]);
    expect(parsed.manifest!.checks.rules).toEqual(files);
    const named = parsed.files.filter(({ path }) => path[0] === 'checks');
    expect(named.map(({ file }) => file)).toEqual(files);
  });

  test('a finding is at the kernel config, and each file is watched', async () => {
    expect(await told('rules: [our.yaml, sub/team.yaml]')).toEqual([
      'error project/hz',
      'warning project/log',
    ]);
    expect(inputs).toEqual(expect.arrayContaining([folder.at('our.yaml'), folder.at('sub/team.yaml')]));
    const [finding] = await prepare('rules: our.yaml');
    expect(finding).toMatchObject({
      message: 'CONFIG_HZ is absent: timers are too coarse otherwise',
      path: ['kernel', 'config'],
      fixSymbols: [{ symbol: 'HZ', value: '1000' }],
    });
  });

  test('a waiver names it; one for a rule that holds is not needed', async () => {
    const waive = (rule: string): string => `rules: our.yaml, waive: [{ rule: ${rule}, reason: not yet }]`;
    expect(await told(waive('project/hz'))).toEqual(['waived project/hz']);
    const proposed = await prepare(waive('project/hx'));
    expect(proposed).toContainEqual(
      expect.objectContaining({ code: 'waiver/unknown-rule', fix: "did you mean 'project/hz'?" }),
    );
    const holds = 'rules: sub/team.yaml, waive: [{ rule: project/log, reason: old }], require: {}';
    await folder.write({ 'sub/team.yaml': TEAM.replace('value: 14', 'value: n') });
    expect(await told(holds)).toEqual(['warning waiver/unused']);
    await folder.write({ 'sub/team.yaml': TEAM });
  });

  test('what is wrong with a file is told at its line there', async () => {
    const [problem, ...others] = await prepare('rules: bad.yaml');
    expect(problem).toMatchObject({
      code: 'rules/unknown-key',
      message: 'bad.yaml:2:49: unknown key `colour` in `rules[0]`',
      path: ['checks', 'rules'],
    });
    expect(problem!.detail).toContain('> 2 |');
    expect(others).toEqual([]);
  });

  test('two files have no rule in common', async () => {
    expect(await prepare('rules: [our.yaml, twice.yaml]')).toMatchObject([
      {
        code: 'rules/duplicate',
        message: 'twice.yaml:3:11: `project/hz` is already a rule of our.yaml',
        path: ['checks', 'rules', 1],
      },
      { code: 'project/hz' },
    ]);
  });

  test.each([
    ['none.yaml', 'input/unreadable'],
    ['latin1.yaml', 'rules/encoding'],
  ])('%s cannot be read', async (file, code) => {
    const [problem] = await prepare(`rules: [our.yaml, ${file}]`);
    expect(problem).toMatchObject({ code, path: ['checks', 'rules', 1] });
  });
});

test('`schema rules` prints the schema', async () => {
  const { code, stdout } = await run(['schema', 'rules']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ required: ['rules'] });
});
