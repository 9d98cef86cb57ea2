import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run, runRefused } from '../helpers/cli.ts';
import { parseReport } from '../helpers/output.ts';
import { cellVectors } from '../helpers/vectors.ts';

const bytesOf = (id: string): Buffer =>
  Buffer.from(cellVectors().find((vector) => vector.id === id)!.hex, 'hex');

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-cell-'));
  await writeFile(join(folder, 'x86.cell'), bytesOf('12/cell/x86/0'));
  await writeFile(join(folder, 'root.cell'), bytesOf('9/system/arm'));
  await writeFile(join(folder, 'manifest.cell.yaml'), 'cell: x86.cell\nkernel: { image: bzImage }\n');
  await writeFile(
    join(folder, 'bad.jailhouse.yaml'),
    'format: cell\nrevision: 12\narchitecture: x86\nname: a\nflags: [nosuch]\n',
  );
});
afterAll(() => rm(folder, { recursive: true }));

const cell = (...words: string[]) => run(['cell', ...words], { cwd: folder });
const refused = (...words: string[]) => runRefused(['cell', ...words], { cwd: folder });
const listed = () => readdir(folder);

describe('decompile and compile', () => {
  test('give the same bytes', async () => {
    const { code, stderr } = await cell(
      'decompile',
      'root.cell',
      '--arch',
      'arm',
      '-o',
      'root.jailhouse.yaml',
    );
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'root.cell: architecture arm, as given; revision 9 files do not say\n',
    });
    expect(await cell('compile', 'root.jailhouse.yaml', '-o', 'out/again.cell')).toMatchObject({
      code: 0,
      stdout: 'out/again.cell\n',
    });
    expect(await readFile(join(folder, 'out/again.cell'))).toEqual(bytesOf('9/system/arm'));
  });

  test('print, and write beside the description', async () => {
    const { stdout } = await cell('decompile', 'x86.cell');
    await writeFile(join(folder, 'named.jailhouse.yaml'), stdout);
    expect(await cell('compile', 'named.jailhouse.yaml')).toMatchObject({
      code: 0,
      stdout: 'named.cell\n',
      stderr: '',
    });
    expect(await readFile(join(folder, 'named.cell'))).toEqual(bytesOf('12/cell/x86/0'));
  });

  test('compile for another release', async () => {
    await cell('decompile', 'x86.cell', '-o', 'x86.jailhouse.yaml');
    for (const [release, revision] of [
      ['0.12', 12],
      ['13', 13],
      ['git', 14],
    ] as const) {
      const { code } = await cell('compile', 'x86.jailhouse.yaml', '--release', release, '-o', 'other.cell');
      expect(code).toBe(0);
      expect((await readFile(join(folder, 'other.cell')))[6]).toBe(revision);
    }
  });
});

test('C source is no description, and is built elsewhere', async () => {
  await writeFile(
    join(folder, 'linux.c'),
    '// a cell\n\n#include <jailhouse/cell-config.h>\nstruct { int a; };\n',
  );
  const report = await refused('compile', 'linux.c');
  expect(report).toMatch(
    /description\/yaml\n {2}linux\.c is C source, not a description\n {2}fix: .*tree of Jailhouse/,
  );
  await rm(join(folder, 'linux.c'));
});

test('a mistake is told at its line, and nothing is written', async () => {
  const before = await listed();
  const report = await refused('compile', 'bad.jailhouse.yaml');
  expect(report).toContain('bad.jailhouse.yaml:5:9: error description/value');
  expect(report).toContain('> 5 | flags: [nosuch]');
  expect(await listed()).toEqual(before);
});

