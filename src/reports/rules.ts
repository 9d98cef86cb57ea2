import type { CodeArea, FindingCode } from '../base/codes.ts';
import { type CheckReport, type PlacedFinding, rankOf, type RuleTexts } from './report.ts';
import type { Severity } from '../base/choices.ts';

/** What codes without a rule of their own are about, by their area. */
const AREAS: Readonly<Partial<Record<CodeArea, string>>> = {
  kernel: 'a kernel must be readable, and able to run in its cell',
  project: 'the project asks for a value of the kernel config',
  placement: 'every image must fit the memory of the cell',
  dtb: 'the device tree must describe the cell',
  cell: 'a cell config must be one that Jailhouse accepts',
  system: 'a system config must be one that Jailhouse accepts',
  description: 'a cell or system description must say only what its config can hold',
  manifest: 'a manifest must name what belongs together',
  rules: 'a rules file must hold rules',
  initrd: 'an initrd must be one that the kernel can unpack',
  loader: 'the loader must be the one of the Jailhouse release on the target',
  input: 'every file that is named must be readable',
  waiver: 'a waiver must name a broken rule, give a reason, and be in force',
};

/** A rule that occurs in a report. */
export interface OccurringRule extends RuleTexts {
  /** The worst of its findings, waived or not. */
  severity: Severity;
}

/** What a code without a rule of its own is about; `null`: only its finding tells. */
export const areaText = (code: FindingCode): string | null =>
  AREAS[code.slice(0, code.indexOf('/')) as CodeArea] ?? null;

function textsOf({ diagnostic }: PlacedFinding): Omit<RuleTexts, 'id'> {
  const { code, message, symptom, fix } = diagnostic;
  const reason = areaText(code) ?? symptom ?? message;
  return { reason, fix: fix ?? reason, source: null };
}

/** Every rule and code that has findings, sorted by its id. */
export function occurringRules({ subjects, rules }: CheckReport): OccurringRule[] {
  const known = new Map(rules.map((rule) => [rule.id, rule]));
  const occurring = new Map<string, OccurringRule>();
  for (const finding of subjects.flatMap(({ findings }) => findings)) {
    const { code: id, severity } = finding.diagnostic;
    const seen = occurring.get(id);
    if (!seen) occurring.set(id, { ...(known.get(id) ?? textsOf(finding)), id, severity });
    else if (isWorse(severity, seen.severity)) seen.severity = severity;
  }
  return [...occurring.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

const isWorse = (severity: Severity, than: Severity): boolean =>
  rankOf({ severity }) < rankOf({ severity: than });
