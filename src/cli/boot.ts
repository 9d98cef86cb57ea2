import type { Command } from 'commander';
import { hasErrors } from '../base/diagnostic.ts';
import { verdictOf } from '../boot/result.ts';
import { inOrder } from '../bundle/stream.ts';
import { bootBundleFile } from '../inputs/boot/boot.ts';
import { USUAL, type Boot, type BootOptions } from '../inputs/boot/types.ts';
import { InputStore } from '../inputs/store.ts';
import { checkBootOptions, givenOptions, withBootOptions, type BootCommandOptions } from './boot-options.ts';
import { bootReport, renderBoot, type Booted } from './boot-report.ts';
import { makeSink } from './boot-sink.ts';
import type { Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { refuseMachineFiles } from './machine-files.ts';
import { colorsFor, print, printLine, printNote } from './output.ts';
import { identify, overwritten } from './overwrite.ts';
import { renderBriefly, verdict } from './report.ts';

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

const PLACED_AS_UPSTREAM =
  'exact placement has no place for everything: all is where upstream’s tool puts it (placement: upstream)';

/** Manifests are checked before they are packed; with errors, they are not. What `given` says counts before theirs. */
async function bootManifest(
  file: string,
  given: Partial<BootOptions>,
  { profile, force }: BootCommandOptions,
): Promise<Booted> {
  const [{ prepareManifests }, { askedOf, bootCell }] = await Promise.all([
    import('./manifests.ts'),
    import('../inputs/boot/cell.ts'),
  ]);
  const store = new InputStore();
  const [prepared] = await prepareManifests([file], store, profile, { force: force ?? false });
  const { ready, planned } = prepared!;
  if (ready === null || !('input' in ready)) {
    const code = planned === null ? EXIT.notRun : EXIT.findings;
    return { file, findings: prepared!, boot: null, code };
  }
  const booted = await bootCell(ready, store, { ...askedOf(ready), ...given });
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
export async function boot(files: readonly string[], options: BootCommandOptions): Promise<ExitCode> {
  checkBootOptions(files, options);
  refuseMachineFiles(files, 'started');
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
  const sink = makeSink(options, files.length > 1);
  const bootOne = async (file: string): Promise<Booted> => {
    const asked = { ...given, onOutput: sink.of(file) };
    if (!isBundle(file)) return bootManifest(file, asked, options);
    const boot = await bootBundleFile(file, { ...USUAL, ...asked });
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

async function tell(booted: Booted, { force }: BootCommandOptions): Promise<void> {
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

export function define(command: Command, finish: Finish): void {
  const withArguments = command
    .description(
      'Starts bundles in QEMU, under a small monitor that gives the guest what its cell has and nothing else, and that ' +
        'stops it with the line of Jailhouse where Jailhouse would. Needs no Jailhouse, no root and no KVM. Manifests ' +
        'are checked first.',
    )
    .argument('<bundle|manifest...>', '<name>.tar, <name>.tar.gz, or *.cell.yaml files');
  withBootOptions(withArguments)
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], { json, ...options }: BootCommandOptions & { json?: true }) => {
      finish(await boot(files, json ? { ...options, format: 'json' } : options));
    });
}
