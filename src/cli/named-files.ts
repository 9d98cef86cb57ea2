import { diagnosticOf, InputError } from '../base/diagnostic.ts';
import { BUNDLES, MANIFESTS, namedFiles } from '../inputs/named-files.ts';
import { STDIN, STDIN_TITLE } from '../inputs/stdin.ts';
import { findingFacts } from '../reports/json.ts';
import type { AnyReport } from '../reports/output-schema.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { printReport } from './output.ts';

/** @throws UsageError where the standard input would be read twice */
export function checkStdin(words: readonly string[]): void {
  if (words.filter((word) => word === STDIN).length < 2) return;
  throw new UsageError('the standard input is named twice', 'write - once');
}

/** The manifests and machine files that arguments mean. @throws InputError `input/nothing-found` */
export const namedManifests = (words: readonly string[]): Promise<string[]> => namedFiles(words, MANIFESTS);

/** The bundles that arguments mean. @throws InputError `input/nothing-found` */
export const namedBundles = (words: readonly string[]): Promise<string[]> => namedFiles(words, BUNDLES);

/** The same, and the standard input. @throws InputError `input/nothing-found` */
export async function namedOrPiped(words: readonly string[]): Promise<string[]> {
  checkStdin(words);
  const files = await namedManifests(words);
  return files.map((file) => (file === STDIN ? STDIN_TITLE : file));
}

/** Runs a command that reports bad input as JSON, if that is asked for, before it has any subject. */
export async function orReport(
  command: AnyReport['command'],
  isJson: boolean,
  step: () => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    return await step();
  } catch (error) {
    if (!isJson || !(error instanceof InputError)) throw error;
    const findings = [findingFacts(diagnosticOf(error), null)];
    await printReport(command, { ok: false, findings, subjects: [] });
    return EXIT.findings;
  }
}
