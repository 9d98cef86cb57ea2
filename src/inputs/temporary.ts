import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** What /proc says; `null` where it says nothing, as on other systems than Linux. */
function fromProc(read: () => string): string | null {
  try {
    return read().trim();
  } catch {
    return null;
  }
}

/** Where a pid means one process: a boot of a machine, and there a container. */
function namePidSpace(): string | null {
  const boot = fromProc(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'));
  const namespace = fromProc(() => readlinkSync('/proc/self/ns/pid'));
  if (boot === null || namespace === null) return null;
  return createHash('sha256').update([hostname(), boot, namespace].join('\n')).digest('hex').slice(0, 16);
}

/** State and start time are the third and the 22nd field of a process's stat (proc(5)); the second may hold spaces. */
const STATE = 0;
const STARTED = 19;
const ZOMBIE = 'Z';

function statOf(pid: number): { state: string; started: string } | null {
  const stat = fromProc(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, started] = [fields?.[STATE], fields?.[STARTED]];
  return state === undefined || started === undefined ? null : { state, started };
}

/** A pid is given again; with its start time it is not. In doubt a process lives. */
function isDead(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process may not be asked.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const stat = statOf(pid);
  return stat !== null && (stat.started !== started || stat.state === ZOMBIE);
}

const PREFIX = '.jailhouse-bundle.';
const SUFFIX = '.tmp';

/** A name that nobody else takes. It says which process writes the file, where that can be said. */
export function temporaryName(): string {
  const random = randomBytes(6).toString('hex');
  const [space, stat] = [namePidSpace(), statOf(process.pid)];
  const owner = space === null || stat === null ? '' : `${space}-${process.pid}-${stat.started}.`;
  return `${PREFIX}${owner}${random}${SUFFIX}`;
}

const OWNED = /^\.jailhouse-bundle\.([0-9a-f]{16})-(\d{1,10})-(\d{1,20})\.[0-9a-f]{12}\.tmp$/;

/** Removes what killed processes left in a folder. What cannot be removed stays: it is in nobody's way. */
export async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const owned = names.flatMap((name) => {
    const [, space, pid, started] = OWNED.exec(name) ?? [];
    return space === undefined ? [] : [{ name, space, pid: Number(pid), started: started! }];
  });
  if (owned.length === 0) return;
  const here = namePidSpace();
  for (const { name, space, pid, started } of owned) {
    if (space !== here || !isDead(pid, started)) continue;
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}
