import { WAIVABLE_CODES } from '../base/codes.ts';
import { SEVERITIES } from '../base/choices.ts';
import type { Diagnostic } from '../base/diagnostic.ts';

const isAsBadAs = (cause: Diagnostic, finding: Diagnostic): boolean =>
  SEVERITIES.indexOf(cause.severity) <= SEVERITIES.indexOf(finding.severity);

/** A waiver of the cause uncovers what can be waived itself; the rest was accepted with it. */
const isCovered = ({ waived }: Diagnostic, { code }: Diagnostic): boolean =>
  !waived || !WAIVABLE_CODES.some((waivable) => waivable === code);

/**
 * The findings without those that only say again what another one of them says: its code is in their `after`, and it
 * is at least as bad.
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
          finding.after?.includes(cause.code) &&
          isAsBadAs(cause, finding) &&
          isCovered(cause, finding) &&
          concernsSame(cause, finding),
      ),
  );
