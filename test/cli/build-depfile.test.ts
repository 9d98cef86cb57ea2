import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run, runRefused, type CliOutcome } from '../helpers/cli.ts';
import { depfileRules } from '../helpers/depfile.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create();
});
afterEach(() => folder.remove());

const build = (...args: string[]): Promise<CliOutcome> => run(['build', ...args], { cwd: folder.path });
const depfile = (name = 'out/demo.d'): Promise<string> => readFile(folder.at(name), 'utf8');

const NAMED = ['demo.cell', 'bzImage', 'kernel.config', 'rootfs.cpio.gz'];

test('names all that a bundle is made from, by paths as they are given', async () => {
  const outcome = await build('demo.cell.yaml', '-o', 'out', '--depfile', 'out/demo.d');
  expect(outcome).toMatchObject({ code: 0, stderr: expect.not.stringContaining('demo.d') });
  const text = await depfile();
  const { 'out/demo.tar': inputs } = depfileRules(text);
  expect(inputs!.toSorted()).toEqual(['demo.cell.yaml', ...NAMED].toSorted());
  for (const input of inputs!) expect(text).toContain(`\n${input}:\n`);
});

test('the same inputs, the same bytes', async () => {
  await build('demo.cell.yaml', '--depfile', 'a.d');
  await build('demo.cell.yaml', '--depfile', 'b.d');
  expect(await depfile('a.d')).toBe(await depfile('b.d'));
});

test('names rules, all parts of an initrd, and the key', async () => {
  await folder.write({
    'sub/all.cell.yaml': `${MANIFEST.replace(/initrd: .*/, 'initrd: [rootfs.cpio.gz, more.cpio]').replaceAll(
      /(?<=: |\[|, )(?=demo\.cell|bzImage|kernel\.config|rootfs|more)/g,
      '../',
    )}checks:\n  rules: [project.rules.yaml]\n`,
    'more.cpio': await readFile(folder.at('rootfs.cpio.gz')),
    'sub/project.rules.yaml': `rules:
  - id: project/64bit
    reason: so it is
    symbol: 64BIT
    value: y
    severity: error
    symptom: none
    fix: set it
    source: the team
`,
  });
  expect(await run(['keygen', 'key', '--no-password'], { cwd: folder.path })).toMatchObject({ code: 0 });
  const outcome = await build('sub/all.cell.yaml', '--depfile', 'all.d', '--secret-key', 'key.key');
  expect(outcome).toMatchObject({ code: 0 });
  const { 'demo.tar': inputs } = depfileRules(await depfile('all.d'));
  expect(inputs).toEqual(
    expect.arrayContaining([
      'sub/all.cell.yaml',
      'more.cpio',
      'rootfs.cpio.gz',
      'sub/project.rules.yaml',
      'key.key',
    ]),
  );
});

test('names files of defaults, of --rules and of --set', async () => {
  await folder.write({
    'sub/demo.cell.yaml': 'name: demo\ndefaults: common.yaml\n',
    'sub/common.yaml': MANIFEST.replace('name: demo\n', '').replaceAll(
      /(?<=: )(?=\w+\.\w+|bzImage)(?!.*=)/g,
      '../',
    ),
    'my.rules.yaml': 'rules: []\n',
    'other-kernel': await readFile(folder.at('bzImage')),
  });
  const given = ['--rules', 'my.rules.yaml', '--set', 'kernel.image=other-kernel'];
  const outcome = await build('sub/demo.cell.yaml', '--depfile', 'all.d', ...given);
  expect(outcome).toMatchObject({ code: 0 });
  const { 'demo.tar': inputs } = depfileRules(await depfile('all.d'));
  const expected = ['sub/demo.cell.yaml', 'sub/common.yaml', 'demo.cell', 'other-kernel', 'kernel.config'];
  expect(inputs!.toSorted()).toEqual([...expected, 'rootfs.cpio.gz', 'my.rules.yaml'].toSorted());
});

test('an absolute manifest has absolute inputs', async () => {
  await build(folder.at('demo.cell.yaml'), '-o', folder.at('out'), '--depfile', folder.at('out/demo.d'));
  const { [folder.at('out/demo.tar')]: inputs } = depfileRules(await depfile());
  expect(inputs).toContain(folder.at('bzImage'));
});

test('one rule a bundle', async () => {
  await folder.write({
    'other.cell.yaml': MANIFEST.replace('demo', 'other').replace('bzImage', 'other-kernel'),
  });
  await folder.write({ 'other-kernel': await readFile(folder.at('bzImage')) });
  const outcome = await build('demo.cell.yaml', 'other.cell.yaml', '-o', 'out', '--depfile', 'out/all.d');
  expect(outcome).toMatchObject({ code: 0 });
  const text = depfileRules(await depfile('out/all.d'));
  expect(Object.keys(text)).toEqual(['out/demo.tar', 'out/other.tar']);
  expect(text['out/demo.tar']).not.toContain('other-kernel');
  expect(text['out/other.tar']).not.toContain('bzImage');
});

describe('nothing is written', () => {
  beforeEach(() => folder.write({ 'demo.d': 'as before\n' }));

  test.each([
    ['of a manifest with an error', MANIFEST.replace('bzImage', 'nothing'), 'demo.d', /input\/unreadable/],
    ['over an input', MANIFEST, './rootfs.cpio.gz', /build\/overwrites-input/],
    ['over a bundle', MANIFEST, './demo.tar', /build\/same-name/],
    ['through a name with a star', MANIFEST.replace('bzImage', '"a*b"'), 'demo.d', /build\/depfile-name/],
  ])('%s', async (_, manifest, name, report) => {
    await folder.write({ 'demo.cell.yaml': manifest, 'a*b': await readFile(folder.at('bzImage')) });
    expect(await runRefused(['build', 'demo.cell.yaml', '--depfile', name], { cwd: folder.path })).toMatch(
      report,
    );
    expect(await depfile('demo.d')).toBe('as before\n');
    expect(await folder.names()).not.toContain('demo.tar');
  });

  test('over an input, by another name', async () => {
    await symlink('bzImage', folder.at('link.d'));
    expect(
      await runRefused(['build', 'demo.cell.yaml', '--depfile', 'link.d'], { cwd: folder.path }),
    ).toMatch(/build\/overwrites-input\n {2}--depfile link\.d would overwrite bzImage/);
  });

  test('where a folder is', async () => {
    await mkdir(folder.at('dir'));
    expect(await runRefused(['build', 'demo.cell.yaml', '--depfile', 'dir'], { cwd: folder.path })).toMatch(
      /output\/not-a-file/,
    );
  });

  test('without a name', async () => {
    expect(await build('demo.cell.yaml', '--depfile', '')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--depfile needs a file'),
    });
  });
});

test('a bundle whose folder has a % is refused: Make would take it for a pattern', async () => {
  const report = await runRefused(['build', 'demo.cell.yaml', '-o', 'a%b', '--depfile', 'x.d'], {
    cwd: folder.path,
  });
  expect(report).toContain("a depfile cannot name 'a%b/demo.tar', because of '%' in it");
  await writeFile(folder.at('100%'), await readFile(folder.at('bzImage')));
  await folder.write({ 'demo.cell.yaml': MANIFEST.replace('bzImage', '100%') });
  expect(await build('demo.cell.yaml', '--depfile', 'x.d')).toMatchObject({ code: 0 });
});
