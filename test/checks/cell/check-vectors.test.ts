import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkMachine } from '../../../src/checks/cell/check.ts';
import { parseCellConfig } from '../../../src/formats/cell/config.ts';
import type { CellConfig, SystemConfig } from '../../../src/formats/cell/types.ts';
import { parseSystemConfig } from '../../../src/formats/cell/system.ts';
import { InputError } from '../../../src/base/diagnostic.ts';
import { cellVectors } from '../../helpers/vectors.ts';
import { oneIn } from '../../helpers/runs.ts';

const vectors = cellVectors();
const bytesOf = (kind: string): Uint8Array[] =>
  vectors.filter((vector) => vector.kind === kind).map(({ hex }) => new Uint8Array(Buffer.from(hex, 'hex')));

const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
const mutated = (kind: string): fc.Arbitrary<Uint8Array> =>
  fc.tuple(fc.constantFrom(...bytesOf(kind)), edits).map(([file, changes]) => {
    const copy = file.slice();
    for (const [at, value] of changes) copy[at % copy.length] = value;
    return copy;
  });

function parsed<T>(file: Uint8Array, parse: (file: Uint8Array) => T): T | null {
  try {
    return parse(file);
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

function expectWellFormed(system: SystemConfig, cells: readonly CellConfig[]): number {
  const findings = checkMachine(system, cells);
  for (const { message, requested, actual } of findings) {
    for (const text of [message, requested, actual])
      expect(text).not.toMatch(/\n|(?<!\()undefined|\[object|NaN|null/);
  }
  return findings.length;
}

describe('checkMachine', () => {
  it('speaks plainly of whatever configs can be read', () => {
    let told = 0;
    fc.assert(
      fc.property(mutated('system'), fc.array(mutated('cell'), { maxLength: 3 }), (file, files) => {
        const system = parsed(file, (bytes) => parseSystemConfig(bytes));
        const cells = files.map((each) => parsed(each, parseCellConfig)).filter((cell) => cell !== null);
        if (system) told += expectWellFormed(system, cells);
      }),
      { numRuns: oneIn(2) },
    );
    expect(told).toBeGreaterThan(oneIn(2));
  });
});
