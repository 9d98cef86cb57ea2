import { readConfig, type ReadConfig, type ReadOptions } from '../formats/cell/read.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { LIMITS, readWhole, seeFile } from '../inputs/files.ts';
import { codeFrame, lineAndColumn } from '../formats/yaml/source.ts';
import { findingFacts } from '../reports/json.ts';
import type { FindingFacts } from '../reports/output-schema.ts';
import { lookFor, printNote } from './output.ts';
import { renderDiagnostic } from './report.ts';

export const readFile = async (file: string): Promise<Uint8Array> =>
  readWhole(await seeFile(file, file), LIMITS.config);

/** A problem of a file for machines: at its line, if the file is text. */
export function problemFacts(
  file: string,
  text: string | null,
  problem: Diagnostic,
  subject: string | null,
): FindingFacts {
  const { range } = problem;
  const at = range && text !== null ? lineAndColumn(text, range.start) : { line: null, column: null };
  return findingFacts(problem, subject, [{ file, ...at }]);
}

/** Reports what is wrong with a file, each problem at its line. */
export async function reportProblems(
  file: string,
  text: string | null,
  problems: readonly Diagnostic[],
): Promise<void> {
  const colors = lookFor(process.stderr);
  for (const each of problems) {
    const { range } = each;
    if (text === null || range === undefined) {
      await printNote(renderDiagnostic(file, each, colors, null));
      continue;
    }
    const { line, column } = lineAndColumn(text, range.start);
    await printNote(renderDiagnostic(`${file}:${line}:${column}`, each, colors, codeFrame(text, range)));
  }
}

/** A config that could be read. */
export type LoadedConfig = ReadConfig<CellConfig | SystemConfig> & { config: CellConfig | SystemConfig };

/** A config in either form; null where its description has problems, which are reported. */
export async function loadConfig(file: string, options: ReadOptions): Promise<LoadedConfig | null> {
  const { config, ...read } = await readConfig(await readFile(file), file, options);
  await reportProblems(file, read.description?.text ?? null, read.problems);
  return config && { ...read, config };
}
