import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cellName, parseCellConfig } from '../../../src/formats/cell/config.ts';
import { InputError } from '../../../src/base/diagnostic.ts';
import { parseBzImage } from '../../../src/formats/kernel/bzimage.ts';
import { loadCommands } from '../../../src/placement/commands.ts';
import { planX86 } from '../../../src/placement/x86/plan.ts';
import { expandSparse, kernelBytes, paramsVectors } from '../../helpers/vectors.ts';
import { splitShellWords } from '../../helpers/shell-words.ts';

const vectors = paramsVectors('x86');

test('the vectors cover every released revision', () => {
  expect(new Set(vectors.map(({ revision }) => revision))).toEqual(new Set([3, 4, 8, 9, 10, 12, 13, 14]));
});

describe.each(vectors)('$id', (vector) => {
  const cellFile = new Uint8Array(Buffer.from(vector.cell, 'hex'));
  const { expect: wanted } = vector;

  if ('error' in wanted) {
    test('is refused', () => {
      expect(() => parseCellConfig(cellFile)).toThrow(InputError);
    });
    return;
  }

  test('gives the params and the commands of the upstream tool', () => {
    const cell = parseCellConfig(cellFile);
    const file = kernelBytes(vector.kernel);
    const { plan, diagnostics } = planX86({
      cell,
      kernel: { image: parseBzImage(file), wrapping: null },
      initrdSize: vector.initrd === null ? null : BigInt(vector.initrd.size),
      dtb: null,
      cmdline: vector.cmdline ?? '',
      placement: 'upstream',
      decompressionFactor: vector.decompressionFactor,
      loaderSize: null,
      system: null,
      config: null,
    });
    expect(plan, JSON.stringify(diagnostics)).not.toBeNull();
    expect(plan!.params).toEqual(expandSparse(wanted.params));
    expect(createHash('sha256').update(plan!.params).digest('hex')).toBe(wanted.params.sha256);

    const names = {
      loader: 'linux-loader.bin',
      kernel: vector.kernel.name,
      initrd: 'initrd',
      params: 'PARAMS',
    };
    const commands = loadCommands(cellName(cell), 'cell.cell', plan!.load, names);
    const words = commands.map((command) => splitShellWords(command).filter((word) => word !== '--name'));
    expect(words.map((line) => line.join(' '))).toEqual(wanted.commands);
  });
});
