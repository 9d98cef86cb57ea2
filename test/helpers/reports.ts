import { codePoint } from './any-text.ts';
import fc from 'fast-check';
import type { Diagnostic } from '../../src/base/diagnostic.ts';
import { OUTCOMES, type Coverage, type RuleOutcome } from '../../src/checks/coverage.ts';
import type { CheckReport, Place, PlacedFinding } from '../../src/reports/report.ts';

const at = (file: string, line: number | null = null, column: number | null = null): Place => ({
  file,
  line,
  column,
});

const found = (place: Place, diagnostic: Diagnostic, related: Place | null = null): PlacedFinding => ({
  diagnostic,
  place,
  related,
});

/** What was checked, with these outcomes. */
function coverage(...each: RuleOutcome[]): Coverage {
  const count = (...outcomes: RuleOutcome['outcome'][]): number =>
    each.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return {
    checked: count('passed', 'found'),
    notApplicable: count('not-applicable'),
    notJudged: count('not-judged'),
    needInput: count('needs-input'),
    inputs: [...new Set(each.flatMap(({ needs }) => needs))],
    each,
  };
}

const outcome = (
  rule: RuleOutcome['rule'],
  became: RuleOutcome['outcome'],
  ...needs: string[]
): RuleOutcome => ({ rule, outcome: became, needs });

/** A report with everything that a report can have. */
export const SAMPLE: CheckReport = {
  failsFrom: 'error',
  rules: [
    {
      id: 'kernel/serio',
      reason: 'the kernel may probe a keyboard controller',
      fix: 'turn CONFIG_SERIO off',
      source: 'Jailhouse, Documentation/non-root-linux.txt',
    },
    { id: 'kernel/64bit', reason: 'never broken here', fix: 'none', source: null },
  ],
  subjects: [
    {
      file: 'cells/linux #1.cell.yaml',
      coverage: coverage(
        outcome('kernel/64bit', 'passed'),
        outcome('kernel/jailhouse-guest', 'passed'),
        outcome('kernel/serio', 'found'),
        outcome('kernel/pm-trace-rtc', 'found'),
        outcome('kernel/psci', 'not-applicable'),
        outcome('kernel/root-device', 'needs-input', 'the initrd', 'the cell'),
        outcome('cell/cpus-outside-root', 'not-judged'),
        outcome('cell/cpu-shared', 'found'),
      ),
      findings: [
        found(
          at('cells/linux #1.cell.yaml', 4, 11),
          {
            code: 'kernel/serio',
            severity: 'error',
            message: 'CONFIG_SERIO=y: the kernel may probe a keyboard controller',
            requested: 'CONFIG_SERIO is not set',
            actual: 'CONFIG_SERIO=y',
            symptom: 'FATAL: Invalid PIO read, port: 64',
            fix: 'turn CONFIG_SERIO off',
            fixSymbols: [{ symbol: 'SERIO', value: 'n' }],
            path: ['kernel', 'config'],
            fileLine: 17,
          },
          at('cells/kernel.config', 17),
        ),
        found(at('cells/linux #1.cell.yaml', 1, 1), {
          code: 'placement/initrd',
          severity: 'error',
          message: 'the initrd does not fit: 100 % of <RAM> & "more"',
          detail: '0x0\tone\n\n0x1000  two',
          path: ['initrd'],
        }),
        found(at('cells/linux #1.cell.yaml', 9), {
          code: 'kernel/pm-trace-rtc',
          severity: 'error',
          message: 'CONFIG_PM_TRACE_RTC=y',
          fix: 'turn it off',
          waived: { reason: 'a clock, owned: by "us"', until: '2027-06-30' },
          path: ['kernel', 'config'],
        }),
        found(at('cells/linux #1.cell.yaml', 3), {
          code: 'project/CONFIG_X',
          severity: 'warning',
          message: 'CONFIG_X is absent',
        }),
        found(at('cells/linux #1.cell.yaml', 3), {
          code: 'project/CONFIG_X',
          severity: 'warning',
          message: 'CONFIG_X is absent, again',
        }),
      ],
    },
    {
      file: '../bzImage',
      findings: [
        found(at('../bzImage'), {
          code: 'kernel/newer-protocol',
          severity: 'info',
          message: 'boot protocol 2.16 is newer than 2.15',
        }),
      ],
    },
    { file: 'fine.cell.yaml', findings: [] },
  ],
};

/** What a foreign file may bring: controls, halves of pairs, what formats take for their own. */
export const nasty = fc.oneof(
  fc.string({ unit: codePoint, maxLength: 30 }),
  fc
    .array(
      fc.constantFrom(
        '\0',
        '\x1b[31m',
        '\r\n',
        '\t',
        '\u2028',
        '\ud800',
        '\udfff',
        '\ufffe',
        '\uffff',
        '\u{1fffe}',
        '%',
        '%25',
        ':',
        '::',
        ',',
        '::error::',
        ']]>',
        '<!--',
        '&',
        '&#0;',
        '<',
        '>',
        '"',
        "'",
        '{0}',
        '[a](b)',
        '/',
        '\\',
        '#',
        '?',
        ' ',
        'ä',
        '\u{1f600}',
        '\u202e',
        'a',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

const place = fc.record({
  file: nasty,
  line: fc.constantFrom(null, 1, 17),
  column: fc.constantFrom(null, 1, 8),
});

const diagnostic: fc.Arbitrary<Diagnostic> = fc.record(
  {
    code: fc.constantFrom('kernel/serio', 'placement/initrd', 'project/CONFIG_X', 'value/size'),
    severity: fc.constantFrom('error' as const, 'warning' as const, 'info' as const),
    message: nasty,
    requested: nasty,
    actual: nasty,
    symptom: nasty,
    fix: nasty,
    detail: nasty,
    waived: fc.record({ reason: nasty, until: fc.constantFrom(null, '2027-06-30') }),
  },
  { requiredKeys: ['code', 'severity', 'message'] },
);

const outcomes = fc.uniqueArray(
  fc.record({
    rule: fc.constantFrom('kernel/64bit', 'kernel/serio', 'project/CONFIG_X'),
    outcome: fc.constantFrom(...OUTCOMES),
    needs: fc.array(nasty, { maxLength: 2 }),
  }),
  { selector: ({ rule }) => rule, maxLength: 3 },
);

/** Any report. */
export const reports: fc.Arbitrary<CheckReport> = fc.record({
  failsFrom: fc.constantFrom('error' as const, 'warning' as const, 'info' as const),
  rules: fc.constant(SAMPLE.rules),
  subjects: fc.array(
    fc.record({
      file: nasty,
      coverage: outcomes.map((each) => coverage(...each)),
      findings: fc.array(fc.record({ diagnostic, place, related: fc.option(place) }), { maxLength: 4 }),
    }),
    { maxLength: 3 },
  ),
});
