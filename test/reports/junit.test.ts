import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeJunit } from '../../src/reports/junit.ts';
import { reports, SAMPLE } from '../helpers/reports.ts';
import { parseXml, type XmlElement } from '../helpers/xml.ts';
import { oneIn } from '../helpers/runs.ts';

test('a whole report', async () => {
  await expect(encodeJunit(SAMPLE)).toMatchFileSnapshot('../fixtures/reports/sample.junit.xml');
});

const parse = (report = SAMPLE): XmlElement => parseXml(encodeJunit(report));

const outcomeOf = ({ children }: XmlElement): string =>
  children.find(({ name }) => name === 'failure' || name === 'skipped')?.name ?? 'passed';

describe('cases', () => {
  const [first, second, third] = parse().children;

  test('one for each rule that applies: failed, waived, with notes, held, or not checked', () => {
    expect(first!.children.map((each) => [each.attributes.name, outcomeOf(each)])).toEqual([
      ['cell/cpu-shared', 'skipped'],
      ['cell/cpus-outside-root', 'skipped'],
      ['kernel/64bit', 'passed'],
      ['kernel/jailhouse-guest', 'passed'],
      ['kernel/pm-trace-rtc', 'skipped'],
      ['kernel/root-device', 'skipped'],
      ['kernel/serio', 'failure'],
      ['placement/initrd', 'failure'],
      ['project/CONFIG_X', 'passed'],
    ]);
    expect(second!.children.map(outcomeOf)).toEqual(['passed']);
  });

  test('several findings of a rule are told in its case', () => {
    const told = first!.children.at(-1)!.children[0]!;
    expect(told.name).toBe('system-out');
    expect(told.text.split('\n')).toHaveLength(2);
  });

  test('what is skipped says why', () => {
    const skipped = first!.children.filter((each) => outcomeOf(each) === 'skipped');
    expect(skipped.map(({ children }) => children[0]!.attributes.message)).toEqual([
      'its findings are those of another cell or of the machine',
      'not checked because of errors',
      'waived: a clock, owned: by "us" (until 2027-06-30)',
      'not checked: it needs the initrd, the cell',
    ]);
  });

  test('a subject without findings has a case, too', () => {
    expect(third!.children.map((each) => [each.attributes.name, outcomeOf(each)])).toEqual([
      ['check', 'passed'],
    ]);
  });

  test('with a lower severity that fails, more fail', () => {
    const failing = parse({ ...SAMPLE, failsFrom: 'warning' }).children[0]!.children;
    expect(
      failing.filter((each) => outcomeOf(each) === 'failure').map(({ attributes }) => attributes.name),
    ).toEqual(['kernel/serio', 'placement/initrd', 'project/CONFIG_X']);
    expect(parse({ ...SAMPLE, failsFrom: 'info' }).children[1]!.children.map(outcomeOf)).toEqual(['failure']);
  });
});

test('cells in one machine file have suites of their own names', () => {
  const [subject] = SAMPLE.subjects;
  const parts = ['one', 'two'].map((part) => ({ ...subject!, file: 'board.machine.yaml', part }));
  const suites = parse({ ...SAMPLE, subjects: parts }).children;
  expect(suites.map(({ attributes }) => attributes.name)).toEqual([
    'board.machine.yaml (one)',
    'board.machine.yaml (two)',
  ]);
  const classes = suites.map(({ children }) => children[0]!.attributes.classname);
  expect(new Set(classes).size).toBe(2);
});

test('any text gives XML that is well formed, whose counts are true', () => {
  fc.assert(
    fc.property(reports, (report) => {
      const root = parse(report);
      expect(root.children).toHaveLength(report.subjects.length);
      const cases = root.children.flatMap(({ children }) => children);
      const of = (outcome: string): string =>
        String(cases.filter((each) => outcomeOf(each) === outcome).length);
      expect(root.attributes).toMatchObject({
        tests: String(cases.length),
        failures: of('failure'),
        skipped: of('skipped'),
        errors: '0',
      });
      for (const suite of root.children) expect(suite.children).not.toEqual([]);
    }),
    { numRuns: oneIn(4) },
  );
});
