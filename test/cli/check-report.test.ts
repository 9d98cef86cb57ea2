import { mkdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run, runRefused, type CliOutcome } from '../helpers/cli.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';
import type { PrintedReport } from '../helpers/output.ts';

const SERIO = GOOD_CONFIG.replace('# CONFIG_SERIO is not set', 'CONFIG_SERIO=y');
const LINE = SERIO.split('\n').indexOf('CONFIG_SERIO=y') + 1;

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await folder.write({
    'serio.config': SERIO,
    'serio.cell.yaml': MANIFEST.replace('kernel.config', 'serio.config'),
    'unused.cell.yaml': `${MANIFEST}checks: { waive: [{ rule: kernel/serio, reason: x }] }\n`,
    'sub/a b#.cell.yaml': MANIFEST.replaceAll(/: (demo\.cell|bzImage|rootfs)/g, ': ../$1').replace(
      'kernel.config',
      '../serio.config',
    ),
  });
});
afterAll(() => folder.remove());

const check = (...args: string[]): Promise<CliOutcome> => run(['check', ...args], { cwd: folder.path });

describe('--severity: the least that fails', () => {
  test.each<[string, string, number]>([
    ['a warning', 'error', 0],
    ['a warning', 'warning', 1],
    ['a warning', 'info', 1],
  ])('%s with %s', async (_, severity, code) => {
    const told = await check('unused.cell.yaml', '--severity', severity);
    expect(told.code).toBe(code);
    expect(told.stdout).toMatch(
      code === 0
        ? /passes: 1 warning\n {2}\d+ rules checked, .*\n {2}0x\S+ \|.*free\n$/
        : /fails: 1 warning\n {2}\d+ rules checked, .*\n {2}rules: {5}waiver\/unused\n$/,
    );
    const json = await check('unused.cell.yaml', '--severity', severity, '--json');
    expect(json.code).toBe(code);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: code === 0, subjects: [{ ok: code === 0 }] });
    const junit = await check('unused.cell.yaml', '--severity', severity, '--format', 'junit');
    expect(junit.stdout).toContain(`failures="${code}"`);
  });
});

describe('where a finding points to', () => {
  test('of a manifest: its line, and the line of the kernel config', async () => {
    const { stdout } = await check('serio.cell.yaml');
    expect(stdout).toMatch(/^serio\.cell\.yaml:5:11: error kernel\/serio\n/m);
    expect(stdout).toContain(`\n  config:    serio.config:${LINE}\n`);
    const { findings } = JSON.parse((await check('serio.cell.yaml', '--json')).stdout) as PrintedReport;
    expect(findings.filter(({ rule }) => rule !== 'kernel/profile')).toMatchObject([
      {
        rule: 'kernel/serio',
        fixSymbols: [{ symbol: 'SERIO', value: 'n' }],
        places: [
          { file: 'serio.cell.yaml', line: 5, column: 11 },
          { file: 'serio.config', line: LINE, column: null },
        ],
      },
    ]);
  });

  test('of files: the file, and its line', async () => {
    const { stdout } = await check('--kernel', 'bzImage', '--config', 'serio.config', '--json');
    const { findings, subjects } = JSON.parse(stdout) as PrintedReport;
    const inputs = { kernel: 'bzImage', config: 'serio.config', cell: null, initrd: [] };
    expect(subjects).toMatchObject([{ file: 'bzImage', ok: false, inputs, plan: null }]);
    expect(findings.find(({ rule }) => rule === 'kernel/serio')).toMatchObject({
      subject: 'bzImage',
      places: [{ file: 'serio.config', line: LINE, column: null }],
    });
  });
});

describe('a report is the same on any machine', () => {
  const FORMATS = ['sarif', 'junit', 'github', 'gitlab'];

  test.each(FORMATS)(
    '%s: relative paths, wherever the folder lies and however it is named',
    async (format) => {
      const other = await Folder.create(undefined, 'elsewhere-');
      try {
        for (const name of ['serio.config', 'sub/a b#.cell.yaml']) {
          await other.write({ [name]: await readFile(folder.at(name)) });
        }
        const args = ['check', 'sub/a b#.cell.yaml', '--format', format];
        const here = await run(args, { cwd: folder.path });
        expect(here.code).toBe(1);
        expect(await run(args, { cwd: other.path })).toEqual(here);
        const absolute = ['check', other.at('sub/a b#.cell.yaml'), '--format', format];
        expect(await run(absolute, { cwd: other.path })).toEqual(here);
        expect(here.stdout).not.toContain(folder.path);
      } finally {
        await other.remove();
      }
    },
  );

  test('SARIF names the manifest and, beside it, the config', async () => {
    const { stdout } = await check('sub/a b#.cell.yaml', '--format', 'sarif');
    const { runs } = JSON.parse(stdout) as { runs: [{ results: object[]; tool: object }] };
    expect(runs[0].tool).toMatchObject({ driver: { name: 'rollup-plugin-jailhouse' } });
    const location = (uri: string, region: object): object => ({
      physicalLocation: { artifactLocation: { uri, uriBaseId: '%SRCROOT%' }, region },
    });
    expect(runs[0].results[0]).toMatchObject({
      ruleId: 'kernel/serio',
      level: 'error',
      locations: [location('sub/a%20b%23.cell.yaml', { startLine: 5, startColumn: 11 })],
      relatedLocations: [location('serio.config', { startLine: LINE })],
    });
  });
});

