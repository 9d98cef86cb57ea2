import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/base/bytes.ts';
import { Folder, GOOD_FILES, makeBootableKernel, makeCell, MANIFEST } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { GOOD_CONFIG, makeVmlinux } from '../helpers/kernel-evidence.ts';
import { MACHINE, machineFiles } from '../helpers/machine-project.ts';
import { parseReport } from '../helpers/output.ts';
import { rebundle } from '../helpers/rebundle.ts';

/** A kernel with this config built in. */
function kernelWith(config: string): Uint8Array {
  const guest = 'Jailhouse: No valid setup data found\0Enabling UART%u (port 0x%lx)\0';
  const vmlinux = concatBytes([makeVmlinux(config), new TextEncoder().encode(guest)]);
  const file = makeBootableKernel({ payload_offset: 0, payload_length: vmlinux.length });
  file.set(vmlinux, 1024);
  return file;
}

const OTHER_CONFIG = GOOD_CONFIG.replace('CONFIG_IKCONFIG=y\n', 'CONFIG_IKCONFIG=y\nCONFIG_HZ=250\n');
const CONFIG = GOOD_CONFIG.replace('CONFIG_IKCONFIG=y\n', 'CONFIG_IKCONFIG=y\nCONFIG_HZ=100\n');
const OWN_CONFIG = MANIFEST.replace('  config: kernel.config\n', '');

/** Where the high RAM of the cell is in the machine. */
const movedCell = makeCell({
  memoryRegions: [
    { phys_start: 0x3b000000n, virt_start: 0n, size: 0x100000n, flags: 0x4fn },
    { phys_start: 0n, virt_start: 0x100000n, size: 0x1000n, flags: 0x23n },
    { phys_start: 0x3c000000n, virt_start: 0x200000n, size: 0x4a00000n, flags: 0x4fn },
  ],
});

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create({
    ...GOOD_FILES,
    bzImage: kernelWith(CONFIG),
    'other.bzImage': kernelWith(OTHER_CONFIG),
    'old.config': CONFIG,
    'new.config.gz': gzipSync(OTHER_CONFIG),
    'moved.cell': movedCell,
    'a.cell.yaml': OWN_CONFIG,
    'b.cell.yaml': OWN_CONFIG.replace('bzImage', 'other.bzImage')
      .replace('demo.cell', 'moved.cell')
      .replace('115200', '9600'),
    'bad.bzImage': kernelWith(CONFIG.replace('# CONFIG_SERIO is not set', 'CONFIG_SERIO=y')),
    'bad.cell.yaml': OWN_CONFIG.replace('bzImage', 'bad.bzImage'),
    'note.txt': 'hello\n',
    'lost.cell.yaml': OWN_CONFIG.replace('bzImage', 'no.bzImage'),
    ...Object.fromEntries(
      Object.entries(machineFiles()).map(([name, content]) => [`machine/${name}`, content]),
    ),
    'machine/other.machine.yaml': MACHINE.replace('quiet', 'debug'),
  });
  for (const name of ['a', 'b']) {
    const { code, stderr } = await run(['build', `${name}.cell.yaml`, '-o', name], { cwd: folder.path });
    if (code !== 0) throw new Error(stderr);
  }
});
afterAll(() => folder.remove());

const diff = (...words: string[]) => run(['diff', ...words], { cwd: folder.path });

/** What differs, as `--json` has it. */
async function changesOf(before: string, after: string) {
  const { code, stdout } = await diff(before, after, '--json');
  const [subject] = parseReport(stdout, code).subjects as [Record<string, unknown>];
  return { code, changes: subject['changes'], notCompared: subject['notCompared'] };
}

const CHANGES = [
  {
    cell: null,
    section: 'cmdline',
    what: 'console',
    before: 'console=ttyS0,115200',
    after: 'console=ttyS0,9600',
  },
  {
    cell: null,
    section: 'cell',
    what: 'memory region',
    before: expect.stringMatching(/^0x200000\.\.0x4c00000 at 0x3b200000, read write/) as unknown,
    after: expect.stringMatching(/^0x200000\.\.0x4c00000 at 0x3c000000, /) as unknown,
  },
  { cell: null, section: 'config', what: 'HZ', before: '100', after: '250' },
];

