import { describe, expect, test } from 'vitest';
import { failure } from '../../src/base/diagnostic.ts';
import {
  coverageLine,
  coverageOf,
  toldElsewhere,
  withInputs,
  type RuleState,
} from '../../src/checks/coverage.ts';

const STATES: readonly RuleState[] = [
  { id: 'kernel/pci', state: 'checked' },
  { id: 'kernel/serio', state: 'checked' },
  { id: 'cell/cpu-0', state: 'checked', after: ['system/architecture'] },
  { id: 'kernel/psci', state: 'not-applicable' },
  { id: 'kernel/root-device', state: 'lacking', lacking: ['cell', 'initrd'] },
  { id: 'cell/cpu-shared', state: 'lacking', lacking: ['other-cells', 'all-cells'], after: [] },
  { id: 'dtb/gic', state: 'not-judged' },
];

const outcomes = (states: readonly RuleState[], ...codes: Parameters<typeof failure>[0][]) =>
  Object.fromEntries(
    coverageOf(
      states,
      codes.map((code) => failure(code, 'it is broken')),
    ).each.map(({ rule, outcome }) => [rule, outcome]),
  );

describe('what became of a rule', () => {
  test('it passed, or found something', () => {
    expect(outcomes(STATES, 'kernel/serio')).toEqual({
      'kernel/pci': 'passed',
      'kernel/serio': 'found',
      'cell/cpu-0': 'passed',
      'kernel/psci': 'not-applicable',
      'kernel/root-device': 'needs-input',
      'cell/cpu-shared': 'needs-input',
      'dtb/gic': 'not-judged',
    });
  });

  test('beside what must hold first, it does not pass', () => {
    expect(outcomes(STATES, 'system/architecture')).toMatchObject({ 'cell/cpu-0': 'not-judged' });
    const both = outcomes(STATES, 'system/architecture', 'cell/cpu-0');
    expect(both).toMatchObject({ 'cell/cpu-0': 'found' });
  });

  test('what another subject is told of has not passed here', () => {
    expect(outcomes(toldElsewhere(STATES, ['kernel/pci', 'dtb/gic']))).toMatchObject({
      'kernel/pci': 'found',
      'dtb/gic': 'not-judged',
    });
  });

  test('it is checked once all that it needs is there', () => {
    expect(outcomes(withInputs(STATES, ['other-cells']))).toMatchObject({ 'cell/cpu-shared': 'needs-input' });
    expect(outcomes(withInputs(STATES, ['other-cells', 'all-cells']))).toMatchObject({
      'cell/cpu-shared': 'passed',
    });
  });
});

test('each says what it needs, in the words of the sum', () => {
  const coverage = coverageOf(STATES, []);
  expect(coverage).toMatchObject({ checked: 3, notApplicable: 1, notJudged: 1, needInput: 2 });
  expect(coverage.inputs).toEqual(['the initrd', 'the cell', "the machine's other cells"]);
  expect(coverage.each.map(({ needs }) => needs).filter(({ length }) => length > 0)).toEqual([
    ['the initrd', 'the cell'],
    ["the machine's other cells"],
  ]);
  expect(coverageLine(coverage)).toBe(
    "3 rules checked, 1 not applicable, 1 not judged because of errors, 2 need an input: the initrd, the cell, the machine's other cells",
  );
});
