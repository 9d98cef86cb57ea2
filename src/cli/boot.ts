import { closeSync, openSync, writeSync } from 'node:fs';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Profile } from '../base/choices.ts';
import { hasErrors } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { LineReader } from '../boot/lines.ts';
import { DEFAULT_TIMEOUT } from '../boot/limits.ts';
import { verdictOf } from '../boot/result.ts';
import type { Channel, Dialogue } from '../boot/watch.ts';
import { inOrder } from '../bundle/stream.ts';
import { bootBundle, bootBundleFile } from '../inputs/boot/boot.ts';
import type { Boot, BootOptions } from '../inputs/boot/types.ts';
import { fileFault } from '../inputs/fault.ts';
import { InputStore } from '../inputs/store.ts';
import { bootReport, renderBoot, type Booted } from './boot-report.ts';
import { collect, once, profileOption, withFormat, type Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { refuseMachineFiles } from './machine-files.ts';
import { colorsFor, print, printLine, printNote } from './output.ts';
import { identify, overwritten } from './overwrite.ts';
import { renderBriefly, verdict } from './report.ts';

export type BootFormat = 'text' | 'json' | 'junit';

interface CommandOptions {
  expect?: string[];
  send?: string[];
  timeout?: number;
  system?: string;
  loader?: string;
  kernel?: string;
  initrd?: string;
  force?: true;
  console?: true;
  log?: string;
  repro?: true;
  gdb?: number | true;
  jobs: number;
  profile: Profile;
  format: BootFormat;
}

const GDB_PORT = 1234;

const EXAMPLES = `
Examples:
  jailhouse-bundle boot linux.tar
  jailhouse-bundle boot linux.cell.yaml --console
  jailhouse-bundle boot linux.tar --expect 'login:' --send root --expect '# '
  jailhouse-bundle boot a.tar b.tar -j 2 --format junit

Exit codes: 0 init was reached; 1 the cell died, or \`jailhouse cell load\` or \`check\` refuses it; 2 wrong usage;
3 it could not be tried (no QEMU, bad input, a cell that the box cannot play); 4 undecided within the limits.
Of several, 1 counts before 3, and 3 before 4.`;

/** What is a bundle by its name; all else is a manifest. */
const isBundle = (file: string): boolean => /\.(?:tar(?:\.gz)?|tgz)$/.test(file);

function parseExpectation(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*: /, '') : '';
    throw new UsageError(
      `--expect '${text}' is not a regular expression: ${why}`,
      'write one as JavaScript has it',
    );
  }
}

/** @throws UsageError */
function dialogueOf({ expect = [], send = [] }: CommandOptions): Dialogue {
  if (send.length > expect.length) {
    throw new UsageError(
      `there are more --send (${send.length}) than --expect (${expect.length})`,
      'each text is sent when what --expect of the same place waits for has come',
    );
  }
  return { expect: expect.map(parseExpectation), send };
}

/** @throws UsageError */
function checkOptions(files: readonly string[], { gdb, kernel, initrd, loader }: CommandOptions): void {
  if (files.length < 2) return;
  if (gdb !== undefined) throw new UsageError('--gdb is for one bundle', 'name only one');
  if (kernel !== undefined || initrd !== undefined || loader !== undefined) {
    throw new UsageError(
      '--kernel, --initrd and --loader are for one bundle',
      'start the bundles one by one',
    );
  }
}

/** Where what the guest prints goes while it runs. */
interface Sink {
  of(file: string): NonNullable<BootOptions['onOutput']>;
  close(): void;
}

/** @param several lines get the bundle's name in front */
function makeSink({ console: isLive, log, format }: CommandOptions, several: boolean): Sink {
  let logFile: number | null = null;
  if (log !== undefined) {
    try {
      logFile = openSync(log, 'w');
    } catch (error) {
      throw fileFault('output/unwritable', `cannot write ${log}`, error);
    }
  }
  const stream = format === 'text' ? process.stdout : process.stderr;
  return {
    of(file) {
      const readers = new Map<Channel, LineReader>();
      const name = several ? `${printable(file)}: ` : '';
      return (channel, bytes) => {
        const reader = readers.get(channel) ?? new LineReader();
        readers.set(channel, reader);
        for (const line of reader.push(bytes)) {
          if (logFile !== null) writeSync(logFile, `${name}${line}\n`);
          if (isLive && channel !== 'monitor') stream.write(`${name}${printable(line)}\n`);
        }
      };
    },
    close: () => logFile !== null && closeSync(logFile),
  };
}

const PLACED_AS_UPSTREAM =
  'exact placement has no place for everything: all is where upstream’s tool puts it (placement: upstream)';

/** Manifests are checked before they are packed; with errors, they are not. */
async function bootManifest(
  file: string,
  options: BootOptions,
  { profile, force }: CommandOptions,
): Promise<Booted> {
  const [{ prepareManifests }, { packCell }] = await Promise.all([
    import('./manifests.ts'),
    import('../inputs/pack.ts'),
  ]);
  const store = new InputStore();
  const [prepared] = await prepareManifests([file], store, profile, {
    whole: true,
    force: force ?? false,
  });
  const { ready, planned } = prepared!;
  if (ready === null) {
    const code = planned === null ? EXIT.notRun : EXIT.findings;
    return { file, findings: prepared!, boot: null, code };
  }
  const booted = await bootBundle(packCell(ready, store, 0).chunks, options);
  const boot = planned === null ? { ...booted, assumed: [PLACED_AS_UPSTREAM, ...booted.assumed] } : booted;
  return { file, findings: prepared!, boot, code: codeOf(boot) };
}

