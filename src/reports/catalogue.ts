import { FINDING_CODES, type FindingCode } from '../base/codes.ts';
import { documentationOf } from '../base/documentation.ts';
import { CELL_RULES } from '../checks/cell/rules/index.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import { RULE_GROUPS } from '../checks/kernel/rules/index.ts';
import { TREE_RULES } from '../placement/arm/tree-checks/rules.ts';
import type { RuleFacts } from './output-schema.ts';
import { applies, joinedBy, requirement, severities } from './rule-words.ts';
import { areaText } from './rules.ts';

/** What is known of a rule for kernels, ours or a project's own. */
export const kernelRuleFacts = (rule: Rule, group: string): RuleFacts => ({
  id: rule.id,
  group,
  severity: severities(rule.severity),
  reason: rule.reason,
  requirement: requirement(rule),
  applies: applies(rule),
  symptom: rule.symptom ?? null,
  fix: rule.fix,
  source: rule.source,
  documentation: documentationOf(rule.id),
});

/** Every rule, in the order in which findings are reported. */
export const catalogue = (): RuleFacts[] => [
  ...RULE_GROUPS.flatMap(({ title, rules }) => rules.map((rule) => kernelRuleFacts(rule, title))),
  ...TREE_RULES.map((rule) => ({
    id: rule.id,
    group: 'The device tree of a cell',
    severity: joinedBy(rule.severities, 'or'),
    reason: rule.reason,
    requirement: null,
    applies: 'arm64, arm',
    symptom: rule.symptom,
    fix: rule.fix,
    source: rule.source,
    documentation: documentationOf(rule.id),
  })),
  ...CELL_RULES.map((rule) => ({
    id: rule.id,
    group: 'Cells and the machine that they share',
    severity: rule.severity,
    reason: null,
    requirement: null,
    applies: rule.only ? rule.only.join(', ') : null,
    symptom: rule.symptom,
    fix: rule.fix,
    source: rule.source,
    documentation: documentationOf(rule.id),
  })),
];

const isCode = (id: string): id is FindingCode => (FINDING_CODES as readonly string[]).includes(id);

/** What is known of an id that findings show: of a rule, or of what is found without one. `null`: there is no such id. */
export function ruleFacts(id: string): RuleFacts | null {
  const rule = catalogue().find((each) => each.id === id);
  if (rule) return rule;
  if (!isCode(id)) return null;
  return {
    id,
    group: 'Found without a rule',
    severity: null,
    reason: areaText(id),
    requirement: null,
    applies: null,
    symptom: null,
    fix: null,
    source: null,
    documentation: documentationOf(id),
  };
}
