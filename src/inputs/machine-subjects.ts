import type { Findings } from '../reports/findings.ts';
import type { PreparedMachine } from './machine.ts';
import type { ReadyMachine } from './pack-machine.ts';
import type { ReadyCell } from './pack.ts';
import { NOTHING_PREPARED, type PreparedCell } from './prepared.ts';

/** A manifest, a machine file, or a cell of one, with all that was found. */
export type CheckedFile = Findings &
  Omit<PreparedCell, 'ready'> & {
    /** `null` where there is an error, and for the cell of a machine file: the bundle is that of the machine. */
    ready: ReadyCell | ReadyMachine | null;
    /** The machine file that it is a cell of. */
    machineFile?: string;
  };

/** A machine file by itself, and each of its cells: those in place at their lines of it. */
export function machineSubjects(
  file: string,
  text: string,
  { cells, ...whole }: PreparedMachine,
): { machine: CheckedFile; members: CheckedFile[] } {
  return {
    machine: { ...NOTHING_PREPARED, ...whole, file, text },
    members: cells.map(({ bare: _bare, ...cell }) => {
      const own = { ...cell, ready: null, machineFile: file };
      return cell.file === null
        ? { ...own, file, text, part: cell.name ?? 'a cell' }
        : { ...own, file: cell.file };
    }),
  };
}
