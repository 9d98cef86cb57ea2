import type { Diagnostic } from '../diagnostic.ts';
import type { Waiver } from '../manifest/types.ts';
import { nearest } from '../nearest.ts';
import { CONFIG_MISSING, RULES } from './rules.ts';

const WAIVABLE = [...RULES.map(({ id }) => id), CONFIG_MISSING];
const PROJECT_RULE = /^project\/CONFIG_\w+$/;

/** What speaks against the layout is no opinion: such a cell does not boot. */
const isLayoutProblem = (rule: string): boolean => rule.startsWith('placement/');

function findFault(
  { rule, until }: Waiver,
  today: string,
  known: readonly string[],
): Omit<Diagnostic, 'path'> | null {
  if (isLayoutProblem(rule)) {
    return {
      code: 'waiver/not-waivable',
      severity: 'error',
      message: `'${rule}' cannot be waived: a cell with such a layout does not boot`,
      hint: "remove the waiver and mend the layout, or the cell's memory",
    };
  }
  if (!WAIVABLE.includes(rule) && !PROJECT_RULE.test(rule)) {
    const proposal = nearest(rule, known);
    return {
      code: 'waiver/unknown-rule',
      severity: 'error',
      message: `there is no rule '${rule}'`,
      hint: proposal
        ? `did you mean '${proposal}'?`
        : `the rules are ${WAIVABLE.join(', ')} and project/CONFIG_NAME`,
    };
  }
  if (until !== null && until < today) {
    return {
      code: 'waiver/expired',
      severity: 'error',
      message: `the waiver for '${rule}' held until ${until}`,
      hint: 'mend the kernel and remove the waiver, or decide anew and move the date',
    };
  }
  return null;
}

const unused = (rule: string, isRepeated: boolean): Omit<Diagnostic, 'path'> => ({
  code: 'waiver/unused',
  severity: 'warning',
  message: isRepeated ? `'${rule}' is already waived by an earlier entry` : `nothing breaks '${rule}'`,
  hint: 'remove the waiver',
});

/**
 * Marks the findings that a waiver accepts, and adds what is wrong with the waivers themselves.
 * Of several waivers for one rule, the first that holds counts.
 *
 * @param today `YYYY-MM-DD`
 */
export function applyWaivers(
  findings: readonly Diagnostic[],
  waivers: readonly Waiver[],
  today: string,
): Diagnostic[] {
  const broken = new Set(findings.map(({ code }) => code));
  const known = [...WAIVABLE, ...[...broken].filter((code) => PROJECT_RULE.test(code))];
  const holding = new Map<string, Waiver>();
  const faults: Diagnostic[] = [];
  for (const [index, waiver] of waivers.entries()) {
    const { rule } = waiver;
    const fault =
      findFault(waiver, today, known) ??
      (holding.has(rule) || !broken.has(rule) ? unused(rule, holding.has(rule)) : null);
    if (fault) faults.push({ ...fault, path: ['checks', 'waive', index] });
    else holding.set(rule, waiver);
  }
  const marked = findings.map((finding) => {
    const waiver = holding.get(finding.code);
    return waiver ? { ...finding, waived: { reason: waiver.reason, until: waiver.until } } : finding;
  });
  return [...marked, ...faults];
}
