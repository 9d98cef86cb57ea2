import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import { boardNodes, boardSystem } from '../helpers/board.ts';
import { run } from '../helpers/cli.ts';
import { dtbOf } from '../helpers/trees.ts';

const WISH = `name: demo
system: root.cell
board: board.dtb
root: { cmdline: mem=512M }
cell:
  generate:
    cpus: 2
    memory: 128M
    console: serial0
    links: [{ to: root, kind: net }, { to: root, kind: custom, size: 256K }]
`;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cell-generate-'));
  await writeFile(join(folder, 'root.cell'), encodeSystemConfig(boardSystem()));
  await writeFile(join(folder, 'board.dtb'), dtbOf(boardNodes()));
  await writeFile(join(folder, 'demo.wish.yaml'), WISH);
});
afterAll(() => rm(folder, { recursive: true }));

const generate = (...words: string[]) => run(['cell', 'generate', ...words], { cwd: folder });
const textOf = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

test('the cell of the example is made without a finding', async () => {
  const manifest = join(import.meta.dirname, '../../example-project/cells/linux-arm64.cell.yaml');
  const { code, stdout } = await generate(manifest, '-o', 'example');
  expect([code, stdout.trimEnd().split('\n').at(-1)]).toEqual([
    0,
    expect.stringMatching(/passes: no findings$/),
  ]);
  expect(await textOf('example/linux-arm64-demo.jailhouse.yaml')).toContain('shmem_protocol: custom');
});

describe('cell generate', () => {
  test('writes all files of a cell', async () => {
    const { code, stdout } = await generate('demo.wish.yaml', '-o', 'made');
    expect(code).toBe(0);
    expect((await readdir(join(folder, 'made'))).toSorted()).toEqual([
      'demo.dtb',
      'demo.dts',
      'demo.jailhouse.yaml',
      'report.json',
      'report.txt',
      'root-cmdline.txt',
      'root-overlay.dts',
      'system.jailhouse.yaml',
    ]);
    expect(stdout).toMatch(/^written {3}made\/demo\.dts$/m);
    expect(stdout).toMatch(/demo\.wish\.yaml passes: no findings\n$/);
  });

  test('gives what `cell check` passes', async () => {
    const { stdout } = await run(
      [
        'cell',
        'check',
        'made/system.jailhouse.yaml',
        'made/demo.jailhouse.yaml',
        '--board',
        'board.dtb',
        '--root-cmdline',
        'mem=512M',
      ],
      { cwd: folder },
    );
    expect(stdout).not.toMatch(/error/);
  });

  test('says in the cell why each thing was chosen', async () => {
    const yaml = await textOf('made/demo.jailhouse.yaml');
    expect(yaml).toMatch(/^cpus: 2-3 # the last free ones in a row$/m);
    expect(yaml).toMatch(/size: 128M, .* # RAM of the guest$/m);
    expect(await textOf('made/report.txt')).toMatch(
      /^ {2}link to root \(net\) +0001:00:01\.0, peer 1 of 2$/m,
    );
  });

  test('leaves files alone that are as they should be', async () => {
    const { code, stdout } = await generate('demo.wish.yaml', '-o', 'made');
    expect([code, stdout.match(/^unchanged/gm)?.length]).toEqual([0, 8]);
    expect((await generate('demo.wish.yaml', '-o', 'made', '--check')).code).toBe(0);
  });

  test('overwrites what was edited only with --force', async () => {
    await appendFile(join(folder, 'made/demo.dts'), '// mine\n');
    const { code, stdout } = await generate('demo.wish.yaml', '-o', 'made');
    expect(code).toBe(1);
    expect(stdout).toMatch(/error machine\/edited\n {2}made\/demo\.dts was changed/);
    expect(await textOf('made/demo.dts')).toMatch(/\/\/ mine/);
    expect((await generate('demo.wish.yaml', '-o', 'made', '--force')).code).toBe(0);
    expect(await textOf('made/demo.dts')).not.toMatch(/\/\/ mine/);
  });

  test('follows a changed wish, and says before that what is checked in is stale', async () => {
    await writeFile(join(folder, 'demo.wish.yaml'), WISH.replace('cpus: 2', 'cpus: 1'));
    const stale = await generate('demo.wish.yaml', '-o', 'made', '--check');
    expect(stale.code).toBe(1);
    expect(stale.stdout).toMatch(
      /error machine\/stale \(5 findings\)\n {2}demo\.wish\.yaml: made\/demo\.jailhouse\.yaml is not what the wish gives now/,
    );
    expect((await generate('demo.wish.yaml', '-o', 'made')).code).toBe(0);
    expect(await textOf('made/demo.jailhouse.yaml')).toMatch(/^cpus: 3 #/m);
    await writeFile(join(folder, 'demo.wish.yaml'), WISH);
  });

  test('asks at the line of the wish, and writes nothing', async () => {
    await writeFile(join(folder, 'asks.wish.yaml'), WISH.replace('serial0', 'serial1'));
    const { code, stdout } = await generate('asks.wish.yaml', '-o', 'nothing');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^asks\.wish\.yaml:9:14: error machine\/clock-rate$/m);
    expect(await readdir(folder)).not.toContain('nothing');
  });

  test('tells programs all of it', async () => {
    const { stdout } = await generate('demo.wish.yaml', '-o', 'made', '--json');
    const { ok, subjects } = JSON.parse(stdout) as {
      ok: boolean;
      subjects: { cell: string; files: { state: string }[] }[];
    };
    expect([ok, subjects[0]!.cell, subjects[0]!.files.length]).toEqual([true, 'demo', 8]);
  });

  test('wants a folder', async () => {
    const { code, stderr } = await generate('demo.wish.yaml');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/-o is missing/)]);
  });
});

describe('cell generate --init', () => {
  test('prints a wish with what the machine offers, which can be made', async () => {
    const { stdout } = await generate('--init', 'root.cell', 'board.dtb');
    expect(stdout).toMatch(/# CPUs that can be given away: 1-3/);
    expect(stdout).toMatch(/# serial1: ttyAMA1, \/soc\/serial@9010000 at 0x9010000, switched off/);
    expect(stdout).toMatch(/# 0001:00:01\.0: net, 2 peers/);
    await writeFile(join(folder, 'offered.wish.yaml'), stdout);
    expect((await generate('offered.wish.yaml', '-o', 'offered')).code).toBe(0);
  });
});
