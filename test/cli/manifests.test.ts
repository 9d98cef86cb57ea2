import { readFile, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run, runRefused, type CliOutcome } from '../helpers/cli.ts';
import { initrdOfSize } from '../helpers/newc.ts';
import { parseReport } from '../helpers/output.ts';
import type { Report } from '../../src/reports/output-schema.ts';
import { sha256 } from '../helpers/bytes.ts';

const WAIVE = (entries: string): string =>
  `${MANIFEST.replace(/ {2}config.*\n/, '')}checks:\n  waive:\n${entries}`;

const FAULTY = `nmae: demo
cell: demo.cell
kernel: { image: bzImage, config: missing.config }
initrd: rootfs.cpio.gz
placement: exat
`;

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await folder.write({
    'other.cell.yaml': MANIFEST.replace('name: demo', 'name: other'),
    'same.cell.yaml': MANIFEST,
    'faulty.cell.yaml': FAULTY,
    'waived.cell.yaml': WAIVE(
      '    - { rule: kernel/config-missing, reason: none here, until: 2999-12-31 }\n',
    ),
    'expired.cell.yaml': WAIVE('    - { rule: kernel/config-missing, reason: x, until: 2020-01-01 }\n'),
    'unused.cell.yaml': `${MANIFEST}checks: { waive: [{ rule: kernel/serio, reason: x }] }\n`,
  });
});
afterAll(() => folder.remove());

const INITRD = initrdOfSize(512);

const cli = (...args: string[]): Promise<CliOutcome> => run(args, { cwd: folder.path });

test.each([
  ['itself', 'over.cell.yaml', 'over/demo.tar'],
  ['a link to it', 'over-link.cell.yaml', 'link-to-demo.tar'],
])('a bundle is not written over an input, named as %s', async (_, manifest, input) => {
  await folder.write({ 'over/demo.tar': INITRD, [manifest]: MANIFEST.replace('rootfs.cpio.gz', input) });
  if (input !== 'over/demo.tar') await symlink('over/demo.tar', folder.at(input));
  const report = await runRefused(['build', manifest, '-o', 'over'], { cwd: folder.path });
  expect(report).toMatch(/build\/overwrites-input\n {2}over\/demo\.tar would overwrite \S+demo\.tar/);
  expect(new Uint8Array(await readFile(folder.at('over/demo.tar')))).toEqual(INITRD);
});

test('each manifest is told of a file in its own words', async () => {
  await folder.write({ 'sub/a.cell.yaml': MANIFEST.replaceAll(/rootfs\.cpio\.gz/g, '../nothing') });
  await folder.write({ 'b.cell.yaml': MANIFEST.replaceAll(/rootfs\.cpio\.gz/g, './nothing') });
  const { stdout } = await cli('check', 'sub/a.cell.yaml', 'b.cell.yaml');
  expect(stdout).toContain('cannot read ../nothing');
  expect(stdout).toContain('cannot read ./nothing');
});

