import type { Severity } from '../base/choices.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { plural, printable } from '../base/text.ts';
import { coverageText } from '../checks/coverage.ts';
import { isFailing, subjectTitle, type CheckedSubject } from './report.ts';

/** `2 errors, 1 warning, 1 waived`; `no findings` if there are none. */
export function tally(diagnostics: readonly Diagnostic[]): string {
  const open = diagnostics.filter(({ waived }) => !waived);
  const of = (severity: Severity): number =>
    open.filter((diagnostic) => diagnostic.severity === severity).length;
  const waived = diagnostics.length - open.length;
  const parts = [
    ...(of('error') > 0 ? [plural(of('error'), 'error')] : []),
    ...(of('warning') > 0 ? [plural(of('warning'), 'warning')] : []),
    ...(of('info') > 0 ? [plural(of('info'), 'note')] : []),
    ...(waived > 0 ? [`${waived} waived`] : []),
  ];
  return parts.length === 0 ? 'no findings' : parts.join(', ');
}

/** `linux.cell.yaml fails: 2 errors`, in one line without colours. */
export function verdictOf(subject: CheckedSubject, failsFrom: Severity): string {
  const diagnostics = subject.findings.map(({ diagnostic }) => diagnostic);
  const fails = diagnostics.some((diagnostic) => isFailing(diagnostic, failsFrom));
  const title = printable(subjectTitle(subject));
  if (subject.skipped !== undefined && !fails) return `${title} was not checked: ${subject.skipped}`;
  const checked = subject.coverage ? `; ${coverageText(subject.coverage)}` : '';
  return `${title} ${fails ? 'fails' : 'passes'}: ${tally(diagnostics)}${checked}`;
}
