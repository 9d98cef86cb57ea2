import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readMachineMetadata, readMetadata } from '../../src/bundle/read-metadata.ts';
import { readBundle } from '../../src/bundle/read.ts';
import { parseSystemConfig } from '../../src/formats/cell/system.ts';
import { Folder } from '../helpers/cell-files.ts';
import { sha256 } from '../helpers/bytes.ts';
import { run } from '../helpers/cli.ts';
import { depfileRules } from '../helpers/depfile.ts';
import { MACHINE, machineFiles } from '../helpers/machine-project.ts';
import { parseReport } from '../helpers/output.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create(machineFiles());
});
afterEach(() => folder.remove());

const build = (file = 'board.machine.yaml', ...args: string[]) =>
  run(['build', folder.at(file), '-o', folder.at('out'), ...args]);

async function bundleOf(name = 'board', suffix = '.tar') {
  const bytes = await readFile(folder.at(`out/${name}${suffix}`));
  const { files } = await readBundle(
    (async function* () {
      yield bytes;
    })(),
  );
  const textOf = (path: string): string =>
    Buffer.from(files.find((file) => file.path === path)!.content!).toString();
  return { files, textOf };
}

describe('the bundle of a machine', () => {
  test('has a depfile with the files of all its cells, and their manifests', async () => {
    const words = ['build', 'board.machine.yaml', '--depfile', 'board.d'];
    expect(await run(words, { cwd: folder.path })).toMatchObject({ code: 0 });
    const rules = depfileRules(await readFile(folder.at('board.d'), 'utf8'));
    expect(Object.keys(rules)).toEqual(['board.tar']);
    expect(rules['board.tar']!.toSorted()).toEqual(Object.keys(machineFiles()).toSorted());
  });

  test('has what its cells share once, and a unit for each', async () => {
    const { code, stdout, stderr } = await build();
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/note kernel\/no-console/) });
    expect(stdout).toMatch(/^[0-9a-f]{64} {2}.*board\.tar\n$/);
    const { files } = await bundleOf();
    expect(files.map(({ path }) => path)).toEqual([
      'board-gateway.service',
      'board-linux.service',
      'board-rtos.service',
      'board.target',
      'gateway.cell',
      'gateway.params',
      'launch.sh',
      'linux.cell',
      'linux.initrd',
      'linux.kernel',
      'linux.params',
      'rtos.cell',
      'rtos.image0',
      'system.cell',
      'bundle.json',
      'SHA256SUMS',
    ]);
    expect(await run(['verify', folder.at('out/board.tar')])).toMatchObject({ code: 0 });
  });

  test('names every file that it is made from, once', async () => {
    await build();
    const { textOf } = await bundleOf();
    const { inputs, cells } = readMachineMetadata(textOf('bundle.json'))!;
    const all = [inputs!, ...cells.map((cell) => cell.inputs!)].flat();
    for (const { file, sha256: digest } of all) {
      expect({ file, digest }).toEqual({ file, digest: sha256(await readFile(folder.at(file))) });
    }
    expect(inputs!.map(({ key }) => key)).toEqual(['machine', 'system']);
    expect(cells.map((cell) => cell.inputs!.map(({ key }) => key))).toMatchInlineSnapshot(`
      [
        [
          "cell",
          "images.0.file",
        ],
        [
          "cell",
          "kernel.image",
          "kernel.config",
          "initrd",
        ],
        [
          "manifest",
          "cell",
          "kernel.image",
          "kernel.config",
          "initrd",
        ],
      ]
    `);
  });

  test('says of each cell what a bundle of its own says, in the order of their start', async () => {
    await build();
    const { textOf } = await bundleOf();
    const json = textOf('bundle.json');
    expect(readMetadata(json)).toBeNull();
    const { cells, system } = readMachineMetadata(json)!;
    expect(system).toMatchObject({ file: 'system.cell', name: 'machine', architecture: 'x86', revision: 14 });
    expect(cells.map(({ name, after, cell }) => [name, after, cell.file, cell.name])).toEqual([
      ['rtos', [], 'rtos.cell', 'rtos 1'],
      ['linux', ['rtos'], 'linux.cell', 'linux'],
      ['gateway', ['linux'], 'gateway.cell', 'gateway'],
    ]);
    const [rtos, linux, gateway] = cells;
    expect(rtos).toMatchObject({
      kernel: null,
      load: [
        { role: 'image', file: 'rtos.image0', address: '0x0', size: 64 },
        { string: 'mode=fast', address: '0x1000' },
      ],
      entry: '0x0',
      commands: [
        'jailhouse cell create rtos.cell',
        "jailhouse cell load 'rtos 1' rtos.image0 -a 0x0 -s 'mode=fast' -a 0x1000",
        "jailhouse cell start 'rtos 1'",
      ],
    });
    const filesOf = (cell: typeof linux): unknown[] =>
      cell!.load.map((item) => ('file' in item ? item.file : item.string));
    expect(filesOf(linux)).toEqual([null, 'linux.kernel', 'linux.initrd', 'linux.params']);
    expect(filesOf(gateway)).toEqual([null, 'linux.kernel', 'linux.initrd', 'gateway.params']);
    const own = await run(['build', folder.at('gateway.cell.yaml'), '-o', folder.at('out')]);
    expect(own.code).toBe(0);
    const {
      tool: _,
      system: __,
      load,
      commands,
      ...said
    } = readMetadata((await bundleOf('gateway')).textOf('bundle.json'))!;
    const { cell, entry, e820 } = said;
    expect(gateway).toMatchObject({ entry, e820, cell: { ...cell, file: 'gateway.cell' } });
    const placesOf = (items: typeof load) => items.map(({ address }) => address);
    expect(placesOf(gateway!.load)).toEqual(placesOf(load));
    expect(commands).toHaveLength(gateway!.commands.length);
  });

  test('has the same bytes at any time and place, and is described', async () => {
    await build();
    const first = await readFile(folder.at('out/board.tar'));
    const other = await Folder.create(machineFiles(), "another folder's $name ");
    const args = ['build', other.at('board.machine.yaml'), '-o', other.at('out')];
    expect(await run(args)).toMatchObject({ code: 0 });
    expect((await readFile(other.at('out/board.tar'))).equals(first)).toBe(true);
    await other.remove();
    const { stdout } = await run(['inspect', folder.at('out/board.tar')]);
    expect(stdout).toMatch(/^.*bundle of a machine, 'board'\n {2}root cell +'machine', x86, revision 14/);
    expect(stdout).toMatch(/1\. rtos\n.*cell +'rtos 1'.*\n.*none: without Linux/);
    expect(stdout).toMatch(/2\. linux\n.*after +rtos\n/);
    expect(stdout).toMatch(/verdict +intact/);
  });

  test('has a bundle.json whose every key is known', async () => {
    await build();
    const {
      tool: _,
      files: __,
      ...said
    } = JSON.parse((await bundleOf()).textOf('bundle.json')) as Record<string, unknown>;
    // What gzip makes of an initrd depends on the version of zlib.
    const text = JSON.stringify(said, null, 2).replaceAll(/"sha256": "[0-9a-f]{64}"/g, '"sha256": "…"');
    await expect(`${text}\n`).toMatchFileSnapshot('../fixtures/bundle/machine.json');
  });

  test('is built, verified and described in JSON', async () => {
    const cwd = folder.at('');
    const built = await run(['build', '--json', 'board.machine.yaml'], { cwd });
    expect(built.code).toBe(0);
    const { bundle } = parseReport(built.stdout, 0).subjects[0] as {
      bundle: { file: string; sha256: string };
    };
    expect(sha256(await readFile(folder.at('board.tar')))).toBe(bundle.sha256);
    expect(await run(['verify', 'board.tar'], { cwd })).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout } = await run(['inspect', '--json', 'board.tar'], { cwd });
    expect(parseReport(stdout, code).subjects[0]).toMatchObject({
      content: { kind: 'bundle', name: 'board', metadata: { kind: 'machine' } },
    });
  });

  test('has the name and the packing that its machine file says', async () => {
    await folder.write({ 'board.machine.yaml': `name: plant\nbundle: { compress: gzip }\n${MACHINE}` });
    const { code, stdout } = await build();
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/plant\.tar\.gz\n$/) as string,
    });
    const { files } = await bundleOf('plant', '.tar.gz');
    expect(files.map(({ path }) => path)).toContain('plant.target');
  });

  test.each([
    ['', 'is not compressed'],
    ['bundle: { compress: gzip }\n', null],
  ])('says that a packing of one of its cells is not used: %j', async (top, told) => {
    const given = machineFiles()['gateway.cell.yaml'] as string;
    await folder.write({
      'gateway.cell.yaml': `${given}bundle: { compress: gzip }\n`,
      'board.machine.yaml': `${top}${MACHINE}`,
    });
    const { stdout, code } = await build('board.machine.yaml', '--json');
    const found = parseReport(stdout, code).findings.filter(({ rule }) => rule === 'machine/compress');
    expect(found.map(({ message, severity, places }) => [message, severity, places[0]!.file])).toEqual(
      told === null
        ? []
        : [
            [
              `\`bundle.compress\` is not used: the bundle of the machine ${told}`,
              'warning',
              folder.at('gateway.cell.yaml'),
            ],
          ],
    );
  });

  test('is told of in JSON: one bundle, and a subject for each cell', async () => {
    const { stdout } = await build('board.machine.yaml', '--json');
    const { ok, subjects } = JSON.parse(stdout) as {
      ok: boolean;
      subjects: { cell: string | null; bundle: { file: string } | null; plan: unknown }[];
    };
    expect(ok).toBe(true);
    expect(subjects.map(({ cell, bundle, plan }) => [cell, bundle?.file, plan !== null])).toEqual([
      [null, folder.at('out/board.tar'), false],
      ['linux', undefined, true],
      [null, undefined, true],
      ['rtos', undefined, false],
    ]);
  });
});

