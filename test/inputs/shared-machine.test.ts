import { describe, expect, test } from 'vitest';
import { checkTogether } from '../../src/inputs/shared-machine.ts';
import { NOTHING_READ, type PreparedCell } from '../../src/inputs/prepared.ts';
import type { CellConfig, SystemConfig } from '../../src/formats/cell/types.ts';
import { makeMachine } from '../helpers/machine.ts';

const TODAY = '2026-11-30';
const { system, cells } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1, 1] });
const [first, second] = cells as [CellConfig, CellConfig];

const prepared = (cell: CellConfig, on: SystemConfig = system): PreparedCell => ({
  machine: { cell, system: on },
  diagnostics: [],
  waivers: [],
  planned: null,
  kernel: null,
  states: null,
  ready: null,
  name: null,
  read: NOTHING_READ,
  made: null,
  descriptions: new Map(),
  fileAt: () => null,
  locate: () => ({ start: 0, end: 0 }),
});

function toldOf(...found: readonly CellConfig[]): string[][] {
  const manifests = found.map((cell) => prepared(cell));
  checkTogether(manifests, TODAY);
  return manifests.map(({ diagnostics }) => diagnostics.map(({ code }) => code));
}

const withCpu = (cell: CellConfig, cpu: number): CellConfig => ({ ...cell, cpus: Uint8Array.of(1 << cpu) });

describe('manifests for one cell', () => {
  test('are alternatives, of which a note tells', () => {
    expect(toldOf(first, second, { ...first })).toEqual([[], [], ['cell/variants']]);
    const manifests = [prepared(first), prepared(first)];
    checkTogether(manifests, TODAY);
    expect(manifests[1]!.diagnostics).toMatchObject([
      {
        severity: 'info',
        message:
          "2 manifests describe the cell 'cell-0', with the same CPUs and memory: they are alternatives, and are not checked against each other",
      },
    ]);
  });

  test('are each checked against the others', () => {
    const meets = withCpu(second, 1);
    expect(toldOf(first, { ...first }, meets)).toEqual([[], ['cell/variants'], ['cell/cpu-shared']]);
    // The variant alone has the I/O ports of the other cell.
    const variant = { ...first, pio: second.pio };
    expect(toldOf(second, first, variant)).toEqual([[], [], ['cell/variants', 'cell/port-shared']]);
  });

  test('with other CPUs or memory are two cells of one name', () => {
    expect(toldOf(first, withCpu(first, 2))[1]).toContain('cell/same-name');
  });
});
