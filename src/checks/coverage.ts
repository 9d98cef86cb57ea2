import type { FindingCode } from '../base/codes.ts';
import type { CellInput } from './cell/rule.ts';
import type { EvidenceKind } from './kernel/rule.ts';

/** What rules may need, of a kernel, of its cell, and of the machine. */
export type RuleInput = EvidenceKind | CellInput | 'dtb';

/** What became of a rule. */
export type RuleState = { id: FindingCode } & (
  | { state: 'checked' | 'not-applicable' }
  /** Because of errors in what it looks at. */
  | { state: 'not-judged' }
  | { state: 'lacking'; lacking: readonly RuleInput[] }
);

/** As people call them, in the order in which they are named. */
const WORDS: Readonly<Record<RuleInput, string>> = {
  config: "the kernel's config",
  image: 'the kernel image',
  contents: 'the kernel image',
  cmdline: 'the command line',
  initrd: 'the initrd',
  cell: 'the cell',
  dtb: "the cell's device tree",
  system: 'the system config',
  'other-end': 'the system config',
  'other-cells': "the machine's other cells",
  'all-cells': "the machine's other cells",
  board: "the board's device tree",
  'machine-ram': "the board's device tree",
  'root-ram': "the root's /proc/iomem",
  iomem: "the root's /proc/iomem",
  'root-config': "the root's kernel config",
};

/** What other cells of the machine give, where they are checked, too. */
export const OTHER_CELLS: readonly RuleInput[] = ['other-cells', 'other-end'];

/** What becomes of rules once more is given. */
export const withInputs = (states: readonly RuleState[], given: readonly RuleInput[]): RuleState[] =>
  states.map((each) => {
    if (each.state !== 'lacking') return each;
    const lacking = each.lacking.filter((input) => !given.includes(input));
    return lacking.length > 0 ? { ...each, lacking } : { id: each.id, state: 'checked' };
  });

/** How many rules were checked, and what the others need. */
export interface Coverage {
  checked: number;
  notApplicable: number;
  notJudged: number;
  needInput: number;
  /** What those need, in words. */
  inputs: string[];
}

export function coverageOf(states: readonly RuleState[]): Coverage {
  const count = (wanted: RuleState['state']): number => states.filter(({ state }) => state === wanted).length;
  const lacking = new Set(states.flatMap((each) => (each.state === 'lacking' ? each.lacking : [])));
  const words = (Object.keys(WORDS) as RuleInput[]).filter((input) => lacking.has(input));
  return {
    checked: count('checked'),
    notApplicable: count('not-applicable'),
    notJudged: count('not-judged'),
    needInput: count('lacking'),
    inputs: [...new Set(words.map((input) => WORDS[input]))],
  };
}

/** `52 rules checked, 3 not applicable, 28 need an input` */
export function coverageText({ checked, notApplicable, notJudged, needInput }: Coverage): string {
  return [
    `${checked} ${checked === 1 ? 'rule' : 'rules'} checked`,
    `${notApplicable} not applicable`,
    `${needInput} ${needInput === 1 ? 'needs' : 'need'} an input`,
    ...(notJudged === 0 ? [] : [`${notJudged} not judged because of errors`]),
  ].join(', ');
}
