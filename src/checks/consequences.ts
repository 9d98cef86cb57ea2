import { SEVERITIES } from '../base/choices.ts';
import type { Diagnostic } from '../base/diagnostic.ts';

/** What a wish is told has what to do with it, and counts whatever its severity. */
const isAsBadAs = (cause: Diagnostic, finding: Diagnostic): boolean =>
  cause.code.startsWith('machine/') ||
  SEVERITIES.indexOf(cause.severity) <= SEVERITIES.indexOf(finding.severity);

/** Whether something is only judged where a finding is not there. */
export const follows = (each: Pick<Diagnostic, 'after'>, cause: Pick<Diagnostic, 'code'>): boolean =>
  each.after?.includes(cause.code) === true;

/** Takes out of a list what only says again what another finding of it says; all of them are about one cell. */
export function dropConsequences(diagnostics: Diagnostic[]): void {
  diagnostics.splice(0, diagnostics.length, ...withoutConsequences(diagnostics));
}

/**
 * The findings without those that only say again what another one of them says: its code is in their `after`, and it
 * is at least as bad. A waived finding hides nothing: what follows from it may still keep the cell from booting.
 *
 * @param concernsSame whether two findings are about the same cell
 */
export const withoutConsequences = <Found extends Diagnostic>(
  findings: readonly Found[],
  concernsSame: (cause: Found, finding: Found) => boolean = () => true,
): Found[] =>
  findings.filter(
    (finding) =>
      !findings.some(
        (cause) =>
          follows(finding, cause) &&
          isAsBadAs(cause, finding) &&
          !cause.waived &&
          concernsSame(cause, finding),
      ),
  );
