import type { Diagnostic } from '../base/diagnostic.ts';
import { diagnosticFacts } from '../base/diagnostic-text.ts';
import { TOOL_NAME, TOOL_VERSION } from '../base/version.ts';
import type { DetailedExplanation } from '../explain/details.ts';
import type { AnyReport, ExplanationFacts, FindingFacts, Report } from './output-schema.ts';
import type { Place } from './report.ts';

/**
 * A finding for machines.
 *
 * @param subject the file of the subject that it belongs to; `null`: the whole run
 * @param places where it is, first the place to look at; without any, the subject as a whole
 * @param source where its rule is from; `null`: none is named
 */
export const findingFacts = (
  diagnostic: Diagnostic,
  subject: string | null,
  places: readonly Place[] = subject === null ? [] : [{ file: subject, line: null, column: null }],
  source: string | null = null,
): FindingFacts => ({ ...diagnosticFacts(diagnostic), source, subject, places: [...places] });

/** A known line of a log for machines. */
export const explanationFacts = ({ printer: _printer, ...each }: DetailedExplanation): ExplanationFacts => ({
  ...each,
  values: { ...each.values },
  rules: [...each.rules],
  dump: [...each.dump],
  details: each.details.map((detail) => ({ ...detail })),
  findings: each.findings.map(({ cells: _cells, ...finding }) => finding),
  consequences: each.consequences.map((consequence) => ({ ...consequence })),
});

/** What a command prints with `--json`. */
export const reportFacts = <Command extends AnyReport['command']>(
  command: Command,
  { ok, findings, subjects }: Pick<Report<Command>, 'ok' | 'findings' | 'subjects'>,
) => ({
  schemaVersion: 1,
  tool: { name: TOOL_NAME, version: TOOL_VERSION },
  command,
  ok,
  findings,
  subjects,
});
