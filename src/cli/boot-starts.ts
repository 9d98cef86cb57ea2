import { failure, hasErrors } from '../base/diagnostic.ts';
import { verdictOf } from '../boot/result.ts';
import { askedOf, bootCell } from '../inputs/boot/cell.ts';
import { openBundleFile } from '../inputs/boot/boot.ts';
import { NOTHING, USUAL, type Boot, type BootOptions } from '../inputs/boot/types.ts';
import { InputStore } from '../inputs/store.ts';
import { isMachineFile } from '../manifest/machine/name.ts';
import type { BootCommandOptions } from './boot-options.ts';
import type { Booted } from './boot-report.ts';
import type { Sink } from './boot-sink.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { PreparedManifest } from './manifests.ts';

/** What is started, of all files that `boot` was given. */
interface Asked {
  /** What options say counts before what manifests say. */
  given: Partial<BootOptions>;
  options: Pick<BootCommandOptions, 'profile' | 'force'>;
  sink: Sink;
  /** Whether there are other files. */
  several: boolean;
}

/** Starts one cell. */
type Start = () => Promise<Booted>;

/** What is a bundle by its name; all else is a manifest. */
const isBundle = (file: string): boolean => /\.(?:tar(?:\.gz)?|tgz)$/.test(file);

const PLACED_AS_UPSTREAM =
  'exact placement has no place for everything: all is where upstream’s tool puts it (placement: upstream)';

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

/** What the sink shows in front of a line. */
function lineName(file: string, cell: string | null, { several }: Asked): string | null {
  if (cell === null) return several ? file : null;
  return several ? `${file} (${cell})` : cell;
}

const skipped = (file: string, cell: string | null, findings: Booted['findings']): Booted => ({
  file,
  cell,
  findings,
  boot: 'skipped',
  code: EXIT.fine,
});

/** A machine of which nothing can be started. */
function withoutLinux(file: string): Booted {
  const problem = failure('boot/unsupported', 'no cell of the machine has Linux: there is nothing to start', {
    fix: 'start its cells on the target',
  });
  return { file, cell: null, findings: null, boot: { ...NOTHING, problem }, code: EXIT.notRun };
}

async function* bundleStarts(file: string, asked: Asked): AsyncGenerator<Start, void> {
  const { cells, close } = await openBundleFile(file);
  const running: Promise<Boot>[] = [];
  try {
    for (const { name: cell, start } of cells) {
      yield async () => {
        if (start === null) return skipped(file, cell, null);
        const onOutput = asked.sink.of(lineName(file, cell, asked));
        const run = start({ ...USUAL, ...asked.given, onOutput });
        running.push(run);
        const boot = await run;
        return { file, cell, findings: null, boot, code: codeOf(boot) };
      };
    }
    if (cells.every(({ start }) => start === null)) yield async () => withoutLinux(file);
  } finally {
    // The next bundle need not wait for them.
    void Promise.allSettled(running).then(close);
  }
}

/** A cell that was checked; with errors it is started by `--force` alone. */
async function bootPrepared(
  prepared: PreparedManifest,
  cell: string | null,
  store: InputStore,
  asked: Asked,
): Promise<Booted> {
  const { file, started, planned } = prepared;
  const of = { file, cell, findings: prepared };
  if (started === 'bare') return skipped(file, cell, prepared);
  if (started === null) {
    return { ...of, boot: null, code: planned === null ? EXIT.notRun : EXIT.findings };
  }
  const onOutput = asked.sink.of(lineName(file, cell, asked));
  const booted = await bootCell(started, store, { ...askedOf(started), ...asked.given, onOutput });
  const boot = planned === null ? { ...booted, assumed: [PLACED_AS_UPSTREAM, ...booted.assumed] } : booted;
  return { ...of, boot, code: codeOf(boot) };
}

/** Of a machine with errors that is not started. */
function notStarted(prepared: PreparedManifest, cell: string | null, wasRead: boolean): Booted {
  const isAtFault = hasErrors(prepared.diagnostics);
  const code = isAtFault && wasRead ? EXIT.findings : EXIT.notRun;
  return { file: prepared.file, cell, findings: prepared, boot: null, code };
}

async function* machineStarts(file: string, asked: Asked): AsyncGenerator<Start, void> {
  const { prepareManifests } = await import('./manifests.ts');
  const store = new InputStore();
  const { profile, force = false } = asked.options;
  const [whole, ...cells] = await prepareManifests([file], store, profile, { force });
  const named = cells.map((prepared) => [prepared, prepared.name ?? prepared.part ?? null] as const);
  const hasFailed = [whole!, ...cells].some(({ diagnostics }) => hasErrors(diagnostics));
  if (hasFailed && !force) {
    const wasRead = cells.length > 0 && cells.every(({ machine }) => machine !== null);
    if (hasErrors(whole!.diagnostics)) yield async () => notStarted(whole!, null, wasRead);
    for (const [prepared, cell] of named) yield async () => notStarted(prepared, cell, wasRead);
    return;
  }
  for (const [prepared, cell] of named) yield () => bootPrepared(prepared, cell, store, asked);
  if (cells.every(({ started }) => started === 'bare')) yield async () => withoutLinux(file);
}

async function* manifestStarts(file: string, asked: Asked): AsyncGenerator<Start, void> {
  yield async () => {
    const { prepareManifests } = await import('./manifests.ts');
    const store = new InputStore();
    const { profile, force = false } = asked.options;
    const [prepared] = await prepareManifests([file], store, profile, { force });
    return bootPrepared(prepared!, null, store, asked);
  };
}

/** All that files have to start, in their order. */
export async function* startsOf(files: readonly string[], asked: Asked): AsyncGenerator<Start, void> {
  for (const file of files) {
    if (isBundle(file)) yield* bundleStarts(file, asked);
    else if (isMachineFile(file)) yield* machineStarts(file, asked);
    else yield* manifestStarts(file, asked);
  }
}
