import { spawn, type ChildProcess } from 'node:child_process';
import { once, type EventEmitter } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { parseReport } from './output.ts';

export interface CliOutcome {
  /** `null`: a signal ended the process. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  cwd?: string;
  /** Beside PATH, which is there always. */
  env?: Readonly<Record<string, string>>;
}

interface HereOptions extends CliOptions {
  /** The file that is the standard input; without it, that of this process is. */
  stdin?: string;
}

export interface ProcessOptions extends CliOptions {
  /** What stands in front of `node cli.mjs ARGS`: `['setpriv', '--reuid=65534']`. */
  under?: readonly string[];
  /** What is done to the process, or to its files, once `when` holds. */
  meanwhile?: { when: () => boolean; act: (process: ChildProcess) => void };
}

const envOf = (options: CliOptions): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  ...options.env,
});

const isJson = (args: readonly string[]): boolean =>
  args.some(
    (word, index) =>
      /^--(?:json|format=json)$/.test(word) || (word === 'json' && args[index - 1] === '--format'),
  );

/** Holds what was printed with `--json` against the schema of all output. */
async function withReport(
  args: readonly string[],
  { cwd = '' }: CliOptions,
  outcome: CliOutcome,
): Promise<CliOutcome> {
  if (!isJson(args) || outcome.code === 2 || outcome.signal !== null) return outcome;
  const option = args.findIndex((word) => word === '-o' || word === '--output');
  const file = args[0] === 'check' && option > 0 ? args[option + 1]! : '-';
  parseReport(file === '-' ? outcome.stdout : await readFile(join(cwd, file), 'utf8'), outcome.code);
  return outcome;
}

/** Runs the command line as a process. */
export async function runProcess(args: readonly string[], options: ProcessOptions = {}): Promise<CliOutcome> {
  const [command, ...words] = [...(options.under ?? []), process.execPath, inject('cli'), ...args];
  const child = spawn(command!, words, {
    cwd: options.cwd,
    env: envOf(options),
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
    const ended = { ...outcome, code, signal: by };
    return options.under === undefined ? await withReport(args, options, ended) : ended;
  } finally {
    clearInterval(poll);
  }
}

/** Takes what is written to a stream, until it is called; gives it as text. */
function captured(stream: NodeJS.WriteStream): () => string {
  const chunks: Buffer[] = [];
  const { write } = stream;
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    chunks.push(Buffer.from(chunk));
    const written = rest.at(-1);
    if (typeof written === 'function') queueMicrotask(() => written());
    return true;
  };
  return () => {
    stream.write = write;
    return Buffer.concat(chunks).toString();
  };
}

/** What the command line listens to for the rest of its process. */
const LISTENED: readonly (readonly [EventEmitter, string])[] = [
  [process, 'SIGHUP'],
  [process, 'SIGINT'],
  [process, 'SIGTERM'],
  [process.stdout, 'error'],
  [process.stderr, 'error'],
];

/** The command line as `runProcess` would run it, without the process. */
async function runHere(args: readonly string[], options: HereOptions): Promise<CliOutcome> {
  const { env } = process;
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!;
  const folder = process.cwd();
  const input = options.stdin === undefined ? null : createReadStream(options.stdin);
  const listeners = LISTENED.map(([emitter, event]) => emitter.listeners(event));
  process.env = envOf(options);
  process.chdir(options.cwd ?? folder);
  const [stdout, stderr] = [captured(process.stdout), captured(process.stderr)];
  if (options.stdin !== undefined) {
    Object.defineProperty(process, 'stdin', { ...stdin, get: () => input });
  }
  try {
    const code = await main(args);
    return { code, signal: null, stdout: stdout(), stderr: stderr() };
  } finally {
    stdout();
    stderr();
    process.chdir(folder);
    process.env = env;
    Object.defineProperty(process, 'stdin', stdin);
    input?.destroy();
    LISTENED.forEach(([emitter, event], index) => {
      for (const listener of emitter.listeners(event)) {
        if (!listeners[index]!.includes(listener)) emitter.off(event, listener as () => void);
      }
    });
  }
}

let last: Promise<unknown> = Promise.resolve();

/** Runs the command line in this process, one after the other: folder, environment and streams are the process's. */
export function run(args: readonly string[], options: HereOptions = {}): Promise<CliOutcome> {
  const outcome = last.then(() => runHere(args, options));
  last = outcome.catch(() => undefined);
  return outcome.then((ended) => withReport(args, options, ended));
}

const STACK_LINE = /^\s+at .*:\d+:\d+/m;

/** An outcome must be exit code 1, with a one-line reason, a fix, and no stack trace; gives the report. */
function reportOfRefused({ code, stdout, stderr }: CliOutcome): string {
  const report = stdout + stderr;
  expect(report).not.toMatch(STACK_LINE);
  expect(report).not.toContain('internal error');
  expect({ code, report }).toEqual({
    code: 1,
    report: expect.stringMatching(/error [a-z-]+\/[a-z0-9-]+\n {2}\S.*\n(?: {2}[a-z]+: .*\n)* {2}fix: +\S/),
  });
  return report;
}

export const runRefused = async (args: readonly string[], options: CliOptions = {}): Promise<string> =>
  reportOfRefused(await run(args, options));

export const processRefused = async (
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<string> => reportOfRefused(await runProcess(args, options));

/** `runProcess` in a shell: `inShell('ulimit -f 20; exec "$@"')`. */
export const inShell = (script: string): string[] => ['sh', '-c', script, 'sh'];

/**
 * What runs a command as a user without rights: nothing if we are one, `null` where that user cannot read our files,
 * or we cannot become that user.
 */
export async function asNobody(): Promise<string[] | null> {
  if (process.getuid?.() !== 0) return [];
  const under = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const outcome = await runProcess(['schema'], { under }).catch(() => null);
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
