import { CELL_RULES } from '../cell-check/rules.ts';
import { RULES } from '../kernel-check/rules.ts';
import type { RuleTexts } from '../reports/report.ts';

/** The texts of every rule that there is. */
export const ruleTexts = (): RuleTexts[] => [
  ...RULES.map(({ id, reason, fix, source }) => ({ id, reason, fix, source })),
  ...CELL_RULES.map(({ id, symptom, fix }) => ({ id, reason: symptom, fix, source: null })),
];
