import type { Command } from 'commander';
import { printable } from '../base/text.ts';
import { hasErrors } from '../base/diagnostic.ts';
import { inOrder } from '../bundle/stream.ts';
import { endingOnSignals } from '../inputs/signals.ts';
import { checkBootOptions, givenOptions, withBootOptions, type BootCommandOptions } from './boot-options.ts';
import { bootReport, renderBooted, titleOf, type Booted } from './boot-report.ts';
import { makeSink } from './boot-sink.ts';
import { startsOf } from './boot-starts.ts';
import type { Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { lookFor, print, printLine, printNote } from './output.ts';
import { identify, overwritten } from './overwrite.ts';
import { renderBriefly, verdict } from './report.ts';

const EXAMPLES = `
Examples:
  jailhouse-bundle boot linux.tar
  jailhouse-bundle boot linux.cell.yaml --console
  jailhouse-bundle boot linux.tar --expect 'login:' --send root --expect '# '
  jailhouse-bundle boot a.tar b.tar -j 2 --format junit
  jailhouse-bundle boot board.machine.yaml -j 2

Exit codes: 0 init was reached; 1 the cell died, or \`jailhouse cell load\` or \`check\` refuses it; 2 wrong usage;
3 it could not be tried (no QEMU, bad input, a cell that the box cannot play); 4 undecided within the limits.
Of several, 1 counts before 3, and 3 before 4.`;

/** The first that any of them has. */
const PRECEDENCE: readonly ExitCode[] = [EXIT.findings, EXIT.notRun, EXIT.undecided];

const worst = (codes: readonly ExitCode[]): ExitCode =>
  PRECEDENCE.find((code) => codes.includes(code)) ?? EXIT.fine;

/** `boot`: the report goes to standard output, findings of manifests to standard error. */
export async function boot(files: readonly string[], options: BootCommandOptions): Promise<ExitCode> {
  checkBootOptions(files, options);
  const { format, log } = options;
  if (log !== undefined) {
    const input = await overwritten(log, await identify(files));
    if (input !== null) throw new UsageError(`--log ${log} would overwrite ${input}`, 'name another file');
  }
  const given = givenOptions(options);
  if (given.gdb !== null) {
    await printNote(
      `QEMU waits for a debugger: gdb -ex 'target remote 127.0.0.1:${given.gdb}', then continue`,
    );
  }
  const sink = makeSink(options);
  const starts = startsOf(files, { given, options, sink, several: files.length > 1 });
  // A debugger takes one after another.
  const jobs = given.gdb === null ? options.jobs : 1;
  const all: Booted[] = [];
  try {
    await endingOnSignals(async () => {
      for await (const booted of inOrder(starts, jobs, (start) => start())) {
        all.push(booted);
        if (format === 'text') await tell(booted, options);
      }
    });
  } finally {
    sink.close();
  }
  if (format !== 'text') await print(await bootReport(all, format));
  return worst(all.map(({ code }) => code));
}

async function tell(booted: Booted, { force }: BootCommandOptions): Promise<void> {
  const { findings, boot } = booted;
  const hasFailed = findings !== null && hasErrors(findings.diagnostics);
  if (hasFailed) {
    const colors = lookFor(process.stderr);
    for (const text of renderBriefly(findings, colors)) await printNote(text);
    await printNote(verdict(findings, colors));
  }
  if (boot === null && !force) {
    await printNote(
      hasFailed
        ? 'it is not started; --force starts it in spite of errors'
        : `${printable(titleOf(booted))} is not started: its machine has errors`,
    );
  }
  for (const text of renderBooted(booted, lookFor(process.stdout))) await printLine(text);
}

export function define(command: Command, finish: Finish): void {
  const withArguments = command
    .description(
      'Starts bundles in QEMU, under a small monitor that gives the guest what its cell has and nothing else, and that ' +
        'stops it with the line of Jailhouse where Jailhouse would. Needs no Jailhouse, no root and no KVM. Manifests ' +
        'are checked first. Of a machine, each cell with Linux is started.',
    )
    .argument('<bundle|manifest...>', '<name>.tar, <name>.tar.gz, *.cell.yaml or *.machine.yaml files');
  withBootOptions(withArguments)
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], { json, ...options }: BootCommandOptions & { json?: true }) => {
      finish(await boot(files, json ? { ...options, format: 'json' } : options));
    });
}
