import { failure, type Diagnostic } from '../diagnostic.ts';
import { portsTellX86 } from './config.ts';
import { LAYOUTS } from './layouts.ts';
import { releaseOf, type Revision } from './releases.ts';
import type { CellConfig, SystemConfig } from './types.ts';

const withRelease = (revision: Revision): string =>
  `revision ${revision} (Jailhouse ${releaseOf(revision) ?? 'development'})`;

/** Whether a cell and the machine's system config are made for each other: the same Jailhouse, the same architecture. */
export function checkSystem(system: SystemConfig, cell: CellConfig): Diagnostic[] {
  const problems: Diagnostic[] = [];
  if (system.revision !== cell.revision) {
    problems.push(
      failure(
        'system/revision',
        `the system config has revision ${system.revision}, the cell config ${cell.revision}`,
        {
          requested: withRelease(cell.revision),
          actual: withRelease(system.revision),
          symptom: 'Configuration file revision mismatch',
          hint: 'build both configs with the headers of the Jailhouse release on the target',
          path: ['system'],
        },
      ),
    );
  }
  // Where the file does not name it, parsing took arm64 for all but x86.
  const named = LAYOUTS[system.revision].namesArchitecture
    ? system.architecture
    : portsTellX86(system.rootCell.pio);
  if (named !== null && cell.architecture !== null && named !== cell.architecture) {
    problems.push(
      failure('system/architecture', `the system config is for ${named}, the cell for ${cell.architecture}`, {
        requested: cell.architecture,
        actual: named,
        hint: "give the system config of the target's root cell",
        path: ['system'],
      }),
    );
  }
  return problems;
}
