import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run, type CliOptions, type CliOutcome } from '../helpers/cli.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';

const SERIO = GOOD_CONFIG.replace('# CONFIG_SERIO is not set', 'CONFIG_SERIO=y');

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  const waivers = '{ rule: kernel/64bit, reason: x }, { rule: kernel/pci, reason: y }';
  await mkdir(folder.at('my kernels'));
  await folder.write({
    'serio.config': SERIO,
    'my kernels/serio.config': SERIO,
    'serio.cell.yaml': `${MANIFEST.replace('kernel.config', 'serio.config')}checks: { profile: strict }\n`,
    'blank.cell.yaml': MANIFEST.replace('kernel.config', 'my kernels/none.config'),
    'mixed.cell.yaml': `${MANIFEST.replace('kernel.config', 'serio.config')}checks: { waive: [${waivers}], profile: strict }\n`,
  });
});
afterAll(() => folder.remove());

const cli = (args: readonly string[], env: CliOptions['env'] = {}): Promise<CliOutcome> =>
  run(args, { cwd: folder.path, env });

describe('the order of a report', () => {
  test('findings of one rule are one group, and the rules that fail are named last', async () => {
    const { stdout } = await cli(['check', 'mixed.cell.yaml', '--severity', 'warning']);
    expect(stdout).toContain(`warning waiver/unused (2 findings)
  mixed.cell.yaml:8:19: nothing breaks 'kernel/64bit'
`);
    expect(stdout).toMatch(/\n {2}mixed\.cell\.yaml:8:\d+: nothing breaks 'kernel\/pci'\n/);
    expect(stdout.match(/fix: +remove the waiver/g)).toHaveLength(1);
    expect(stdout.indexOf('error kernel/serio')).toBeGreaterThan(stdout.indexOf('warning waiver/unused'));
    expect(stdout.endsWith('  rules:     kernel/serio, waiver/unused (2)\n')).toBe(true);
  });

  test('several manifests are summed up at the end', async () => {
    const failed = await cli(['check', 'serio.cell.yaml', 'demo.cell.yaml', 'mixed.cell.yaml']);
    expect(failed.stdout).toMatch(
      /\n\n2 of 3 fail: 2 errors, 2 warnings\n {2}rules: {5}kernel\/serio \(2\)\n$/,
    );
    const passed = await cli(['check', 'demo.cell.yaml', 'demo.cell.yaml']);
    expect(passed.stdout).toMatch(/\n\nall 2 pass: no findings\n$/);
    const built = await cli(['build', 'serio.cell.yaml', 'demo.cell.yaml', '-o', 'out']);
    expect(built.stderr).toMatch(
      /\n\n1 of 2 fails: 1 error\n {2}rules: {5}kernel\/serio\nnothing is written\n$/,
    );
  });
});

