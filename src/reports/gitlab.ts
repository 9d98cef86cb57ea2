import type { Severity } from '../base/choices.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { printable, printableJson } from '../base/text.ts';
import { fingerprints } from './fingerprints.ts';
import type { CheckReport } from './report.ts';

/** Of GitLab's five: `blocker` is left to people. */
const SEVERITIES: Readonly<Record<Severity, string>> = { error: 'critical', warning: 'minor', info: 'info' };

/** GitLab shows nothing but this. */
const descriptionOf = ({ message, fix }: Diagnostic): string =>
  [message, ...(fix === undefined ? [] : [`fix: ${fix}`])].map(printable).join('; ');

/**
 * A report of code quality, for the widget and the diff of a merge request. It knows no accepted findings: those that are
 * waived are left out.
 *
 * @see GitLab Docs, Code Quality, Code Quality report format
 */
export function encodeGitlab(report: CheckReport): string {
  const fingerprintOf = fingerprints();
  const issues = report.subjects
    .flatMap(({ findings }) => findings)
    .map((finding) => ({ ...finding, fingerprint: fingerprintOf(finding) }))
    .filter(({ diagnostic }) => !diagnostic.waived)
    .map(({ diagnostic, place, fingerprint }) => ({
      type: 'issue',
      check_name: diagnostic.code,
      description: descriptionOf(diagnostic),
      severity: SEVERITIES[diagnostic.severity],
      fingerprint,
      location: { path: place.file, lines: { begin: place.line ?? 1 } },
    }));
  return `${printableJson(JSON.stringify(issues, null, 2))}\n`;
}
