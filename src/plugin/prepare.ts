import type { ManifestPath } from '../base/diagnostic.ts';
import { isMachineFile } from '../manifest/machine/name.ts';
import type { PreparedMachine } from '../inputs/machine.ts';
import { machineSubjects, type CheckedFile } from '../inputs/machine-subjects.ts';
import type { ReadyMachine } from '../inputs/pack-machine.ts';
import type { ReadyCell } from '../inputs/pack.ts';
import { prepareCell } from '../inputs/prepare.ts';
import type { PreparedCell, PrepareOptions } from '../inputs/prepared.ts';
import type { InputStore } from '../inputs/store.ts';
import type { StartableCell } from './boot.ts';
import type { Reported } from './report.ts';

/** What was found in a module. */
interface Prepared {
  locate: PreparedCell['locate'];
  reported: readonly Reported[];
  /** `null` where there is an error. */
  ready: ReadyCell | ReadyMachine | null;
  /** Its cells with Linux, where there is no error: what can be started. */
  starts: readonly StartableCell[];
  /** For its page. */
  checked: readonly CheckedFile[];
}

/** The machine itself, then each of its cells: those with a manifest of their own at the item that names this. */
const reportedOf = ({ cells, ...whole }: PreparedMachine): Reported[] => [
  whole,
  ...cells.map(({ at, file, text, ...cell }) =>
    file === null ? cell : { ...cell, named: { file, text, range: whole.locate(at) } },
  ),
];

/** Reads and checks a manifest or a machine file, and all that it names. */
export async function prepareModule(
  file: string,
  text: string,
  store: InputStore,
  options: PrepareOptions,
): Promise<Prepared> {
  if (isMachineFile(file)) {
    const { prepareMachine } = await import('../inputs/machine.ts');
    const machine = await prepareMachine(file, text, store, options);
    const starts = machine.cells.flatMap(({ ready, at, file: own }) =>
      ready === null
        ? []
        : [{ ready, placeOf: (path: ManifestPath) => (own === null ? [...at, ...path] : at) }],
    );
    const { machine: whole, members } = machineSubjects(file, text, machine);
    return { ...machine, reported: reportedOf(machine), starts, checked: [whole, ...members] };
  }
  const cell = await prepareCell(file, text, store, options);
  const starts = cell.ready === null ? [] : [{ ready: cell.ready, placeOf: (path: ManifestPath) => path }];
  return { ...cell, reported: [cell], starts, checked: [{ ...cell, file, text }] };
}
