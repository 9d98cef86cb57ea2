import { diagnosticFacts } from '../base/diagnostic-text.ts';
import { type Diagnostic, diagnosticOf } from '../base/diagnostic.ts';
import { describeInText, describeFile, type Description } from '../inspect/describe.ts';
import { detectKind, type FileKind } from '../inspect/kind.ts';
import { LIMITS, readChunks, readWhole, seeFile, type SeenFile } from '../inputs/files.ts';
import type { Architecture } from '../base/choices.ts';
import { printable } from '../base/text.ts';
import { EXIT, type ExitCode, type Format } from './exit.ts';
import { colorsFor, printLine, printNote, toJson } from './output.ts';
import { renderDiagnostic } from './report.ts';

const LIMIT_OF: Readonly<Record<Exclude<FileKind, 'bundle'>, number>> = {
  cell: LIMITS.binaryConfig,
  system: LIMITS.binaryConfig,
  kernel: LIMITS.kernel,
  dtb: LIMITS.deviceTree,
  params: LIMITS.params,
};

async function readHead(file: SeenFile): Promise<Uint8Array> {
  for await (const chunk of readChunks(file)) return chunk;
  return new Uint8Array();
}

async function describe(path: string, arch: Architecture | undefined): Promise<Description> {
  const file = await seeFile(path, path);
  const kind = detectKind(await readHead(file));
  if (kind !== 'bundle') return describeFile(kind, await readWhole(file, LIMIT_OF[kind]), arch);
  const { describeBundle } = await import('../inspect/bundle.ts');
  return describeBundle(readChunks(file));
}

type Outcome = { file: string; description: Description } | { file: string; failure: Diagnostic };

async function outcomeOf(file: string, arch: Architecture | undefined): Promise<Outcome> {
  try {
    return { file, description: await describe(file, arch) };
  } catch (error) {
    return { file, failure: diagnosticOf(error) };
  }
}

/** Whether all of a file could be read. */
function isIntact(description: Description): boolean {
  if (description.kind === 'bundle') return description.intact;
  return !('config' in description) || description.config.status !== 'damaged';
}

const isFine = (outcome: Outcome): boolean => 'description' in outcome && isIntact(outcome.description);

function outcomeJson(outcome: Outcome): object {
  const { file } = outcome;
  if ('description' in outcome) return { file, ...outcome.description };
  return { file, error: diagnosticFacts(outcome.failure) };
}

/** `inspect`: what is in files; those that cannot be read are reported on standard error, and the others shown. */
export async function inspect(files: string[], format: Format, arch?: Architecture): Promise<ExitCode> {
  const outcomes: object[] = [];
  const colors = colorsFor(process.stdout);
  let fine = true;
  let shown = 0;
  for (const file of files) {
    const outcome = await outcomeOf(file, arch);
    fine &&= isFine(outcome);
    if (format === 'json') {
      outcomes.push(outcomeJson(outcome));
    } else if ('description' in outcome) {
      const heading = `${shown > 0 ? '\n' : ''}${colors.bold(`${printable(file)}:`)}`;
      if (files.length > 1) await printLine(heading);
      await printLine(describeInText(outcome.description));
      shown++;
    } else {
      const { failure } = outcome;
      await printNote(renderDiagnostic(file, failure, colorsFor(process.stderr), null));
    }
  }
  if (format === 'json') await printLine(toJson(outcomes));
  return fine ? EXIT.fine : EXIT.findings;
}
