import type { Architecture } from '../../base/choices.ts';
import type { RuleState } from '../coverage.ts';
import { presentMemory, usedByLinux } from './root-memory.ts';
import type { CellInput, CellRule } from './rule.ts';
import { CELL_RULES } from './rules/index.ts';
import type { Scene } from './scene.ts';

type Around = Pick<Scene, 'root' | 'cells' | 'architecture' | 'isComplete' | 'facts'>;

const IS_THERE: Readonly<Record<CellInput, (around: Around) => boolean>> = {
  system: ({ root }) => root !== null,
  'other-cells': ({ cells }) => cells.length > 1,
  'all-cells': ({ root, isComplete }) => root !== null && isComplete,
  'other-end': ({ root, cells }) => root !== null || cells.length > 1,
  board: ({ facts }) => facts !== null && facts.board !== null,
  iomem: ({ facts }) => facts !== null && facts.iomem !== null,
  'root-config': ({ facts }) => facts !== null && facts.kernelConfig !== null,
  'root-ram': ({ facts, architecture }) =>
    facts !== null && architecture !== null && usedByLinux(facts, architecture) !== null,
  'machine-ram': ({ facts, architecture }) =>
    facts !== null && architecture !== null && presentMemory(facts, architecture) !== null,
};

function stateOf(rule: CellRule, around: Around): RuleState {
  const { architecture } = around;
  const { id, only, needs = [], find } = rule;
  const told = { id, ...(rule.after ? { after: rule.after } : {}) };
  if (only && architecture !== null && !only.includes(architecture)) return { id, state: 'not-applicable' };
  const all = [
    ...(only && architecture === null ? (['system'] as const) : []),
    ...(find.needs ?? []),
    ...needs,
  ];
  const lacking = [...new Set(all)].filter((input) => !IS_THERE[input](around));
  return lacking.length === 0 ? { ...told, state: 'checked' } : { ...told, state: 'lacking', lacking };
}

/** What becomes of each rule about cells. */
export const cellCoverage = (around: Around): RuleState[] => CELL_RULES.map((rule) => stateOf(rule, around));

/** The same where no cell is given; `null`: nothing says which architecture it is for. */
export const withoutCell = (architecture: Architecture | null): RuleState[] =>
  CELL_RULES.map(({ id, only }) =>
    only && architecture !== null && !only.includes(architecture)
      ? { id, state: 'not-applicable' }
      : { id, state: 'lacking', lacking: ['cell'] },
  );

/** The same where the cell cannot be read. */
export const unreadableCell = (): RuleState[] => CELL_RULES.map(({ id }) => ({ id, state: 'not-judged' }));
