import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect, inject } from 'vitest';

export interface CliOutcome {
  /** `null`: a signal ended the process. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  cwd?: string;
  /** Beside PATH, which the process has always. */
  env?: Readonly<Record<string, string>>;
  /** What stands in front of `node cli.mjs ARGS`: `['setpriv', '--reuid=65534']`. */
  under?: readonly string[];
  /** What is done to the process, or to its files, once `when` holds. */
  meanwhile?: { when: () => boolean; act: (process: ChildProcess) => void };
}

/** Runs the command line as a process. */
export async function run(args: readonly string[], options: CliOptions = {}): Promise<CliOutcome> {
  const [command, ...words] = [...(options.under ?? []), process.execPath, inject('cli'), ...args];
  const child = spawn(command!, words, {
    cwd: options.cwd,
    env: { PATH: process.env.PATH ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const outcome: CliOutcome = { code: null, signal: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (outcome.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (outcome.stderr += text));
  const { meanwhile } = options;
  const poll =
    meanwhile &&
    setInterval(() => {
      if (!meanwhile.when()) return;
      clearInterval(poll);
      meanwhile.act(child);
    }, 2);
  try {
    const [code, by] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { ...outcome, code, signal: by };
  } finally {
    clearInterval(poll);
  }
}

const STACK_LINE = /^\s+at .*:\d+:\d+/m;

/** Runs what must end in exit code 1, with a one-line reason, a fix, and no stack trace; gives the report. */
export async function runRefused(args: readonly string[], options: CliOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(args, options);
  const report = stdout + stderr;
  expect(report).not.toMatch(STACK_LINE);
  expect(report).not.toContain('internal error');
  expect({ code, report }).toEqual({
    code: 1,
    report: expect.stringMatching(/error [a-z-]+\/[a-z0-9-]+\n {2}\S.*\n(?: {2}[a-z]+: .*\n)* {2}fix: +\S/),
  });
  return report;
}

/** `run` in a shell: `inShell('ulimit -f 20; exec "$@"')`. */
export const inShell = (script: string): string[] => ['sh', '-c', script, 'sh'];

/**
 * What runs a command as a user without rights: nothing if we are one, `null` where that user cannot read our files,
 * or we cannot become that user.
 */
export async function asNobody(): Promise<string[] | null> {
  if (process.getuid?.() !== 0) return [];
  const under = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const outcome = await run(['schema'], { under }).catch(() => null);
  return outcome?.code === 0 ? under : null;
}

/** Results of `job` for all items, a few at a time. */
export async function inParallel<T, U>(
  items: readonly T[],
  job: (item: T, index: number) => Promise<U>,
): Promise<U[]> {
  const results: U[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await job(items[index]!, index);
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  return results;
}
