import { plural, printable } from '../base/text.ts';
import type { DetailedExplanation, DetailedReport } from '../explain/details.ts';
import type { KnownFinding } from '../explain/resolve/machine.ts';
import type { Colors } from './output.ts';

type Fact = readonly [label: string, text: string];

function findingText({ code, message, waived, from }: KnownFinding): string {
  const when = from === 'bundle' ? ', when the bundle was built' : '';
  return `${code}${when}: ${message}${waived === null ? '' : ` (accepted: ${waived})`}`;
}

/** Names of registers and numbers, and what they are about. */
const detailFacts = ({ details }: DetailedExplanation): Fact[] =>
  details.map(({ about, text }) => [about, text] as const);

/** An explanation for people. */
export function explanationText(file: string, explanation: DetailedExplanation, colors: Colors): string {
  const { line, count, text, meaning, rules, fix, source, findings } = explanation;
  const facts: readonly Fact[] = [
    ['means', meaning],
    ...detailFacts(explanation),
    ['fix', fix],
    ['checks', rules.length > 0 ? rules.join(', ') : 'none: only the target shows it'],
    ...findings.map((finding) => ['found', findingText(finding)] as const),
    ['source', source],
  ];
  const times = count > 1 ? colors.dim(` (${count} times)`) : '';
  return [
    `${colors.bold(`${printable(file)}:${line}:`)} ${printable(text)}${times}`,
    ...facts.map(([label, fact]) => `  ${colors.dim(`${label}:`.padEnd(8))} ${printable(fact)}`),
  ].join('\n');
}

/** How much of a log is known, in one line. */
export function knownText(file: string, { lines, known }: DetailedReport): string {
  const many = plural(lines, 'line');
  return known === 0
    ? `${printable(file)}: no known line in ${many}`
    : `${printable(file)}: ${known} known of ${many}`;
}
