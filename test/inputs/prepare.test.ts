import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareFiles } from '../../src/inputs/prepare.ts';
import { InputStore } from '../../src/inputs/store.ts';
import { parseCellConfig } from '../../src/formats/cell/config.ts';
import { writeDescription } from '../../src/formats/cell/yaml/decompile.ts';
import { Folder, makeCell } from '../helpers/cell-files.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create();
});
afterEach(() => folder.remove());

const CELL = writeDescription(parseCellConfig(makeCell()), 'x86', null);

async function prepared(cell: string) {
  await folder.write({ 'c.txt': cell });
  const files = {
    kernel: folder.at('bzImage'),
    config: folder.at('kernel.config'),
    cell: folder.at('c.txt'),
    system: null,
    initrd: [],
    dtb: null,
    loader: null,
    board: null,
    rootIomem: null,
    rootConfig: null,
  };
  const options = { profile: 'strict', today: '2026-01-01', rules: [] } as const;
  return prepareFiles(files, 'console=ttyS0,115200', new InputStore(), options);
}

test('a cell may be described in a file of any name', async () => {
  const { diagnostics, states } = await prepared(CELL);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(states).toContainEqual({ id: 'kernel/jailhouse-guest', state: 'checked' });
});

test('a description with a fault is one that was given', async () => {
  const { diagnostics } = await prepared(CELL.replace('cpus:', 'cpuz:'));
  expect(diagnostics.map(({ code }) => code)).toEqual(['description/unknown-key']);
});
