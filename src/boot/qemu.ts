import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { InputError } from '../base/diagnostic.ts';
import { isOlderVersion } from '../base/version.ts';
import { expired, hasLingered, type Limits } from './limits.ts';
import { LEAST_QEMU, qemuVersion, QEMUS } from './qemu-arguments.ts';
import type { QemuRun } from './qemu-run.ts';
import type { BoxArchitecture } from './types.ts';
import type { BootWatch, Channel } from './watch.ts';

// The one file of this floor that reaches outside: it starts QEMU and talks to it.

/** A QEMU that can be started. */
export interface Qemu {
  command: string;
  version: string;
  /** Words in front of the command. */
  prefix: readonly string[];
}

/** A QEMU that does not even say its version by then never will. */
const VERSION_MS = 20_000;

/** The kernel ends QEMU with us, whatever ends us. */
const TIED = ['setpriv', '--pdeathsig', 'KILL', '--'];

/**
 * Looks for QEMU.
 *
 * @throws InputError `boot/no-qemu`, `boot/old-qemu`
 */
export function findQemu(architecture: BoxArchitecture): Qemu {
  const { command, debianPackage } = QEMUS[architecture];
  const fix = `install it: on Debian and Ubuntu, apt-get install ${debianPackage}`;
  const ask = (prefix: readonly string[]): string | null => {
    const [first, ...rest] = [...prefix, command, '--version'];
    const options = { encoding: 'utf8', timeout: VERSION_MS, killSignal: 'SIGKILL' } as const;
    const { stdout, status, error } = spawnSync(first!, rest, options);
    if (error !== undefined && 'code' in error && error.code === 'ETIMEDOUT') {
      throw new InputError('boot/no-qemu', `${command} --version does not come to an end`, { fix });
    }
    return status === 0 ? qemuVersion(stdout) : null;
  };
  const tied = ask(TIED);
  const version = tied ?? ask([]);
  if (version === null)
    throw new InputError('boot/no-qemu', `${command} is not installed, or does not run`, { fix });
  if (isOlderVersion(version, LEAST_QEMU)) {
    throw new InputError('boot/old-qemu', `${command} is of QEMU ${version}`, {
      requested: `QEMU ${LEAST_QEMU} or newer`,
      actual: version,
      fix: `use a newer one: Debian has had one since 12, Ubuntu since 24.04 (${debianPackage})`,
    });
  }
  return { command, version, prefix: tied === null ? [] : TIED };
}

export interface RunOptions {
  args: readonly string[];
  /** A path for the socket of each channel. */
  sockets: ReadonlyMap<Channel, string>;
  watch: BootWatch;
  /** `null`: a debugger has all the time. */
  limits: Limits | null;
  /** Told of everything that comes; the next comes when it is done. What it throws ends the run. */
  onOutput(channel: Channel, bytes: Uint8Array): void | Promise<unknown>;
}

/** Processes that must not outlive us; signals end this process by `exit`, too. */
const running = new Set<ChildProcess>();
let isInstalled = false;

function killWithUs(child: ChildProcess): void {
  running.add(child);
  child.once('close', () => running.delete(child));
  if (isInstalled) return;
  isInstalled = true;
  process.on('exit', () => {
    for (const each of running) each.kill('SIGKILL');
  });
}

/** Linux counts in these (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** CPU seconds and peak memory of a process, as Linux tells; elsewhere `null`. */
function usageOf(pid: number | undefined): { cpu: number; memory: number | null } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command, in brackets, may have blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return {
      cpu: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      memory: peak === undefined ? null : Number(peak) * 1024,
    };
  } catch {
    return null;
  }
}

const POLL_MS = 100;
/** After a fatal line, the monitor prints registers and ends QEMU; a kernel prints what called it. */
const LAST_WORDS_MS = 2000;
/** So much is kept of what QEMU complains of. */
const COMPLAINTS = 1 << 14;

/** Listens where QEMU will connect to. */
const listen = (path: string, onSocket: (socket: Socket) => void): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer(onSocket);
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });

