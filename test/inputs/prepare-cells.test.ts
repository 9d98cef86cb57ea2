import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeConfig } from '../../src/formats/cell/yaml/compile.ts';
import { parseDescription } from '../../src/formats/cell/yaml/parse.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import { prepareCell } from '../../src/inputs/prepare.ts';
import { InputStore } from '../../src/inputs/store.ts';
import { lineAndColumn } from '../../src/formats/yaml/source.ts';

const CELL = `format: cell
release: git
architecture: x86
name: demo
flags: [passive_commreg]
cpus: 1
memory:
  - { phys_start: 0x3a600000, virt_start: 0, size: 1M, flags: [read, write, execute, dma, loadable] }
  - { virt_start: 1M, size: 4K, flags: [read, write, comm_region] }
  - { phys_start: 0x3a800000, virt_start: 2M, size: 6M, flags: [read, write, execute, dma, loadable] }
irqchips: [{ address: 0xfec00000, id: 0xff00, pins: 4 }]
ports: [0x3f8-0x3ff]
`;
const SYSTEM = 'format: system\nrelease: git\narchitecture: x86\nroot_cell: { name: root }\n';
const indented = (text: string): string => `\n${text.replaceAll(/^(?=.)/gm, '  ')}`;
const REST =
  'kernel: { image: bzImage }\nchecks: { waive: [{ rule: kernel/config-missing, reason: no Linux }] }\n';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cells-'));
  await copyFile(
    new URL('../../example-project/payload/payload.bzImage', import.meta.url),
    join(folder, 'bzImage'),
  );
  await writeFile(join(folder, 'a.cell'), encodeConfig(parseDescription(CELL).config!));
  await writeFile(join(folder, 'a.jailhouse.yaml'), CELL);
  await writeFile(join(folder, 'a.txt'), CELL);
  await writeFile(join(folder, 'system.txt'), SYSTEM);
  await copyFile(join(folder, 'a.cell'), join(folder, 'binary.jailhouse.yaml'));
  await writeFile(
    join(folder, 'bad.jailhouse.yaml'),
    CELL.replace('cpus: 1', 'cpus: one').replace('4K', '4X'),
  );
  await writeFile(join(folder, 'system.jailhouse.yaml'), SYSTEM);
  await writeFile(join(folder, 'manifest.yaml'), `cell: a.cell\n${REST}`);
});
afterAll(() => rm(folder, { recursive: true }));

const prepare = (manifest: string) =>
  prepareCell(join(folder, 'demo.cell.yaml'), manifest, new InputStore(), {
    profile: 'strict',
    today: '2026-01-01',
  });

describe('a cell config', () => {
  test.each([
    ['binary', 'cell: a.cell\n'],
    ['described in another file', 'cell: a.jailhouse.yaml\n'],
    ['described in a file of any name', 'cell: a.txt\n'],
    ['binary in a file of any name', 'cell: binary.jailhouse.yaml\n'],
    ['described in place', `cell:${indented(CELL)}`],
    ['described in place without its format', `cell:${indented(CELL.replace('format: cell\n', ''))}`],
  ])('%s', async (_, cell) => {
    const { ready, diagnostics } = await prepare(`${cell}${REST}`);
    expect(diagnostics.filter(({ severity, waived }) => severity === 'error' && !waived)).toEqual([]);
    expect(encodeConfig(ready!.input.planned.cell)).toEqual(encodeConfig(parseDescription(CELL).config!));
  });

  test('described in another file is faulted at its lines there', async () => {
    const { ready, diagnostics, descriptions } = await prepare(`cell: bad.jailhouse.yaml\n${REST}`);
    expect(ready).toBeNull();
    const found = diagnostics.filter(({ code }) => code.startsWith('description/'));
    const { text, locate } = descriptions.get('cell')!;
    const places = found.map(({ range }) => lineAndColumn(text, range!.start));
    expect(places).toEqual([
      { line: 6, column: 7 },
      { line: 9, column: 29 },
    ]);
    expect(found.map(({ path }) => lineAndColumn(text, locate(path!.slice(1)).start))).toEqual(places);
  });

  test('described in place is faulted at its lines in the manifest', () => {
    const text = `cell:${indented(CELL.replace('cpus: 1', 'cpus: one').replace('demo', 'x'.repeat(32)))}${REST}`;
    const { manifest, problems } = parseManifest(text);
    expect(manifest).toBeNull();
    expect(problems.map(({ code, range }) => [code, lineAndColumn(text, range!.start)])).toEqual([
      ['description/value', { line: 7, column: 9 }],
    ]);
  });

  test.each([
    ['cell: system.jailhouse.yaml\n', /this is a system config, not a cell config/],
    ['cell: a.cell\nsystem: a.jailhouse.yaml\n', /this is a cell config, not a system config/],
    ['cell: manifest.yaml\n', /^this is a manifest/],
  ])('of the wrong kind: %s', async (lines, expected) => {
    const { diagnostics } = await prepare(`${lines}${REST}`);
    expect(diagnostics.map(({ message }) => message)).toContainEqual(expect.stringMatching(expected));
  });

  test('of the wrong kind, in place', () => {
    const { problems } = parseManifest(`cell:${indented(SYSTEM)}${REST}`);
    expect(problems.map(({ message }) => message)).toEqual(['`format` must be cell here']);
  });
});

test('a system may be described, too', async () => {
  for (const system of ['system.jailhouse.yaml\n', 'system.txt\n', indented(SYSTEM)]) {
    const { machine } = await prepare(`cell: a.cell\nsystem: ${system}${REST}`);
    expect(machine!.system!.rootCell.header.name[0]).toBe('r'.charCodeAt(0));
  }
});