test('has the system config with what all of its wishes add to it', async () => {
  const { boardNodes, boardSystem } = await import('../helpers/board.ts');
  const { encodeSystemConfig } = await import('../../src/formats/cell/system.ts');
  const { dtbOf } = await import('../helpers/trees.ts');
  const wish = (name: string): string =>
    `  - name: ${name}\n    cell: { generate: { cpus: 1, memory: 64M, links: [ { to: root, kind: net } ] } }\n    images: [ { file: rtos.bin, at: 0x0 } ]\n`;
  await folder.write({
    'arm.cell': encodeSystemConfig(boardSystem()),
    'board.dtb': dtbOf(boardNodes()),
    'arm.machine.yaml': `system: arm.cell\nboard: board.dtb\nroot: { cmdline: mem=512M }\ncells:\n${wish('one')}${wish('two')}${wish('three')}`,
  });
  const { code, stderr } = await build('arm.machine.yaml');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const system = (await bundleOf('arm')).files.find(({ path }) => path === 'system.cell')!.content!;
  const linksOf = (config: ReturnType<typeof boardSystem>): number =>
    config.rootCell.pciDevices.filter(({ type }) => type === 3).length;
  const given = linksOf(boardSystem());
  expect(linksOf(parseSystemConfig(system))).toBeGreaterThan(given);
  expect(linksOf(parseSystemConfig(system))).toBeGreaterThanOrEqual(3);
});