describe('--quiet and --short', () => {
  test('quiet: what fails, and nothing of what passes', async () => {
    expect(await cli(['check', '-q', 'demo.cell.yaml'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const { stdout } = await cli(['check', '-q', 'demo.cell.yaml', 'mixed.cell.yaml']);
    expect(stdout).toContain('error kernel/serio');
    expect(stdout).not.toMatch(/waiver\/unused|demo\.cell\.yaml passes/);
    const strict = await cli(['check', '-q', 'mixed.cell.yaml', '--severity', 'warning']);
    expect(strict.stdout).toContain('warning waiver/unused');
  });

  test('short: one line for each finding, as editors read it', async () => {
    const { stdout } = await cli(['check', '--short', 'mixed.cell.yaml']);
    const lines = stdout.split('\n');
    expect(lines.slice(0, 3)).toEqual([
      "mixed.cell.yaml:8:19: warning: nothing breaks 'kernel/64bit' [waiver/unused]",
      expect.stringMatching(
        /^mixed\.cell\.yaml:8:\d+: warning: nothing breaks 'kernel\/pci' \[waiver\/unused\]$/,
      ),
      expect.stringMatching(/^mixed\.cell\.yaml:5:11: error: CONFIG_SERIO=y: .* \[kernel\/serio\]$/),
    ]);
    expect(lines.slice(3)).toEqual([
      'mixed.cell.yaml fails: 1 error, 2 warnings',
      '  rules:     kernel/serio',
      '',
    ]);
    const built = await cli(['build', '--short', 'mixed.cell.yaml']);
    expect(built.stderr.split('\n').slice(0, 3)).toEqual(lines.slice(0, 3));
  });

  test('cell check has both', async () => {
    const args = ['cell', 'check', 'none.cell'];
    expect((await cli([...args, '--short'])).stderr).toBe(
      'none.cell: error: cannot read none.cell: it does not exist [input/unreadable]\n',
    );
    expect((await cli([...args, '-q'])).stderr).toMatch(/^none\.cell: error input\/unreadable\n/);
  });

  test.each([
    [['check', '--short', '--json', 'demo.cell.yaml'], '--short has no effect on --format json'],
    [['build', '-q', '--json', 'demo.cell.yaml'], '--quiet has no effect on --format json'],
    [['check', '-q', '--format', 'sarif', 'demo.cell.yaml'], '--quiet has no effect on --format sarif'],
  ])('%j: refused', async (args, reason) => {
    expect(await cli(args)).toMatchObject({ code: 2, stderr: expect.stringContaining(reason) });
  });

  test('with -o they are for the text beside the report', async () => {
    const { code, stderr } = await cli(['check', '-q', '--json', 'demo.cell.yaml', '-o', 'report.json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('width', () => {
  test('COLUMNS wraps text between words', async () => {
    const { stdout } = await cli(['check', 'serio.cell.yaml'], { COLUMNS: '60' });
    for (const line of stdout.split('\n')) {
      if (!/^\S|^ {4,}(?:> )?\d* +\|/.test(line)) expect(line.length, line).toBeLessThanOrEqual(60);
    }
    expect(stdout).toMatch(/\n {2}fix: {7}turn CONFIG_SERIO off, and the drivers that\n {13}select it/);
    const whole = await cli(['check', 'serio.cell.yaml']);
    const words = (text: string): string[] => text.split(/\s+/);
    expect(words(stdout)).toEqual(words(whole.stdout));
  });

  test('a path with a blank stays whole', async () => {
    const { stdout } = await cli(['check', 'blank.cell.yaml'], { COLUMNS: '24' });
    expect(stdout).toContain('\n  my kernels/none.config:\n');
  });

  test.each(['0', '-5', 'wide', ''])('COLUMNS=%s is none', async (COLUMNS) => {
    const [plain, given] = [
      await cli(['check', 'serio.cell.yaml']),
      await cli(['check', 'serio.cell.yaml'], { COLUMNS }),
    ];
    expect(given.stdout).toBe(plain.stdout);
  });
});

describe('--color', () => {
  const isColored = async (args: readonly string[], env: CliOptions['env'] = {}): Promise<boolean> =>
    (await cli([...args, 'serio.cell.yaml'], env)).stdout.includes('\u001b[');

  test('always and never win over the environment; before or after the command', async () => {
    expect(await isColored(['check'])).toBe(false);
    expect(await isColored(['check', '--color', 'always'], { NO_COLOR: '1' })).toBe(true);
    expect(await isColored(['--color', 'always', 'check'])).toBe(true);
    expect(await isColored(['--color=always', 'check'])).toBe(true);
    expect(await isColored(['check', '--color', 'never'], { FORCE_COLOR: '1' })).toBe(false);
    expect(await isColored(['check', '--color', 'auto'], { FORCE_COLOR: '1' })).toBe(true);
    expect(await isColored(['check'])).toBe(false);
  });

  test('another word is refused', async () => {
    expect(await cli(['check', '--color', 'sometimes', 'demo.cell.yaml'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Allowed choices are auto, always, never'),
    });
  });
});
