import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MONITOR_FILES } from '../../boot/qemu-arguments.ts';
import type { BoxArchitecture } from '../../boot/types.ts';

/** The folder of what monitor/build.sh made: beside `src` in a clone, beside `dist` in the package. */
function monitorFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const wanted = join(folder, 'monitor/bin');
    if (existsSync(wanted)) return wanted;
    const parent = dirname(folder);
    if (parent === folder) throw new Error('the package has no folder monitor/bin');
    folder = parent;
  }
}

/** The path of a file that comes with this package. */
export const monitorFile = (architecture: BoxArchitecture, which: 'monitor' | 'loader'): string =>
  join(monitorFolder(), MONITOR_FILES[architecture][which]);

/** What takes the place of Jailhouse's loader. */
export const standIn = (architecture: BoxArchitecture): Uint8Array =>
  readFileSync(monitorFile(architecture, 'loader'));