describe('check', () => {
  test('an empty manifest: how to begin', async () => {
    await folder.write({ 'empty.cell.yaml': '' });
    expect(await runRefused(['check', 'empty.cell.yaml'], { cwd: folder.path })).toMatch(
      /error input\/empty\n.*\n {2}fix: .*`jailhouse-bundle init`/,
    );
  });

  test('a good manifest passes, on standard output', async () => {
    expect(await cli('check', 'demo.cell.yaml')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^demo\.cell\.yaml passes: no findings\n {2}\d+ rules checked, .*\n {2}0x200000 \|\.+Kr+I\.+\| 0x4c00000, 57\.99 MiB free\n$/,
      ),
      stderr: '',
    });
  });

  test('all faults at once: file, line, column, frame, and the nearest name', async () => {
    const { code, stdout, stderr } = await cli('check', 'faulty.cell.yaml');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toContain(`faulty.cell.yaml:1:1: error manifest/unknown-key
  unknown key \`nmae\`
  fix:       did you mean \`name\`?
  docs:      docs/reference/codes.md#manifest
    > 1 | nmae: demo
        | ^^^^
      2 | cell: demo.cell
      3 | kernel: { image: bzImage, config: missing.config }
`);
    expect(stdout).toMatch(/^faulty\.cell\.yaml:3:35: error input\/unreadable\n.*missing\.config/m);
    expect(stdout).toMatch(/^faulty\.cell\.yaml:5:12: error .*\n.*\n {2}fix: {7}did you mean `exact`\?/m);
    expect(stdout).toMatch(/\nfaulty\.cell\.yaml fails: 3 errors\n.*\n$/);
  });

  test('several manifests: each has its verdict, also beside one that is not there', async () => {
    const { code, stdout } = await cli('check', 'demo.cell.yaml', 'none.cell.yaml', 'faulty.cell.yaml');
    expect(code).toBe(1);
    expect(stdout).toContain('demo.cell.yaml passes: no findings\n');
    expect(stdout).toMatch(/^none\.cell\.yaml: error input\/unreadable\n/m);
    expect(stdout).toContain('none.cell.yaml fails: 1 error\n');
    expect(stdout).toContain('faulty.cell.yaml fails: 3 errors\n');
  });

  test('--profile rules where the manifest names none', async () => {
    const config = (await readFile(folder.at('kernel.config'), 'utf8')).replace(
      '# CONFIG_SERIO is not set',
      'CONFIG_SERIO=y',
    );
    await folder.write({
      'serio.config': config,
      'serio.cell.yaml': MANIFEST.replace('kernel.config', 'serio.config'),
    });
    expect(await cli('check', 'serio.cell.yaml')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/: error kernel\/serio\n/),
    });
  });

  test('waivers: one that holds passes, an expired one fails, an unused one warns', async () => {
    const [held, expired, unused] = await Promise.all([
      cli('check', 'waived.cell.yaml'),
      cli('check', 'expired.cell.yaml'),
      cli('check', 'unused.cell.yaml'),
    ]);
    expect(held.code).toBe(0);
    expect(held.stdout).toMatch(/: waived kernel\/config-missing\n[\s\S]*waived: +none here \(until 2999/);
    expect(held.stdout).toMatch(/passes: 1 waived\n {2}\d+ rules checked, .*\n {2}0x\S+ \|.*free\n$/);
    expect(expired.code).toBe(1);
    expect(expired.stdout).toMatch(/:9:7: error waiver\/expired\n/);
    expect(unused.code).toBe(0);
    expect(unused.stdout).toMatch(
      /: warning waiver\/unused\n[\s\S]*passes: 1 warning\n {2}\d+ rules checked, .*\n {2}0x\S+ \|.*free\n$/,
    );
  });
});

describe('build', () => {
  test('writes each bundle and prints what sha256sum would', async () => {
    const { code, stdout, stderr } = await cli(
      'build',
      'demo.cell.yaml',
      'other.cell.yaml',
      '-o',
      'a/new/out',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await folder.names('a/new/out')).toEqual(['demo.tar', 'other.tar']);
    const lines = await Promise.all(
      ['demo', 'other'].map(async (name) => {
        const file = `a/new/out/${name}.tar`;
        return `${sha256(await readFile(folder.at(file)))}  ${file}\n`;
      }),
    );
    expect(stdout).toBe(lines.join(''));
  });

  test.each([
    ['one is bad', ['demo.cell.yaml', 'faulty.cell.yaml'], /faulty\.cell\.yaml fails: 3 errors/],
    ['one is not there', ['demo.cell.yaml', 'none'], /none: error input\/unreadable/],
    [
      'two have one name',
      ['demo.cell.yaml', 'same.cell.yaml'],
      /same\.cell\.yaml:1:7: error build\/same-name/,
    ],
  ])('writes nothing where %s', async (_, manifests, reason) => {
    const report = await runRefused(['build', ...manifests, '-o', 'none'], { cwd: folder.path });
    expect(report).toMatch(reason);
    expect(report).toMatch(/\nnothing is written\n$/);
    expect(await folder.names()).not.toContain('none');
  });

  test('a waived finding is one line', async () => {
    const { code, stderr } = await cli('build', 'waived.cell.yaml', '-o', 'waived');
    expect(code).toBe(0);
    expect(stderr).toBe(
      'waived.cell.yaml:4:10: waived kernel/config-missing: none here (until 2999-12-31)\n',
    );
  });

  test('replaces a bundle that is there', async () => {
    await folder.write({ 'there/demo.tar': 'old' });
    expect(await cli('build', 'demo.cell.yaml', '-o', 'there')).toMatchObject({ code: 0 });
    expect((await readFile(folder.at('there/demo.tar'))).length).toBeGreaterThan(10_000);
    expect(await folder.names('there')).toEqual(['demo.tar']);
  });
});