function codeOf({ problem }: Pick<Boot, 'problem'>): ExitCode {
  switch (verdictOf(problem)) {
    case 'booted':
      return EXIT.fine;
    case 'died':
    case 'refused':
      return EXIT.findings;
    case 'undecided':
      return EXIT.undecided;
    case 'not-run':
      return EXIT.notRun;
  }
}

/** The first that any of them has. */
const PRECEDENCE: readonly ExitCode[] = [EXIT.findings, EXIT.notRun, EXIT.undecided];

const worst = (codes: readonly ExitCode[]): ExitCode =>
  PRECEDENCE.find((code) => codes.includes(code)) ?? EXIT.fine;

async function* each<T>(items: readonly T[]): AsyncGenerator<T, void> {
  yield* items;
}

/** `boot`: the report goes to standard output, findings of manifests to standard error. */
export async function boot(files: readonly string[], options: CommandOptions): Promise<ExitCode> {
  checkOptions(files, options);
  refuseMachineFiles(files, 'started');
  const { timeout = null, system = null, kernel, initrd, loader, format, gdb, log } = options;
  const dialogue = dialogueOf(options);
  if (log !== undefined) {
    const input = await overwritten(log, await identify(files));
    if (input !== null) throw new UsageError(`--log ${log} would overwrite ${input}`, 'name another file');
  }
  const port = gdb === true ? GDB_PORT : (gdb ?? null);
  if (port !== null) {
    await printNote(`QEMU waits for a debugger: gdb -ex 'target remote 127.0.0.1:${port}', then continue`);
  }
  const sink = makeSink(options, files.length > 1);
  const bootOptions = (file: string): BootOptions => ({
    dialogue,
    timeout,
    given: {
      ...(kernel === undefined ? {} : { kernel }),
      ...(initrd === undefined ? {} : { initrd }),
      ...(loader === undefined ? {} : { loader }),
    },
    system,
    gdb: port,
    repro: options.repro ?? false,
    onOutput: sink.of(file),
  });
  const bootOne = async (file: string): Promise<Booted> => {
    if (!isBundle(file)) return bootManifest(file, bootOptions(file), options);
    const boot = await bootBundleFile(file, bootOptions(file));
    return { file, findings: null, boot, code: codeOf(boot) };
  };
  const all: Booted[] = [];
  try {
    for await (const booted of inOrder(each(files), options.jobs, bootOne)) {
      all.push(booted);
      if (format === 'text') await tell(booted, options);
    }
  } finally {
    sink.close();
  }
  if (format !== 'text') await print(await bootReport(all, format));
  return worst(all.map(({ code }) => code));
}

async function tell(booted: Booted, { force }: CommandOptions): Promise<void> {
  const { findings, boot } = booted;
  if (findings !== null && (hasErrors(findings.diagnostics) || boot === null)) {
    const colors = colorsFor(process.stderr);
    for (const text of renderBriefly(findings, colors)) await printNote(text);
    await printNote(verdict(findings, colors));
    if (boot === null && !force) await printNote('it is not started; --force starts it in spite of errors');
  }
  if (boot !== null)
    for (const text of renderBoot(booted.file, boot, colorsFor(process.stdout))) await printLine(text);
}

function parseSeconds(text: string): number {
  const value = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && value > 0 && value <= 86_400) return value;
  throw new InvalidArgumentError('It must be a number of seconds, at most 86400.');
}

const parseWhole =
  (most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number, 1 to ${most}.`);
  };

export function define(command: Command, finish: Finish): void {
  const withInputs = command
    .description(
      'Starts bundles in QEMU, under a small monitor that gives the guest what its cell has and nothing else, and that ' +
        'stops it with the line of Jailhouse where Jailhouse would. Needs no Jailhouse, no root and no KVM. Manifests ' +
        'are checked first.',
    )
    .argument('<bundle|manifest...>', '<name>.tar, <name>.tar.gz, or *.cell.yaml files')
    .option(
      '--expect <regex>',
      'wait for this on the console instead of for init; may be repeated, in order',
      collect,
    )
    .option(
      '--send <text>',
      'send this line when the --expect of the same place has come; may be repeated',
      collect,
    )
    .option(
      '--timeout <seconds>',
      `CPU time of QEMU after which nothing is certain (default: ${DEFAULT_TIMEOUT}); a third of it without output`,
      parseSeconds,
    )
    .option('--system <file>', "the root cell's system config, for a bundle without one", once)
    .option('--loader <file>', "Jailhouse's linux-loader.bin, instead of one that does the same", once)
    .option('--kernel <file>', 'the kernel of a bundle that leaves it on the target', once)
    .option('--initrd <file>', 'the initrd of a bundle that leaves it on the target', once)
    .option('--force', 'start a manifest that check finds errors in')
    .option('--console', "show the guest's console while it runs")
    .option('--log <file>', 'file for all that hypervisor and guest print', once)
    .option('--repro', 'keep the files, and print the command line of QEMU')
    .addOption(
      new Option(
        '--gdb [port]',
        `wait for a debugger, without a limit of time (default port: ${GDB_PORT})`,
      ).argParser(parseWhole(65_535)),
    )
    .addOption(
      new Option('-j, --jobs <number>', 'bundles that run at a time').argParser(parseWhole(64)).default(1),
    )
    .addOption(profileOption());
  withFormat(withInputs, ['text', 'json', 'junit'])
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], { json, ...options }: CommandOptions & { json?: true }) => {
      finish(await boot(files, json ? { ...options, format: 'json' } : options));
    });
}