describe('nothing is written', () => {
  const told = async (file = 'board.machine.yaml'): Promise<string> => {
    const { code, stderr } = await build(file);
    expect(code).toBe(1);
    await expect(folder.names('out')).rejects.toThrow('ENOENT');
    return stderr;
  };

  test('where one of the cells has an error', async () => {
    await folder.write({ 'gateway.cell.yaml': 'name: gateway\ncell: gateway.cell\n' });
    expect(await told()).toContain('gateway.cell.yaml:1:1: error manifest/missing');
  });

  test.each([
    [
      'the name of the system config',
      (text) => text.replaceAll('rtos]', 'system]').replace('name: rtos', 'name: system'),
      'machine/name',
    ],
    [
      'a name that its config alone gives, with a blank',
      (text) => text.replace('after: [rtos]', '').replace('name: rtos\n    cell', 'cell'),
      'machine/name',
    ],
    [
      'a name that is too long with that of the machine',
      (text) => text.replaceAll(/\blinux\b(?!\.)/g, 'l'.repeat(91)),
      'machine/name',
    ],
    ['an order that is none', (text) => text.replace('after: [rtos]', 'after: [gateway]'), 'machine/order'],
  ] satisfies [string, (text: string) => string, string][])('for %s', async (_, change, code) => {
    await folder.write({ 'board.machine.yaml': change(MACHINE) });
    expect(await told()).toContain(`error ${code}`);
  });

  test('for a file whose name a bundle cannot have', async () => {
    await folder.write({ 'the board.machine.yaml': MACHINE });
    expect(await told('the board.machine.yaml')).toMatch(/:1:1: error machine\/name\n.*'the board'/);
  });
});