/** Starts QEMU, and lets the watch hear all of it until it is decided, or time is up. */
export async function runQemu(
  qemu: Qemu,
  { args, sockets, watch, limits, onOutput }: RunOptions,
): Promise<QemuRun> {
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  /** When something came last, at first a channel itself: before, there is no guest that could be silent. */
  let last: { cpu: number; elapsed: number } | null = null;
  let used = { cpu: 0, memory: null as number | null };
  let isSeen = false;
  const hear = (channel: Channel, socket: Socket): void => {
    last = { cpu: used.cpu, elapsed: elapsed() };
    socket.on('error', () => undefined); // QEMU's end tells
    heard.push(new Promise((resolve) => socket.once('close', resolve)));
    socket.on('data', (bytes) => {
      last = { cpu: used.cpu, elapsed: elapsed() };
      for (const answer of watch.push(channel, bytes)) socket.write(answer);
      try {
        const taken = onOutput(channel, bytes);
        if (taken === undefined) return;
        socket.pause();
        void taken.then(() => socket.resume(), fail);
      } catch (error) {
        fail(error);
      }
    });
  };
  let fault: { error: unknown } | null = null;
  const fail = (error: unknown): void => {
    fault ??= { error };
    child?.kill('SIGKILL');
  };
  const servers: Server[] = [];
  /** What QEMU wrote last may come after its end. */
  const heard: Promise<unknown>[] = [];
  let child: ChildProcess | null = null;
  try {
    for (const [channel, path] of sockets) {
      servers.push(await listen(path, (socket) => hear(channel, socket)));
    }
    const [first, ...rest] = [...qemu.prefix, qemu.command, ...args];
    child = spawn(first!, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    killWithUs(child);
    let complaints = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      complaints = (complaints + text).slice(-COMPLAINTS);
    });
    const closed = new Promise<void>((resolve) => {
      child!.once('error', ({ message }) => {
        complaints += message;
        resolve();
      });
      child!.once('close', () => resolve());
    });
    const why = await waitFor(
      closed.then(() => Promise.all(heard)),
      () => {
        const now = usageOf(child!.pid);
        // Of a process that has ended, what was seen last is known; where none is seen at all, the clock counts.
        if (now !== null) [used, isSeen] = [now, true];
        else if (!isSeen) used = { cpu: elapsed(), memory: null };
        const usage = {
          cpu: used.cpu,
          elapsed: elapsed(),
          silentCpu: last === null ? 0 : used.cpu - last.cpu,
          silentElapsed: last === null ? 0 : elapsed() - last.elapsed,
        };
        return { watch, usage, limits };
      },
    );
    if (fault !== null) throw (fault as { error: unknown }).error;
    return { expired: why, ...used, elapsed: elapsed(), complaints: complaints.trim() };
  } finally {
    child?.kill('SIGKILL');
    for (const server of servers) server.close();
  }
}

interface Moment {
  watch: BootWatch;
  usage: Parameters<typeof expired>[1];
  limits: Limits | null;
}

/** Until QEMU ends or it is decided. @returns why it was given up */
async function waitFor(closed: Promise<unknown>, look: () => Moment): Promise<string | null> {
  const end = closed.then(() => true);
  /** CPU time at the first sign of init. */
  let seenAt: number | null = null;
  /** Whether QEMU ended. */
  const pause = (ms: number): Promise<boolean> => {
    let timer: NodeJS.Timeout | undefined;
    const slept = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, ms, false)));
    return Promise.race([end, slept]).finally(() => clearTimeout(timer));
  };
  for (;;) {
    const isClosed = await pause(POLL_MS);
    const { watch, usage, limits } = look();
    if (isClosed) return null;
    if (watch.sign?.kind === 'died' || watch.sign?.kind === 'broken') {
      const until = performance.now() + LAST_WORDS_MS;
      while (!watch.isOver && performance.now() < until) if (await pause(POLL_MS)) break;
      return null;
    }
    if (watch.sign?.kind === 'booted') {
      seenAt ??= usage.cpu;
      if (watch.hasDialogue || hasLingered({ ...usage, cpu: usage.cpu - seenAt })) return null;
    }
    const why = limits && watch.sign === null ? expired(limits, usage) : null;
    if (why !== null) return why;
  }
}
