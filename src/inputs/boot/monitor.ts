import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MONITOR_FILES, type MonitorFile } from '../../boot/qemu-arguments.ts';
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

/** A file that comes with this package. The single file has this module's like with the bytes in it. */
export const monitorFile = (architecture: BoxArchitecture, which: MonitorFile): Uint8Array =>
  readFileSync(join(monitorFolder(), MONITOR_FILES[architecture][which]));
