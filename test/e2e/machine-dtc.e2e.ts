import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { madeFiles } from '../../src/machine/files.ts';
import { boardNodes, generate, machineState } from '../helpers/board.ts';
import { treeOf } from '../helpers/trees.ts';

const run = promisify(execFile);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'machine-dtc-'));
  const generation = generate(
    {
      console: 'serial1',
      clockRate: 24000000,
      devices: [
        { node: 'ethernet0', clocks: {}, interrupts: null },
        { node: 'i2c0', clocks: { ipg: 66000000 }, interrupts: [35] },
      ],
      links: [{ to: 'root', kind: 'net', size: null, bdf: null }],
    },
    machineState(),
  );
  const files = madeFiles(generation.generated!, generation, treeOf(boardNodes()), 'demo.wish.yaml');
  for (const { name, content } of files) await writeFile(path.join(folder, name), content);
});

afterAll(async () => rm(folder, { recursive: true }));

async function compiled(name: string, words: readonly string[]): Promise<string> {
  const out = path.join(folder, `${name}.out`);
  const { stderr } = await run('dtc', [
    '-I',
    'dts',
    '-O',
    'dtb',
    ...words,
    '-o',
    out,
    path.join(folder, name),
  ]);
  expect(stderr).toBe('');
  return out;
}

const sourceOf = async (file: string): Promise<string> =>
  (await run('dtc', ['-q', '-s', '-I', 'dtb', '-O', 'dts', file])).stdout;

test('dtc makes the same tree of the source, without a warning', async () => {
  const made = await compiled('demo.dts', []);
  expect(await sourceOf(made)).toBe(await sourceOf(path.join(folder, 'demo.dtb')));
});

test('dtc makes an overlay of the root’s side, without a warning', async () => {
  expect(await sourceOf(await compiled('root-overlay.dts', ['-@']))).toContain('no-map');
});