describe('JSON has one form', () => {
  test.each([['--json'], ['--format=json']])('check %s', async (option) => {
    const { code, stdout, stderr } = await cli('check', option, 'demo.cell.yaml', 'faulty.cell.yaml', 'none');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const { subjects, findings } = parseReport(stdout, code);
    expect(subjects).toMatchObject([
      { file: 'demo.cell.yaml', ok: true, inputs: null, plan: { architecture: 'x86' } },
      { file: 'faulty.cell.yaml', ok: false, plan: null },
      { file: 'none', ok: false, plan: null },
    ]);
    expect(findings[0]).toMatchObject({
      rule: 'manifest/unknown-key',
      subject: 'faulty.cell.yaml',
      places: [{ file: 'faulty.cell.yaml', line: 1, column: 1 }],
    });
    expect(findings.at(-1)).toMatchObject({
      rule: 'input/unreadable',
      subject: 'none',
      places: [{ file: 'none', line: null, column: null }],
    });
  });

  test('check and build tell the plan that the bundle holds', async () => {
    const checked = parseReport((await cli('check', '--json', 'demo.cell.yaml')).stdout, 0);
    const built = parseReport((await cli('build', '--json', 'demo.cell.yaml', '-o', 'planned')).stdout, 0);
    const inspected = parseReport((await cli('inspect', '--json', 'planned/demo.tar')).stdout, 0);
    const { plan } = checked.subjects[0] as { plan: Report<'check'>['subjects'][number]['plan'] };
    expect(built.subjects[0]!.plan).toEqual(plan);
    const { metadata } = inspected.subjects[0]!.content as {
      metadata: {
        entry: string;
        e820: object;
        load: { role: string; address: string; size: number | null }[];
      };
    };
    expect(plan).toMatchObject({ entry: metadata.entry, e820: metadata.e820, memory: null });
    expect(plan!.load.map(({ role, address, size }) => ({ role, address, size }))).toEqual(
      metadata.load.map(({ role, address, size }) => ({ role, address, size })),
    );
    const labels = plan!.memoryMap.regions.flatMap(({ placed }) => placed.map(({ label }) => label));
    expect(labels).toEqual(expect.arrayContaining(['params', 'kernel file', 'kernel run area']));
    expect(plan!.memoryMap.outside).toEqual([]);
    const { regions } = plan!.memoryMap;
    expect(regions.filter(({ free }) => free === null).map(({ kind }) => kind)).toEqual(['comm']);
    expect(regions.filter(({ kind, free }) => kind === 'ram' && free!.length > 0)).not.toEqual([]);
  });

  test('build --json with a bad SOURCE_DATE_EPOCH', async () => {
    const args = ['build', '--json', 'demo.cell.yaml', '-o', 'json'];
    const { code, stdout, stderr } = await run(args, {
      cwd: folder.path,
      env: { SOURCE_DATE_EPOCH: 'soon' },
    });
    expect([code, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      findings: [{ rule: 'build/source-date-epoch', subject: null, places: [] }],
      subjects: [],
    });
  });

  test.each([
    ['build', ['build', 'demo.cell.yaml', '-o', '']],
    ['cell-linux', ['cell-linux', 'demo.cell', 'bzImage', '-w', '']],
  ])('%s to nowhere is wrong usage', async (_, args) => {
    const { code, stderr } = await run(args, { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: -[ow] needs a/);
  });

  test('one manifest named twice', async () => {
    const { code, stderr } = await run(['build', 'demo.cell.yaml', 'demo.cell.yaml'], { cwd: folder.path });
    expect(code).toBe(1);
    expect(stderr).toContain('name the manifest only once');
  });

  test('build --json, in success and failure', async () => {
    const good = await cli('build', '--json', 'demo.cell.yaml', '-o', 'json');
    expect(good).toMatchObject({ code: 0, stderr: '' });
    const { sha256 } = JSON.parse(good.stdout).subjects[0].bundle as { sha256: string };
    expect(JSON.parse(good.stdout)).toMatchObject({
      findings: [],
      subjects: [{ ok: true, bundle: { file: 'json/demo.tar', tarSha256: sha256 } }],
    });

    const bad = await cli('build', '--json', 'faulty.cell.yaml', '-o', 'json2');
    expect(bad).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(bad.stdout)).toMatchObject({ subjects: [{ ok: false, bundle: null }] });

    const unwritable = await cli('build', '--json', 'demo.cell.yaml', '-o', 'bzImage');
    expect(unwritable).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(unwritable.stdout)).toMatchObject({
      ok: false,
      findings: [{ rule: 'output/unwritable', subject: 'demo.cell.yaml' }],
      subjects: [{ ok: false, plan: { architecture: 'x86' }, bundle: null }],
    });
  });
});
