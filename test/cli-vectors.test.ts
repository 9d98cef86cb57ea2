import { createHash } from 'node:crypto';
import { truncate, writeFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, afterAll, expect, test } from 'vitest';
import { Folder } from './helpers/cell-files.ts';
import { inParallel, run, type CliOutcome } from './helpers/cli.ts';
import { splitShellWords } from './helpers/shell-words.ts';
import { kernelBytes, paramsVectors, type ParamsVector } from './helpers/vectors.ts';

const vectors = paramsVectors('x86');
let folder: Folder;
const outcomes = new Map<string, CliOutcome>();

/** Each case in a folder of its own, called as upstream's tool was. */
async function runVector(vector: ParamsVector, at: string): Promise<CliOutcome> {
  const { kernel, initrd, cmdline, decompressionFactor } = vector;
  await folder.write({
    [`${at}/cell.cell`]: Buffer.from(vector.cell, 'hex'),
    [`${at}/${kernel.name}`]: kernelBytes(kernel),
  });
  if (initrd) {
    await writeFile(folder.at(`${at}/initrd`), '');
    await truncate(folder.at(`${at}/initrd`), initrd.size);
  }
  const args = [
    ...(initrd ? ['-i', 'initrd'] : []),
    ...(cmdline === null ? [] : ['-c', cmdline]),
    ...(decompressionFactor === null ? [] : ['-k', String(decompressionFactor)]),
    '-w',
    'PARAMS',
    'cell.cell',
    kernel.name,
  ];
  return run(['cell-linux', ...args], { cwd: folder.at(at) });
}

beforeAll(async () => {
  folder = await Folder.create({});
  await inParallel(vectors, async (vector, index) => {
    outcomes.set(vector.id, await runVector(vector, String(index)));
  });
}, 120_000);
afterAll(() => folder.remove());

test.each(vectors.map((vector, index) => ({ ...vector, index })))('$id', async (vector) => {
  const { code, stdout, stderr } = outcomes.get(vector.id)!;
  const { expect: wanted, index } = vector;
  const left = await folder.names(String(index));
  const inputs = ['cell.cell', vector.kernel.name, ...(vector.initrd ? ['initrd'] : [])];

  if ('error' in wanted) {
    expect({ code, stdout, left }).toEqual({ code: 1, stdout: '', left: inputs.toSorted() });
    expect(stderr).toMatch(/^error cell\/[a-z-]+\n {2}cell\.cell: .+\n(?: {2}.+\n)* {2}fix: {7}.+\n$/);
    return;
  }
  expect({ code, left }, stderr).toEqual({ code: 0, left: [...inputs, 'PARAMS'].toSorted() });
  const params = await readFile(join(folder.at(String(index)), 'PARAMS'));
  expect(params.length).toBe(wanted.params.size);
  expect(createHash('sha256').update(params).digest('hex')).toBe(wanted.params.sha256);
  const lines = stdout.trimEnd().split('\n');
  const words = lines.map((line) => splitShellWords(line).filter((word) => word !== '--name'));
  expect(words.map((line) => line.join(' '))).toEqual(wanted.commands);
});
