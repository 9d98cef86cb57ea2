import { createHash } from 'node:crypto';
import { open, truncate, writeFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, afterAll, expect, test } from 'vitest';
import { Folder } from '../helpers/cell-files.ts';
import { inParallel, run, type CliOutcome } from '../helpers/cli.ts';
import { splitShellWords } from '../helpers/shell-words.ts';
import { kernelBytes, paramsVectors, type ParamsVector } from '../helpers/vectors.ts';

const vectors = [...paramsVectors('x86'), ...paramsVectors('arm64'), ...paramsVectors('arm')];
let folder: Folder;
const outcomes = new Map<string, CliOutcome>();

/** Writes a kernel; one that is mostly zeros is written with holes. */
async function writeKernel(path: string, kernel: ParamsVector['kernel']): Promise<void> {
  if ('base64' in kernel) return writeFile(path, kernelBytes(kernel));
  const file = await open(path, 'w');
  try {
    await file.truncate(kernel.size);
    for (const [offset, hex] of kernel.bytes) {
      const bytes = Buffer.from(hex, 'hex');
      await file.write(bytes, 0, bytes.length, offset);
    }
  } finally {
    await file.close();
  }
}

/** Each case in a folder of its own, called as upstream's tool was. */
async function runVector(vector: ParamsVector, index: number): Promise<CliOutcome> {
  const { kernel, initrd, dtb, cmdline, decompressionFactor, arch } = vector;
  const at = String(index);
  await folder.write({
    [`${at}/cell.cell`]: Buffer.from(vector.cell, 'hex'),
    ...(dtb === null ? {} : { [`${at}/inmate.dtb`]: Buffer.from(dtb, 'hex') }),
  });
  await writeKernel(folder.at(`${at}/${kernel.name}`), kernel);
  if (initrd) {
    await writeFile(folder.at(`${at}/initrd`), '');
    await truncate(folder.at(`${at}/initrd`), initrd.size);
  }
  const args = [
    ...(initrd ? ['-i', 'initrd'] : []),
    ...(dtb === null ? [] : ['-a', arch, '-d', 'inmate.dtb']),
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
    outcomes.set(vector.id, await runVector(vector, index));
  });
});
afterAll(() => folder.remove());

/** Upstream's commands name the unpacked kernel; here it is made. */
const unpackedName = ({ kernel }: ParamsVector): string | null =>
  kernel.name.endsWith('.gz') ? `${kernel.name}-unzipped` : null;

test.each(vectors.map((vector, index) => ({ ...vector, index })))('$id', async (vector) => {
  const { code, stdout, stderr } = outcomes.get(vector.id)!;
  const { expect: wanted, index } = vector;
  const left = await folder.names(String(index));
  const inputs = [
    'cell.cell',
    vector.kernel.name,
    ...(vector.initrd ? ['initrd'] : []),
    ...(vector.dtb === null ? [] : ['inmate.dtb']),
  ];

  if ('error' in wanted) {
    expect({ code, stdout, left }).toEqual({ code: 1, stdout: '', left: inputs.toSorted() });
    expect(stderr).toMatch(/^error (?:cell|placement|dtb)\/[a-z-]+\n {2}.+\n(?: {2}.+\n)* {2}fix: {7}.+\n/);
    return;
  }
  const unpacked = unpackedName(vector);
  const made = ['PARAMS', ...(unpacked === null ? [] : [unpacked])];
  expect({ code, left }, stderr).toEqual({ code: 0, left: [...inputs, ...made].toSorted() });
  const params = await readFile(join(folder.at(String(index)), 'PARAMS'));
  expect(params.length).toBe(wanted.params.size);
  expect(createHash('sha256').update(params).digest('hex')).toBe(wanted.params.sha256);
  if (unpacked !== null) {
    const image = await readFile(join(folder.at(String(index)), unpacked));
    expect(image.equals(gunzipSync(kernelBytes(vector.kernel)))).toBe(true);
  }
  const lines = stdout.trimEnd().split('\n');
  const words = lines.map((line) => splitShellWords(line).filter((word) => word !== '--name'));
  // Upstream quotes the loader's string, and nothing else.
  const wantedLines = wanted.commands.map((command) => command.replace(/-s "([^"]*)"/, '-s $1'));
  expect(words.map((line) => line.join(' '))).toEqual(wantedLines);
});
