import { rmSync } from 'node:fs';
import type { Unfinished } from '../inputs/atomic-file.ts';
import { SIGNALS } from '../inputs/signals.ts';

const paths = new Set<string>();

/** Files and folders that must not outlive an interrupted run. */
export const unfinishedFiles: Unfinished = {
  begin: (path) => void paths.add(path),
  end: (path) => void paths.delete(path),
};

/** On a signal, removes what is unfinished and ends with the signal's code. */
export function installSignalHandlers(): void {
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.once(signal, () => {
      for (const path of paths) rmSync(path, { recursive: true, force: true });
      process.exit(code);
    });
  }
}
