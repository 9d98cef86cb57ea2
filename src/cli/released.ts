import { parseSourceDateEpoch } from '../bundle/source-date-epoch.ts';
import { hasErrors, type Diagnostic } from '../base/diagnostic.ts';
import { seeFile } from '../inputs/files.ts';
import { printable } from '../base/text.ts';
import { readReleased } from '../inputs/released.ts';
import { writeAtomically } from '../inputs/atomic-file.ts';
import type { ReleasedBundle } from '../release/subject.ts';
import { unfinishedFiles } from './cleanup.ts';
import { STDOUT } from './command.ts';
import { UsageError } from './exit.ts';
import { lookFor, print, printLine, printNote } from './output.ts';
import { identify, overwritten } from './overwrite.ts';
import { renderDiagnostic } from './report.ts';

/** The time of documents: SOURCE_DATE_EPOCH; `null`: the bundle's own. @throws InputError `build/source-date-epoch` */
export function documentTime(): number | null {
  const { SOURCE_DATE_EPOCH } = process.env;
  return SOURCE_DATE_EPOCH ? parseSourceDateEpoch(SOURCE_DATE_EPOCH) : null;
}

/** Reports what is wrong with a bundle, of which nothing is written then. */
export async function tellUnfit(path: string, diagnostics: readonly Diagnostic[]): Promise<void> {
  const look = lookFor(process.stderr);
  for (const each of diagnostics) await printNote(renderDiagnostic(path, each, look, null));
  if (hasErrors(diagnostics)) await printNote('nothing is written: the bundle is not intact');
}

/**
 * Writes a document about a bundle; false if the bundle is not intact.
 *
 * @param output `-`: standard output; else a file, whose path is printed
 */
export async function writeDocument(
  path: string,
  output: string,
  textOf: (bundle: ReleasedBundle) => string | Promise<string>,
): Promise<boolean> {
  if (output !== STDOUT && (await overwritten(output, await identify([path]))) !== null) {
    throw new UsageError(`--output ${output} would overwrite the bundle`, 'name another file');
  }
  const { bundle, diagnostics } = await readReleased(await seeFile(path, path), documentTime());
  await tellUnfit(path, diagnostics);
  if (bundle === null) return false;
  const text = await textOf(bundle);
  if (output === STDOUT) await print(text);
  else {
    await writeAtomically(output, [Buffer.from(text)], unfinishedFiles);
    await printLine(printable(output));
  }
  return true;
}
