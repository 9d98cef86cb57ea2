import { CELL_RULES } from '../checks/cell/rules/index.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import { RULES } from '../checks/kernel/rules/index.ts';
import { TREE_RULES } from '../placement/arm/tree-checks/rules.ts';
import type { Findings, RuleSources } from './findings.ts';
import type { RuleTexts } from './report.ts';

/** The texts of every rule that there is, and of the project's own. */
export const ruleTexts = (projectRules: readonly Rule[]): RuleTexts[] => [
  ...[...RULES, ...projectRules].map(({ id, reason, fix, source }) => ({ id, reason, fix, source })),
  ...TREE_RULES.map(({ id, reason, fix, source }) => ({ id, reason, fix, source })),
  ...CELL_RULES.map(({ id, symptom, fix, source }) => ({ id, reason: symptom, fix, source })),
];

/** Those of all rules, and of the project's own. */
export const sourcesOf = ({ kernel }: Pick<Findings, 'kernel'>): RuleSources =>
  new Map(
    ruleTexts(kernel?.rules ?? []).flatMap(({ id, source }) => (source === null ? [] : [[id, source]])),
  );