describe('a kernel symbol, a word of the command line and an address: exactly these are reported', () => {
  test('of bundles', async () => {
    expect(await changesOf('a/demo.tar', 'b/demo.tar')).toEqual({
      code: 1,
      changes: CHANGES,
      notCompared: [],
    });
  });

  test('of manifests', async () => {
    expect(await changesOf('a.cell.yaml', 'b.cell.yaml')).toEqual({
      code: 1,
      changes: CHANGES,
      notCompared: [],
    });
  });

  test('as text', async () => {
    const { stdout } = await diff('a/demo.tar', 'b/demo.tar');
    expect(stdout).toMatchInlineSnapshot(`
      "a/demo.tar -> b/demo.tar: 3 differences

      command line
        ~ console=ttyS0,115200 -> console=ttyS0,9600

      cell config
        ~ memory region: 0x200000..0x4c00000 at 0x3b200000, read write execute dma loadable
          -> 0x200000..0x4c00000 at 0x3c000000, read write execute dma loadable

      kernel config
        ~ HZ: 100 -> 250
      "
    `);
  });

  test('as markdown', async () => {
    const { stdout } = await diff('a/demo.tar', 'b/demo.tar', '--format', 'markdown');
    expect(stdout).toMatchInlineSnapshot(`
      "### \`a/demo.tar\` → \`b/demo.tar\`: 3 differences

      | where | what | before | after |
      | --- | --- | --- | --- |
      | \`command line\` | \`console\` | \`console=ttyS0,115200\` | \`console=ttyS0,9600\` |
      | \`cell config\` | \`memory region\` | \`0x200000..0x4c00000 at 0x3b200000, read write execute dma loadable\` | \`0x200000..0x4c00000 at 0x3c000000, read write execute dma loadable\` |
      | \`kernel config\` | \`HZ\` | \`100\` | \`250\` |
      "
    `);
  });
});

test.each([
  ['a/demo.tar', 'a/demo.tar'],
  ['a.cell.yaml', 'a.cell.yaml'],
  ['bzImage', 'bzImage'],
  ['old.config', 'old.config'],
  ['machine/board.machine.yaml', 'machine/board.machine.yaml'],
])('%s is the same as itself', async (before, after) => {
  const { code, stdout } = await diff(before, after);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${before} -> ${after}: no difference\n` });
});

test('kernels, by their version, header and config', async () => {
  expect(await changesOf('bzImage', 'other.bzImage')).toMatchObject({
    code: 1,
    changes: [
      { section: 'sizes', what: 'unpacked' },
      { section: 'config', what: 'HZ', before: '100', after: '250' },
    ],
  });
});

test('kernel configs, packed or not', async () => {
  expect(await changesOf('old.config', 'new.config.gz')).toEqual({
    code: 1,
    changes: [{ cell: null, section: 'config', what: 'HZ', before: '100', after: '250' }],
    notCompared: [],
  });
});

test('findings that came, also where they are errors', async () => {
  const { code, changes } = await changesOf('a.cell.yaml', 'bad.cell.yaml');
  expect({ code, changes }).toEqual({
    code: 1,
    changes: [
      {
        cell: null,
        section: 'findings',
        what: 'kernel/serio',
        before: null,
        after: expect.stringMatching(/^error: CONFIG_SERIO=y/) as unknown,
      },
      {
        cell: null,
        section: 'findings',
        what: 'kernel/profile',
        before: null,
        after: expect.stringMatching(/^info: /) as unknown,
      },
      { cell: null, section: 'config', what: 'SERIO', before: 'n', after: 'y' },
    ],
  });
});

test('the cells of a machine, each by its name', async () => {
  expect(await changesOf('machine/board.machine.yaml', 'machine/other.machine.yaml')).toMatchObject({
    changes: [
      { cell: null, section: 'bundle', what: 'name', before: 'board', after: 'other' },
      { cell: 'linux', section: 'cmdline', what: 'quiet', before: 'quiet', after: null },
      { cell: 'linux', section: 'cmdline', what: 'debug', before: null, after: 'debug' },
    ],
  });
});

test('a bundle whose launch.sh alone is another one', async () => {
  const bundle = await readFile(folder.at('a/demo.tar'));
  const script = new TextEncoder().encode('#!/bin/sh\n');
  await folder.write({ 'edited.tar': await rebundle(bundle, () => undefined, { 'launch.sh': script }) });
  expect(await changesOf('a/demo.tar', 'edited.tar')).toMatchObject({
    code: 1,
    changes: [{ section: 'contents', what: 'launch.sh' }],
  });
});

describe('what cannot be compared ends in 2', () => {
  test.each<[string, string, RegExp]>([
    ['a/demo.tar', 'bzImage', /^error: a\/demo\.tar is a bundle, and bzImage is a kernel\n/],
    ['a/demo.tar', 'none.tar', /none\.tar: it does not exist/],
    ['a.cell.yaml', 'lost.cell.yaml', /no\.bzImage: it does not exist/],
    ['demo.cell', 'demo.cell', /demo\.cell: this file cannot be compared/],
    ['note.txt', 'old.config', /note\.txt: this file cannot be compared/],
    ['damaged.tar', 'a/demo.tar', /damaged\.tar: /],
  ])('%s and %s', async (before, after, message) => {
    const bundle = await readFile(folder.at('a/demo.tar'));
    bundle[1024]! ^= 1;
    await folder.write({ 'damaged.tar': bundle });
    const { code, stdout, stderr } = await diff(before, after);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    if (before !== 'a/demo.tar' || after !== 'bzImage') {
      const json = await diff(before, after, '--json');
      expect(json.code).toBe(2);
      expect(parseReport(json.stdout, json.code)).toMatchObject({ ok: false, subjects: [{ changes: null }] });
    }
  });
});
