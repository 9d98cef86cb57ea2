import type { Diagnostic } from '../base/diagnostic.ts';
import { cellName } from '../formats/cell/config.ts';
import { encodeSystemConfig } from '../formats/cell/system.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import type { RootFacts } from '../formats/root/facts.ts';
import { withCell } from '../machine/with-cell.ts';
import type { GeneratedCell } from '../machine/generate.ts';
import type { MachineState } from '../machine/request.ts';

type State = Omit<MachineState, 'facts'>;

/** Manifests with the same bytes of it share a machine. */
export const machineKey = (system: SystemConfig): string =>
  Buffer.from(encodeSystemConfig(system)).toString('base64');

/** Manifests of one run whose cells share a machine: their wishes are planned one after another. */
export class Neighbours {
  readonly #states = new Map<string, State>();
  /** What was there before the wish of a name: manifests for one cell are alternatives, which get the same. */
  readonly #before = new Map<string, State>();

  #stateOf(system: SystemConfig): State {
    return this.#states.get(machineKey(system)) ?? { system, cells: [], ends: new Map() };
  }

  /** A cell whose config is given. */
  give(system: SystemConfig, cell: CellConfig): void {
    const state = this.#stateOf(system);
    const isAlternative = state.cells.some((other) => cellName(other) === cellName(cell));
    if (!isAlternative) this.#states.set(machineKey(system), { ...state, cells: [...state.cells, cell] });
  }

  /** The machine that a wish is planned on. */
  machineFor(system: SystemConfig, name: string, facts: RootFacts): MachineState {
    const key = `${machineKey(system)} ${name}`;
    const state = this.#before.get(key) ?? this.#stateOf(system);
    this.#before.set(key, state);
    return { ...state, facts };
  }

  add(system: SystemConfig, made: GeneratedCell): void {
    const state = this.#stateOf(system);
    if (!state.ends.has(made.name)) this.#states.set(machineKey(system), withCell(state, made));
  }
}

/** That what the wish gets depends on the other manifests of the run; empty where it does not. */
export function planningNote({ ends }: Pick<MachineState, 'ends'>): Diagnostic[] {
  const names = [...ends.keys()].map((name) => `'${name}'`).join(', ');
  if (names === '') return [];
  return [
    {
      code: 'machine/planned-together',
      severity: 'info',
      message: `the cell is planned after ${names}, which this run makes for the same system config: made alone, it may get what they have`,
      fix: 'name all of them in a machine file (*.machine.yaml), so that each run plans them together',
      path: ['cell', 'generate'],
    },
  ];
}
