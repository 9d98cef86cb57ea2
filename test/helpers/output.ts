import Ajv from 'ajv';
import { expect } from 'vitest';
import { toJson } from '../../src/cli/output.ts';
import type { Content } from '../../src/inspect/schema/content.ts';
import { reportFacts } from '../../src/reports/json.ts';
import { outputJsonSchema, type AnyReport } from '../../src/reports/output-schema.ts';

const validate = new Ajv().compile(outputJsonSchema());

/** A report as it is printed: addresses are texts. */
export type PrintedReport = Omit<AnyReport, 'subjects'> & { subjects: Record<string, unknown>[] };

/** Where a report is not as the schema wants it; `null` for one that is. */
const faultsOf = (report: unknown): unknown => (validate(report) ? null : validate.errors);

/** What is told with `--json`: in the one form of all commands, and of one mind with the exit code. */
export function parseReport(stdout: string, code: number | null): PrintedReport {
  const report = JSON.parse(stdout) as PrintedReport;
  expect(faultsOf(report)).toBeNull();
  expect({ ok: report.ok, stdout }).toEqual({ ok: code === 0, stdout });
  // That two files differ is no finding.
  if (!report.ok && report.command !== 'diff')
    expect(report.findings.filter(({ waived }) => waived === null)).not.toEqual([]);
  return report;
}

/** A file's content as `inspect --json` prints it. */
export function printedContent(content: Content): object {
  const subjects = [{ file: 'file', ok: true, content }];
  const printed = toJson(reportFacts('inspect', { ok: true, findings: [], subjects }));
  return parseReport(printed, 0).subjects[0]!.content as object;
}
