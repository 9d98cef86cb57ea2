import { diagnosticOf, hasErrors, type Diagnostic } from '../base/diagnostic.ts';
import { describeFile, describeInText } from '../inspect/describe.ts';
import { detectKind, type FileKind } from '../inspect/kind.ts';
import type { Description } from '../inspect/layout.ts';
import { findingFacts } from '../reports/json.ts';
import { LIMITS, readChunks, readWhole, seeFile, type SeenFile } from '../inputs/files.ts';
import type { Architecture } from '../base/choices.ts';
import { printable } from '../base/text.ts';
import { EXIT, type ExitCode, type Format } from './exit.ts';
import { colorsFor, printLine, printNote, printReport } from './output.ts';
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

interface Outcome {
  file: string;
  /** `null`: it cannot be read. */
  description: Description | null;
  diagnostics: readonly Diagnostic[];
}

async function outcomeOf(file: string, arch: Architecture | undefined): Promise<Outcome> {
  try {
    const description = await describe(file, arch);
    return { file, description, diagnostics: description.diagnostics };
  } catch (error) {
    return { file, description: null, diagnostics: [diagnosticOf(error)] };
  }
}

/** `inspect`: what is in files; those that cannot be read are reported on standard error, and the others shown. */
export async function inspect(files: string[], format: Format, arch?: Architecture): Promise<ExitCode> {
  const outcomes: Outcome[] = [];
  const colors = colorsFor(process.stdout);
  let shown = 0;
  for (const file of files) {
    const outcome = await outcomeOf(file, arch);
    outcomes.push(outcome);
    if (format === 'json') continue;
    if (outcome.description !== null) {
      const heading = `${shown > 0 ? '\n' : ''}${colors.bold(`${printable(file)}:`)}`;
      if (files.length > 1) await printLine(heading);
      await printLine(describeInText(outcome.description));
      shown++;
    } else {
      for (const diagnostic of outcome.diagnostics)
        await printNote(renderDiagnostic(file, diagnostic, colorsFor(process.stderr), null));
    }
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
