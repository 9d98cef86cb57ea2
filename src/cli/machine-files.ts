import { isMachineFile } from '../manifest/machine/name.ts';
import { UsageError } from './exit.ts';

/** @throws UsageError for a machine file, where one cell is worked on */
export function refuseMachineFiles(files: readonly string[], verb: string): void {
  const machine = files.find(isMachineFile);
  if (machine === undefined) return;
  throw new UsageError(
    `${machine} is a machine file, which is checked and built, and not ${verb}`,
    'give the manifests of its cells here',
  );
}
