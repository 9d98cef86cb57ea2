import type { FindingCode } from '../base/codes.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { follows } from './consequences.ts';
import type { CellInput } from './cell/rule.ts';
import type { EvidenceKind } from './kernel/rule.ts';

/** What rules may need, of a kernel, of its cell, and of the machine. */
export type RuleInput = EvidenceKind | CellInput | 'dtb';

/** What became of a rule. */
export type RuleState = {
  id: FindingCode;
  /** Beside a finding of one of these, that nothing is told of it does not say that it holds. */
  after?: readonly FindingCode[];
} & (
  | { state: 'checked' | 'not-applicable' }
  /** It found something that another subject of the run is told of. */
  | { state: 'told-elsewhere' }
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
    const { lacking: before, ...rule } = each;
    const lacking = before.filter((input) => !given.includes(input));
    return lacking.length > 0 ? { ...rule, lacking } : { ...rule, state: 'checked' };
  });

/** The same once rules found what another subject of the run is told of. */
export const toldElsewhere = (states: readonly RuleState[], codes: readonly FindingCode[]): RuleState[] =>
  states.map((each) =>
    each.state === 'checked' && codes.includes(each.id) ? { ...each, state: 'told-elsewhere' } : each,
  );

/** What can be said of a rule in the end. */
export const OUTCOMES = ['passed', 'found', 'not-applicable', 'not-judged', 'needs-input'] as const;

export interface RuleOutcome {
  rule: FindingCode;
  outcome: (typeof OUTCOMES)[number];
  /** What it needs, in words. */
  needs: string[];
}

/** What was checked, and what the rest needs. */
export interface Coverage {
  checked: number;
  notApplicable: number;
  notJudged: number;
  needInput: number;
  /** What those need, in words. */
  inputs: string[];
  /** Every rule, in the order in which findings are reported. */
  each: RuleOutcome[];
}

function inWords(inputs: readonly RuleInput[]): string[] {
  const known = (Object.keys(WORDS) as RuleInput[]).filter((input) => inputs.includes(input));
  return [...new Set(known.map((input) => WORDS[input]))];
}

function outcomeOf(each: RuleState, diagnostics: readonly Diagnostic[]): RuleOutcome['outcome'] {
  switch (each.state) {
    case 'not-applicable':
    case 'not-judged':
      return each.state;
    case 'lacking':
      return 'needs-input';
    case 'told-elsewhere':
      return 'found';
    case 'checked': {
      if (diagnostics.some(({ code }) => code === each.id)) return 'found';
      const isHidden = diagnostics.some((cause) => follows(each, cause));
      return isHidden ? 'not-judged' : 'passed';
    }
  }
}

/** What became of rules, with what was found. */
export function coverageOf(states: readonly RuleState[], diagnostics: readonly Diagnostic[]): Coverage {
  const each = states.map((state): RuleOutcome => ({
    rule: state.id,
    outcome: outcomeOf(state, diagnostics),
    needs: state.state === 'lacking' ? inWords(state.lacking) : [],
  }));
  const count = (...wanted: RuleOutcome['outcome'][]): number =>
    each.filter(({ outcome }) => wanted.includes(outcome)).length;
  return {
    checked: count('passed', 'found'),
    notApplicable: count('not-applicable'),
    notJudged: count('not-judged'),
    needInput: count('needs-input'),
    inputs: inWords(states.flatMap((state) => (state.state === 'lacking' ? state.lacking : []))),
    each,
  };
}

/** `52 rules checked, 3 not applicable, 28 need an input` */
export function coverageText({
  checked,
  notApplicable,
  notJudged,
  needInput,
}: Omit<Coverage, 'inputs' | 'each'>): string {
  return [
    `${checked} ${checked === 1 ? 'rule' : 'rules'} checked`,
    `${notApplicable} not applicable`,
    ...(notJudged === 0 ? [] : [`${notJudged} not judged because of errors`]),
    `${needInput} ${needInput === 1 ? 'needs' : 'need'} an input`,
  ].join(', ');
}

/** The same with what those need. */
export const coverageLine = (coverage: Coverage): string =>
  [coverageText(coverage), ...(coverage.inputs.length === 0 ? [] : [coverage.inputs.join(', ')])].join(': ');
