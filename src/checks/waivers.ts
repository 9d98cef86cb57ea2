import { type CodeArea, FINDING_CODES, WAIVABLE_CODES } from '../base/codes.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import type { Waiver } from '../manifest/types.ts';
import { nearest } from '../base/text.ts';

/** Codes that no rule table has, by area: why they cannot be waived, and what to do. */
const NOT_WAIVABLE: Readonly<Partial<Record<CodeArea, { because: string; fix: string }>>> = {
  placement: {
    because: 'a cell with such a layout does not boot',
    fix: "remove the waiver and fix the layout, or the cell's memory",
  },
  system: {
    because: 'Jailhouse refuses such a cell',
    fix: 'remove the waiver and give configs that were built for the same Jailhouse release and machine',
  },
};

/** Of what no rule finds: files that cannot be read, mistakes in manifests. */
const FOUND_BEFORE = {
  because: 'only what rules find can be',
  fix: 'remove the waiver and fix what is found',
};

const FINAL = new Set<string>(FINDING_CODES.filter((code) => !WAIVABLE_CODES.some((each) => each === code)));

const refusalOf = (rule: string) =>
  Object.entries(NOT_WAIVABLE).find(([area]) => rule.startsWith(`${area}/`))?.[1] ??
  (FINAL.has(rule) ? FOUND_BEFORE : undefined);

const PROJECT_RULE = /^project\/CONFIG_\w+$/;

function findFault(
  { rule, until }: Waiver,
  today: string,
  known: readonly string[],
): Omit<Diagnostic, 'path'> | null {
  const isKnown = known.includes(rule);
  const refusal = isKnown ? undefined : refusalOf(rule);
  if (refusal) {
    return {
      code: 'waiver/not-waivable',
      severity: 'error',
      message: `'${rule}' cannot be waived: ${refusal.because}`,
      fix: refusal.fix,
    };
  }
  if (!isKnown && !PROJECT_RULE.test(rule)) {
    const proposal = nearest(rule, known);
    return {
      code: 'waiver/unknown-rule',
      severity: 'error',
      message: `there is no rule '${rule}'`,
      fix: proposal
        ? `did you mean '${proposal}'?`
        : 'a finding shows its id; docs/reference/codes.md lists them all',
    };
  }
  if (until !== null && until < today) {
    return {
      code: 'waiver/expired',
      severity: 'error',
      message: `the waiver for '${rule}' expired after ${until}`,
      fix: 'fix what it accepts and remove the waiver, or accept it again with a later date',
    };
  }
  return null;
}

const unused = (rule: string, isRepeated: boolean): Omit<Diagnostic, 'path'> => ({
  code: 'waiver/unused',
  severity: 'warning',
  message: isRepeated ? `'${rule}' is already waived by an earlier entry` : `nothing breaks '${rule}'`,
  fix: 'remove the waiver',
});

const mark = (findings: readonly Diagnostic[], holding: ReadonlyMap<string, Waiver>): Diagnostic[] =>
  findings.map((finding) => {
    const waiver = holding.get(finding.code);
    return waiver ? { ...finding, waived: { reason: waiver.reason, until: waiver.until } } : finding;
  });

const codesOf = (findings: readonly Diagnostic[]): Set<string> => new Set(findings.map(({ code }) => code));

/** What waivers may name: the rules, and those that the project made. */
const knownRules = (broken: ReadonlySet<string>, projectRules: readonly string[]): string[] => [
  ...WAIVABLE_CODES,
  ...projectRules,
  ...[...broken].filter((code) => PROJECT_RULE.test(code)),
];

/**
 * Marks the findings that a waiver accepts, and adds what is wrong with the waivers themselves.
 * Of several waivers for one rule, the first that holds counts.
 *
 * @param today `YYYY-MM-DD`
 * @param about.isJudged whether a rule was looked at; if not, nobody can say that a waiver for it is not needed
 * @param about.projectRules ids of the project's own rules
 */
export function applyWaivers(
  findings: readonly Diagnostic[],
  waivers: readonly Waiver[],
  today: string,
  about: { isJudged?: (rule: string) => boolean; projectRules?: readonly string[] } = {},
): Diagnostic[] {
  const { isJudged = () => true, projectRules = [] } = about;
  const broken = codesOf(findings);
  const known = knownRules(broken, projectRules);
  const holding = new Map<string, Waiver>();
  const faults: Diagnostic[] = [];
  for (const [index, waiver] of waivers.entries()) {
    const { rule } = waiver;
    const isUnused = holding.has(rule) || (!broken.has(rule) && isJudged(rule));
    const fault = findFault(waiver, today, known) ?? (isUnused ? unused(rule, holding.has(rule)) : null);
    if (fault) faults.push({ ...fault, path: ['checks', 'waive', index] });
    else holding.set(rule, waiver);
  }
  return [...mark(findings, holding), ...faults];
}

/** Marks the findings that a waiver accepts; what is wrong with the waivers was told before. */
export function markWaived(
  findings: readonly Diagnostic[],
  waivers: readonly Waiver[],
  today: string,
): Diagnostic[] {
  const known = knownRules(codesOf(findings), []);
  const holding = new Map<string, Waiver>();
  for (const waiver of waivers) {
    if (findFault(waiver, today, known) || holding.has(waiver.rule)) continue;
    holding.set(waiver.rule, waiver);
  }
  return mark(findings, holding);
}