describe('convert', () => {
  test('says what changes', async () => {
    const { code, stdout, stderr } = await cell('convert', '--release', '0.6', 'x86.cell', '-o', 'old.cell');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'old.cell\n' });
    expect(stderr).toMatch(
      /warning convert\/lost\n {2}`msg_reply_timeout` is not in revision 3 \(Jailhouse 0\.6\)/,
    );
    expect((await readFile(join(folder, 'old.cell')))[6]).toBe(3);
  });

  test('writes a description where the name asks for one', async () => {
    expect(await cell('convert', '--release', 'git', 'x86.cell', '-o', 'new.yaml')).toMatchObject({
      code: 0,
    });
    expect(await readFile(join(folder, 'new.yaml'), 'utf8')).toContain(
      'revision: 14 # Jailhouse git since 2023-01',
    );
  });

  test('tells machines the same', async () => {
    await writeFile(
      join(folder, 'nine.yaml'),
      'format: system\nrevision: 9\narchitecture: arm\ndebug_console: { type: hscif, flags: [rootpage] }\nroot_cell: { name: r, cpus: 0 , memory: [{ size: 4K }] }\n',
    );
    const words = ['convert', '--json', '--release', '10', 'nine.yaml', '-o', 'ten.cell'];
    const { code, stdout, stderr } = await cell(...words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { findings, subjects } = parseReport(stdout, code);
    expect(findings.filter(({ rule }) => rule.startsWith('convert/'))).toEqual([
      expect.objectContaining({
        rule: 'convert/moved',
        severity: 'info',
        subject: 'nine.yaml',
        message: expect.stringContaining('becomes the flag `virtual_debug_console` of the system') as string,
      }),
      expect.objectContaining({ rule: 'convert/moved' }),
    ]);
    expect(subjects).toEqual([
      {
        file: 'nine.yaml',
        ok: true,
        kind: 'system',
        architecture: 'arm',
        assumed: null,
        output: 'ten.cell',
      },
    ]);
    expect((await readFile(join(folder, 'ten.cell')))[6]).toBe(10);
  });

  test.each([
    ['manifest.cell.yaml', 'description/wrong-kind'],
    ['nothing.cell', 'input/unreadable'],
    ['bad.jailhouse.yaml', 'description/value'],
  ])('tells machines that %s cannot be read, and writes nothing', async (file, rule) => {
    const before = await listed();
    const { code, stdout } = await cell('convert', '--json', '--release', '10', file);
    const { findings, subjects } = parseReport(stdout, code);
    expect(findings.map((finding) => finding.rule)).toContain(rule);
    expect(subjects).toEqual([
      { file, ok: false, kind: null, architecture: null, assumed: null, output: null },
    ]);
    expect(await listed()).toEqual(before);
  });

  test('needs a release that exists', async () => {
    expect(await cell('convert', 'x86.cell')).toMatchObject({ code: 2 });
    expect(await cell('convert', '--release', '0.13', 'x86.cell')).toMatchObject({ code: 2 });
  });
});

describe('the wrong kind of file is told which command reads it', () => {
  test.each([
    [['cell', 'compile', 'x86.cell'], 'jailhouse-bundle cell decompile'],
    [['cell', 'decompile', 'bad.jailhouse.yaml'], 'jailhouse-bundle cell compile'],
    [['cell', 'compile', 'manifest.cell.yaml'], 'jailhouse-bundle check'],
    [['check', 'bad.jailhouse.yaml'], 'jailhouse-bundle cell compile'],
    [['inspect', 'bad.jailhouse.yaml'], 'jailhouse-bundle cell compile'],
  ])('%j', async (words, expected) => {
    const { code, stdout, stderr } = await run(words, { cwd: folder });
    expect({ code, report: stdout + stderr }).toEqual({ code: 1, report: expect.stringContaining(expected) });
  });

  test('an output is no input', async () => {
    expect(await cell('convert', '--release', '0.6', 'x86.cell', '-o', 'x86.cell')).toMatchObject({
      code: 2,
    });
    expect(await readFile(join(folder, 'x86.cell'))).toEqual(bytesOf('12/cell/x86/0'));
  });
});

test('inspect takes the architecture from outside', async () => {
  const { stdout } = await run(['inspect', '--arch', 'arm', 'root.cell'], { cwd: folder });
  expect(stdout).toContain('arm, as given');
  expect(stdout).toContain('gicd_base');
});

test('schema prints that of descriptions', async () => {
  const { stdout } = await run(['schema', 'cell']);
  expect(JSON.parse(stdout)).toMatchObject({ title: 'Jailhouse cell or system (*.jailhouse.yaml)' });
});