describe('-o', () => {
  test.each(['text', 'json', 'sarif', 'junit', 'github', 'gitlab'])(
    'writes %s to the file, and the text to standard error',
    async (format) => {
      const [told, text] = await Promise.all([
        check('serio.cell.yaml', '--format', format),
        check('serio.cell.yaml'),
      ]);
      const outcome = await check('serio.cell.yaml', '--format', format, '-o', `out/report.${format}`);
      expect(outcome).toEqual({ code: 1, signal: null, stdout: '', stderr: text.stdout });
      expect(await readFile(folder.at(`out/report.${format}`), 'utf8')).toBe(told.stdout);
    },
  );

  test('a file has no colours, whatever the terminal gets', async () => {
    const env = { FORCE_COLOR: '1' };
    const { stderr } = await run(['check', 'serio.cell.yaml', '-o', 'plain'], { cwd: folder.path, env });
    expect(stderr).toContain('\x1b[');
    expect(await readFile(folder.at('plain'), 'utf8')).not.toContain('\x1b');
  });

  test('onto a folder: refused, and nothing is left', async () => {
    await mkdir(folder.at('taken'));
    const report = await runRefused(['check', 'demo.cell.yaml', '-o', 'taken'], { cwd: folder.path });
    expect(report).toMatch(/error output\/not-a-file\n/);
    expect((await folder.names()).filter((name) => name.includes('.tmp'))).toEqual([]);
  });
});

describe('--fix-fragment', () => {
  const SERIO_CONFIG = ['--config', 'x86-serio.config', '--cmdline', 'console=ttyS0'];
  beforeAll(() => folder.write({ 'x86-serio.config': `CONFIG_X86=y\n${SERIO}` }));

  test('writes what mends the config, and says so', async () => {
    const { code, stdout, stderr } = await check(...SERIO_CONFIG, '--fix-fragment', 'out/fix.config');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'out/fix.config is written; its first lines say how to merge it\n',
    });
    expect(stdout).toMatch(/fails: 1 error/);
    const fragment = await readFile(folder.at('out/fix.config'), 'utf8');
    expect(fragment.split('\n')).toContain('# CONFIG_SERIO is not set');
    await folder.write({ 'mended.config': `CONFIG_X86=y\n${SERIO}${fragment}` });
    expect((await check('--config', 'mended.config', '--cmdline', 'console=ttyS0')).code).toBe(0);
  });

  test('goes to standard output where the report goes to a file; the same for a manifest', async () => {
    const args = ['--fix-fragment', '-', '-o', 'out/report'];
    const { stdout, stderr } = await check(...SERIO_CONFIG, ...args);
    expect(stdout).toBe(await readFile(folder.at('out/fix.config'), 'utf8'));
    expect(stderr).toMatch(/fails: 1 error/);
    expect((await check('serio.cell.yaml', ...args)).stdout).toContain('\n# CONFIG_SERIO is not set\n');
  });

  test('without a config there is none', async () => {
    const { code, stderr } = await check('--kernel', 'bzImage', '--fix-fragment', 'out/none');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'no fragment is written: no kernel config could be judged\n',
    });
    expect(await folder.names('out')).not.toContain('none');
  });
});

test('severities have headings where there are several', async () => {
  await folder.write({
    'mixed.cell.yaml': `${MANIFEST.replace('kernel.config', 'serio.config')}checks:
  require: { CONFIG_PREEMPT_RT: y }
  waive:
    - { rule: kernel/serio, reason: accepted }
    - { rule: kernel/64bit, reason: nothing breaks it }
`,
  });
  const { stdout } = await check('mixed.cell.yaml');
  const headings = stdout.split('\n').filter((line) => /^\d/.test(line));
  expect(headings).toEqual(['1 waived', '1 warning', '1 error']);
  expect(stdout).toMatch(
    /\nmixed\.cell\.yaml fails: 1 error, 1 warning, 1 waived\n {2}\d+ rules checked, .*\n.*\n$/,
  );
});
