import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { agreedArchitecture, supportOf } from '../../../src/placement/architectures.ts';
import { cellName, parseCellConfig } from '../../../src/formats/cell/config.ts';
import { InputError, type Diagnostic } from '../../../src/base/diagnostic.ts';
import { openKernel } from '../../../src/formats/kernel/open.ts';
import { loadCommands } from '../../../src/placement/commands.ts';
import type { PlanResult } from '../../../src/placement/types.ts';
import { expandSparse, kernelBytes, paramsVectors, type ParamsVector } from '../../helpers/vectors.ts';
import { splitShellWords } from '../../helpers/shell-words.ts';

const vectors = [...paramsVectors('arm64'), ...paramsVectors('arm')];

async function planOf(vector: ParamsVector): Promise<PlanResult & { cellName: string }> {
  const cell = parseCellConfig(new Uint8Array(Buffer.from(vector.cell, 'hex')));
  const kernel = await openKernel(kernelBytes(vector.kernel));
  const result = supportOf(agreedArchitecture(cell.architecture, kernel.architecture)).plan({
    cell,
    kernel,
    initrdSize: vector.initrd === null ? null : BigInt(vector.initrd.size),
    dtb: vector.dtb === null ? null : new Uint8Array(Buffer.from(vector.dtb, 'hex')),
    cmdline: vector.cmdline ?? '',
    placement: 'upstream',
    decompressionFactor: vector.decompressionFactor,
    loaderSize: null,
    system: null,
    config: null,
  });
  return { ...result, cellName: cellName(cell) };
}

async function refusalOf(vector: ParamsVector): Promise<Diagnostic | undefined> {
  try {
    const { plan, diagnostics } = await planOf(vector);
    return plan === null ? diagnostics[0] : undefined;
  } catch (error) {
    if (error instanceof InputError) return error.diagnostic;
    throw error;
  }
}

test('the vectors cover every released revision on both architectures', () => {
  const seen = new Set(vectors.map(({ arch, revision }) => `${arch} ${revision}`));
  const revisions = [3, 4, 8, 9, 10, 12, 13, 14];
  expect(seen).toEqual(
    new Set(['arm64', 'arm'].flatMap((arch) => revisions.map((each) => `${arch} ${each}`))),
  );
});

describe.each(vectors)('$id', (vector) => {
  const { expect: wanted } = vector;

  if ('error' in wanted) {
    test('is refused', async () => {
      expect(await refusalOf(vector)).toMatchObject({ severity: 'error' });
    });
    return;
  }

  test('gives the device tree and the commands of the upstream tool', async () => {
    const { plan, diagnostics, cellName: name } = await planOf(vector);
    expect(plan, JSON.stringify(diagnostics)).not.toBeNull();
    expect(plan!.params).toEqual(expandSparse(wanted.params));
    expect(createHash('sha256').update(plan!.params).digest('hex')).toBe(wanted.params.sha256);

    const kernel = vector.kernel.name;
    const names = {
      loader: 'linux-loader.bin',
      kernel: kernel.endsWith('.gz') ? `${kernel}-unzipped` : kernel,
      initrd: 'initrd',
      params: 'PARAMS',
    };
    const commands = loadCommands(name, 'cell.cell', plan!.load, names);
    const words = commands.map((command) => splitShellWords(command).filter((word) => word !== '--name'));
    // Upstream quotes the loader's string, and nothing else.
    const wantedWords = wanted.commands.map((command) => command.replace(/-s "([^"]*)"/, '-s $1'));
    expect(words.map((line) => line.join(' '))).toEqual(wantedWords);
  });
});
