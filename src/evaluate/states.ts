import type { Architecture } from '../base/choices.ts';
import { unreadableCell, withoutCell } from '../checks/cell/coverage.ts';
import { coverageOfCell } from '../checks/cell/check.ts';
import type { RuleState } from '../checks/coverage.ts';
import { RULES } from '../checks/kernel/rules/index.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import type { RootFacts } from '../formats/root/facts.ts';
import { TREE_RULES } from '../placement/arm/tree-checks/rules.ts';

const all = (rules: readonly { id: RuleState['id'] }[], become: (id: RuleState['id']) => RuleState) =>
  rules.map(({ id }) => become(id));

const notJudged = (id: RuleState['id']): RuleState => ({ id, state: 'not-judged' });

const ofKernel = (states: readonly RuleState[] | undefined): readonly RuleState[] =>
  states ?? all(RULES, notJudged);

/** What became of the rules about device trees. */
function ofTree(architecture: Architecture | null, hasTree: boolean, isPlanned: boolean): RuleState[] {
  if (architecture === 'x86') return all(TREE_RULES, (id) => ({ id, state: 'not-applicable' }));
  if (!hasTree) return all(TREE_RULES, (id) => ({ id, state: 'lacking', lacking: ['dtb'] }));
  return all(TREE_RULES, (id) => ({ id, state: isPlanned ? 'checked' : 'not-judged' }));
}

/** What became of each rule, for a kernel that is checked without a cell. */
export const statesOfKernel = (
  verdict: { architecture: Architecture; states: readonly RuleState[] } | null,
): RuleState[] => {
  const architecture = verdict?.architecture ?? null;
  return [...ofKernel(verdict?.states), ...ofTree(architecture, false, false), ...withoutCell(architecture)];
};

interface JudgedCell {
  /** `null`: it cannot be read. */
  on: { cell: CellConfig; system: SystemConfig | null } | null;
  /** `null`: unknown, or that of the kernel is another. */
  architecture: Architecture | null;
  /** Of the kernel; not there: it was not judged. */
  kernel: readonly RuleState[] | undefined;
  facts: RootFacts | null;
  hasTree: boolean;
  isPlanned: boolean;
}

/** The same for a cell with its kernel. */
export const statesOfCell = ({
  on,
  architecture,
  kernel,
  facts,
  hasTree,
  isPlanned,
}: JudgedCell): RuleState[] => [
  ...ofKernel(kernel),
  ...ofTree(architecture, hasTree, isPlanned),
  ...(on === null ? unreadableCell() : coverageOfCell(on.system, on.cell, facts)),
];
