import { Option, type Command } from 'commander';
import { architectureOption, formatOf, layoutOption, withFormat, type Finish } from './command.ts';
import { type Diagnostic, diagnosticOf, hasErrors, InputError } from '../base/diagnostic.ts';
import type { Versioned } from '../formats/cell/layout-ids.ts';
import { examineKernel } from '../formats/kernel/examine.ts';
import type { MissingConfig } from '../formats/kernel/ikconfig.ts';
import { EXIT, type ExitCode, type Format, UsageError } from './exit.ts';
import { checkStdin } from './named-files.ts';
import { lookFor, print, printLine, printNote, printReport } from './output.ts';
import { describeFile, describeInText } from '../inspect/describe.ts';
import { detectKind, type FileKind } from '../inspect/kind.ts';
import type { Description } from '../inspect/layout.ts';
import { findingFacts } from '../reports/json.ts';
import { LIMITS, readChunks, readWhole, seeFile } from '../inputs/files.ts';
import { collect, STDIN, STDIN_TITLE, streamStandardInput } from '../inputs/stdin.ts';
import type { Architecture } from '../base/choices.ts';
import { printable } from '../base/text.ts';
import { renderDiagnostic } from './report.ts';

function describeMissing(why: MissingConfig): string {
  switch (why.kind) {
    case 'not-built-in':
      return 'it was built without CONFIG_IKCONFIG';
    case 'not-located':
      return why.because;
    case 'not-decodable':
      return 'it is packed in an unknown way';
  }
}

/** `inspect --extract-config`: the config built into a kernel, byte for byte. */
export async function extractConfig(paths: readonly string[]): Promise<ExitCode> {
  const [path, ...others] = paths;
  if (path === undefined || others.length > 0) {
    throw new UsageError('--extract-config needs one kernel', 'call it once for each');
  }
  const { embedded } = await examineKernel(await (await openSource(path)).whole(LIMITS.kernel));
  if (embedded instanceof InputError) throw embedded;
  if (embedded.kind !== 'found') {
    throw new InputError(
      'kernel/config-missing',
      `there is no config in the kernel: ${describeMissing(embedded)}`,
      {
        fix: 'look for it next to the image: /boot/config-* of a distribution, .config of a build',
      },
    );
  }
  await print(embedded.text);
  return EXIT.fine;
}

/** Bytes. */
const HEAD = 1 << 16;

const LIMIT_OF: Readonly<Record<Exclude<FileKind, 'bundle'>, number>> = {
  cell: LIMITS.binaryConfig,
  system: LIMITS.binaryConfig,
  kernel: LIMITS.kernel,
  dtb: LIMITS.deviceTree,
  params: LIMITS.params,
};

/** A file or the standard input; one of both is read from its beginning to its end, once. */
interface Source {
  /** Enough to tell its kind. */
  head: Uint8Array;
  whole(limit: number): Promise<Uint8Array>;
  chunks(): AsyncIterable<Uint8Array>;
}

async function readHead(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const head: Uint8Array[] = [];
  for (let size = 0; size < HEAD;) {
    const { done, value } = await chunks.next();
    if (done) break;
    head.push(value);
    size += value.length;
  }
  return Buffer.concat(head);
}

async function openSource(path: string): Promise<Source> {
  if (path !== STDIN) {
    const file = await seeFile(path, path);
    const chunks = readChunks(file);
    const head = await readHead(chunks);
    await chunks.return();
    return { head, whole: (limit) => readWhole(file, limit), chunks: () => readChunks(file) };
  }
  const rest = streamStandardInput('pipe a file into it');
  const head = await readHead(rest);
  const chunks = async function* (): AsyncGenerator<Uint8Array, void> {
    yield head;
    yield* rest;
  };
  return {
    head,
    whole: (limit) => collect(chunks(), limit, 'is this a file that `inspect` knows?'),
    chunks,
  };
}

/** What the files do not say. */
interface ConfigOptions {
  arch?: Architecture | undefined;
  layout?: Versioned | undefined;
}

async function describe(path: string, { arch, layout }: ConfigOptions): Promise<Description> {
  const source = await openSource(path);
  const kind = detectKind(source.head);
  if (kind !== 'bundle') return describeFile(kind, await source.whole(LIMIT_OF[kind]), arch, layout);
  const [{ describeBundle }, { signerOf }] = await Promise.all([
    import('../inspect/bundle.ts'),
    import('../release/judge.ts'),
  ]);
  return describeBundle(source.chunks(), signerOf);
}

interface Outcome {
  file: string;
  /** `null`: it cannot be read. */
  description: Description | null;
  diagnostics: readonly Diagnostic[];
}

async function outcomeOf(path: string, options: ConfigOptions): Promise<Outcome> {
  const file = path === STDIN ? STDIN_TITLE : path;
  try {
    const description = await describe(path, options);
    return { file, description, diagnostics: description.diagnostics };
  } catch (error) {
    return { file, description: null, diagnostics: [diagnosticOf(error)] };
  }
}

/** `inspect`: what is in files; those that cannot be read are reported on standard error, and the others shown. */
export async function inspect(
  files: string[],
  format: Format,
  options: ConfigOptions = {},
): Promise<ExitCode> {
  checkStdin(files);
  const outcomes: Outcome[] = [];
  const colors = lookFor(process.stdout);
  let shown = 0;
  for (const file of files) {
    const outcome = await outcomeOf(file, options);
    outcomes.push(outcome);
    if (format === 'json') continue;
    if (outcome.description !== null) {
      const heading = `${shown > 0 ? '\n' : ''}${colors.bold(`${printable(outcome.file)}:`)}`;
      if (files.length > 1) await printLine(heading);
      await printLine(describeInText(outcome.description));
      shown++;
    }
    for (const diagnostic of outcome.diagnostics)
      await printNote(renderDiagnostic(outcome.file, diagnostic, lookFor(process.stderr), null));
  }
  const ok = !outcomes.some(({ diagnostics }) => hasErrors(diagnostics));
  if (format === 'json') {
    await printReport('inspect', {
      ok,
      findings: outcomes.flatMap(({ file, diagnostics }) =>
        diagnostics.map((each) => findingFacts(each, file)),
      ),
      subjects: outcomes.map(({ file, description, diagnostics }) => ({
        file,
        ok: !hasErrors(diagnostics),
        content: description && description.content,
      })),
    });
  }
  return ok ? EXIT.fine : EXIT.findings;
}

export function define(command: Command, finish: Finish): void {
  withFormat(command)
    .description(
      'Shows what is in a cell or system config, a kernel, a device tree, a params image or a bundle.',
    )
    .argument('<file...>', 'files of any of these kinds; - is standard input')
    .addOption(architectureOption('architecture, for configs that do not name it'))
    .addOption(layoutOption())
    .addOption(
      new Option('--extract-config', 'print the config built into a kernel, and nothing else').conflicts([
        'json',
        'format',
        'arch',
        'layout',
      ]),
    )
    .action(async (files: string[], options) => {
      if (options.extractConfig) {
        finish(await extractConfig(files));
        return;
      }
      finish(await inspect(files, formatOf(options), options));
    });
}
