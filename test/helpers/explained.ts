import type { Explanation } from '../../src/explain/types.ts';
import { knownMachine, type GivenCell, type Machine } from '../../src/explain/resolve/machine.ts';
import type { Party } from '../../src/checks/cell/scene.ts';
import type { CellConfig, SystemConfig } from '../../src/formats/cell/types.ts';
import { makeMachine, type MachineShape } from './machine.ts';

/** An explanation of a kind, with nothing that these tests do not look at. */
export const explanation = (id: string, change: Partial<Explanation> = {}): Explanation => ({
  id,
  stage: 'guest',
  printer: 'hypervisor',
  weight: 'cause',
  line: 1,
  count: 1,
  text: '',
  owner: null,
  values: {},
  meaning: 'something happened',
  rules: [],
  fix: 'nothing',
  source: 'a test',
  dump: [],
  consequences: [],
  ...change,
});

export const givenCell = (config: CellConfig, change: Partial<GivenCell> = {}): GivenCell => ({
  config,
  tree: null,
  loaded: null,
  memory: null,
  cmdline: null,
  findings: [],
  ...change,
});

interface Changes {
  system?: (system: SystemConfig) => void;
  cells?: (cells: CellConfig[]) => void;
  given?: Partial<GivenCell>;
}

/** A machine whose configs fit together, changed, as the explanations know it. */
export function machineWith(
  shape: Partial<MachineShape>,
  { system: ofSystem, cells: ofCells, given }: Changes = {},
): Machine {
  const { system, cells, facts } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1, 1], ...shape });
  ofSystem?.(system);
  ofCells?.(cells);
  return knownMachine({ system, cells: cells.map((cell) => givenCell(cell, given)), facts });
}

export const rootOf = ({ scene }: Machine): Party => scene.root!;
export const cellOf = ({ scene }: Machine, index = 0): Party => scene.cells[index]!;
