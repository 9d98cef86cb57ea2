import { detailLines, layoutLines, waiverText } from '../base/diagnostic-text.ts';
import type { Severity } from '../base/choices.ts';
import type { RuleOutcome } from '../checks/coverage.ts';
import { printable } from '../base/text.ts';
import {
  isFailing,
  placeText,
  subjectTitle,
  type CheckedSubject,
  type CheckReport,
  type PlacedFinding,
} from './report.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** XML has no way to say these two, nor control characters, which {@link printable} has taken away by then. */
const withoutNoncharacters = (text: string): string => text.replace(/[\ufffe\uffff]/g, '\ufffd');

/** Text of one line, for an element. */
const escapeText = (text: string): string =>
  withoutNoncharacters(printable(text)).replace(/[&<>]/g, (character) => ENTITIES[character]!);
/** The same for an attribute. */
const escapeValue = (text: string): string =>
  withoutNoncharacters(printable(text)).replace(/[&<>"]/g, (character) => ENTITIES[character]!);

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeValue(String(value))}"`)
    .join('');

/** A finding in full, its lines safe for an element. */
function told(finding: PlacedFinding): string {
  const { diagnostic, related } = finding;
  return [
    `${placeText(finding.place)}: ${diagnostic.severity}: ${diagnostic.message}`,
    ...[...detailLines(diagnostic)].map(([label, text]) => `  ${label}: ${text}`),
    ...(related ? [`  kernel config: ${related.file}:${related.line}`] : []),
    ...layoutLines(diagnostic),
  ]
    .map(escapeText)
    .join('\n');
}

type Outcome = 'failure' | 'skipped' | 'passed';

interface TestCase {
  outcome: Outcome;
  xml: string;
}

const INDENT = '    ';

/** All findings of one rule are one test case: failed if any fails the check, skipped if all are waived. */
function ruleCase(
  file: string,
  name: string,
  findings: readonly PlacedFinding[],
  failsFrom: Severity,
): TestCase {
  const head = `${INDENT}<testcase${attributes({ name, classname: file, file, time: 0 })}`;
  if (findings.length === 0) return { outcome: 'passed', xml: `${head}/>` };
  const failing = findings.filter(({ diagnostic }) => isFailing(diagnostic, failsFrom));
  const [first] = failing;
  const text = (among: readonly PlacedFinding[]): string => among.map(told).join('\n');
  const lines: string[] = [];
  let outcome: Outcome = 'passed';
  if (first) {
    outcome = 'failure';
    const { message, severity } = first.diagnostic;
    lines.push(`<failure${attributes({ message, type: severity })}>${text(failing)}</failure>`);
  } else if (findings.every(({ diagnostic }) => diagnostic.waived)) {
    outcome = 'skipped';
    const reasons = [...new Set(findings.map(({ diagnostic }) => waiverText(diagnostic.waived!)))];
    lines.push(`<skipped${attributes({ message: `waived: ${reasons.join('; ')}` })}/>`);
  }
  const others = findings.filter((finding) => !failing.includes(finding));
  if (others.length > 0) lines.push(`<system-out>${text(others)}</system-out>`);
  const inner = lines.map((line) => `${INDENT}  ${line}\n`).join('');
  return { outcome, xml: `${head}>\n${inner}${INDENT}</testcase>` };
}

const skippedCase = (file: string, name: string, reason: string): TestCase => ({
  outcome: 'skipped',
  xml: `${INDENT}<testcase${attributes({ name, classname: file, file, time: 0 })}><skipped${attributes({ message: reason })}/></testcase>`,
});

/** Why a rule has no finding here, and does not hold for sure; `null`: it holds. */
function whyNot({ outcome, needs }: RuleOutcome): string | null {
  switch (outcome) {
    case 'needs-input':
      return `not checked: it needs ${needs.join(', ')}`;
    case 'not-judged':
      return 'not checked because of errors';
    case 'found':
      return 'its findings are those of another cell or of the machine';
    default:
      return null;
  }
}

function casesOf(subject: CheckedSubject, failsFrom: Severity, command: string): TestCase[] {
  const { findings, coverage, skipped } = subject;
  const title = subjectTitle(subject);
  if (skipped !== undefined) return [skippedCase(title, command, skipped)];
  const byRule = new Map<string, PlacedFinding[]>();
  for (const finding of findings) {
    const { code } = finding.diagnostic;
    byRule.set(code, [...(byRule.get(code) ?? []), finding]);
  }
  const cases = new Map([...byRule].map(([id, among]) => [id, ruleCase(title, id, among, failsFrom)]));
  for (const each of coverage?.each ?? []) {
    if (cases.has(each.rule) || each.outcome === 'not-applicable') continue;
    const why = whyNot(each);
    const { rule } = each;
    cases.set(rule, why === null ? ruleCase(title, rule, [], failsFrom) : skippedCase(title, rule, why));
  }
  // Readers take a suite without any case for one that did not run.
  if (cases.size === 0) return [ruleCase(title, command, [], failsFrom)];
  return [...cases].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

const countsOf = (cases: readonly TestCase[]): Record<string, number> => ({
  tests: cases.length,
  failures: cases.filter(({ outcome }) => outcome === 'failure').length,
  errors: 0,
  skipped: cases.filter(({ outcome }) => outcome === 'skipped').length,
  time: 0,
});

/**
 * JUnit's XML as CI servers read it: a suite for each subject, a case for each rule. Text of any kind stays valid XML 1.0.
 *
 * @param command what made the report
 * @see Jenkins and GitLab, whose readers take the elements of Ant's JUnit task
 */
export function encodeJunit({ subjects, failsFrom }: CheckReport, command = 'check'): string {
  const suites = subjects.map((subject) => ({
    name: subjectTitle(subject),
    cases: casesOf(subject, failsFrom, command),
  }));
  const all = suites.flatMap(({ cases }) => cases);
  const lines = suites.flatMap(({ name, cases }) => [
    `  <testsuite${attributes({ name, ...countsOf(cases) })}>`,
    ...cases.map(({ xml }) => xml),
    '  </testsuite>',
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: `jailhouse-bundle ${command}`, ...countsOf(all) })}>`,
    ...lines,
    '</testsuites>',
    '',
  ].join('\n');
}
