import { plural, printable } from '../base/text.ts';
import { wrap } from '../base/wrap.ts';
import type { DetailedExplanation, DetailedReport } from '../explain/details.ts';
import type { KnownFinding } from '../explain/resolve/machine.ts';
import type { Look } from './output.ts';

type Fact = readonly [label: string, text: string];

function findingText({ code, message, waived, from }: KnownFinding): string {
  const when = from === 'bundle' ? ', when the bundle was built' : '';
  return `${code}${when}: ${message}${waived === null ? '' : ` (accepted: ${waived})`}`;
}

/** Names of registers and numbers, and what they are about. */
const detailFacts = ({ details }: DetailedExplanation): Fact[] =>
  details.map(({ about, text }) => [about, text] as const);

/** The facts begin after the longest label of every explanation. */
const LABELS = 11;

const timesText = (count: number, look: Look): string => (count > 1 ? look.dim(` (${count} times)`) : '');

/** An explanation for people: first what to do. */
export function explanationText(file: string, explanation: DetailedExplanation, look: Look): string {
  const { line, count, text, meaning, rules, fix, source, findings, consequences } = explanation;
  const facts: readonly Fact[] = [
    ['means', meaning],
    ['fix', fix],
    ...findings.map((finding) => ['found', findingText(finding)] as const),
    ...detailFacts(explanation),
    ['checks', rules.length > 0 ? rules.join(', ') : 'none: only the target shows it'],
    ...consequences.map(
      (each) =>
        ['then', `${each.line}: ${each.text}${each.count > 1 ? ` (${each.count} times)` : ''}`] as const,
    ),
    ['source', source],
  ];
  return [
    `${look.bold(`${printable(file)}:${line}:`)} ${printable(text)}${timesText(count, look)}`,
    ...facts.map(
      ([label, fact]) =>
        `  ${look.dim(`${label}:`.padEnd(LABELS - 3))} ${wrap(printable(fact), look.width, { start: LABELS, indent: LABELS })}`,
    ),
  ].join('\n');
}

/** Lines in which nothing is wrong that are shown. */
const MOST_FINE = 12;

/** The lines in which nothing is wrong, one line each; `null`: there are none. */
export function fineText(explanations: readonly DetailedExplanation[], look: Look): string | null {
  if (explanations.length === 0) return null;
  const more = explanations.length - MOST_FINE;
  return [
    'nothing is wrong in:',
    ...explanations
      .slice(0, MOST_FINE)
      .flatMap(({ line, text, count, details }) => [
        `  ${line}: ${printable(text)}${timesText(count, look)}`,
        ...details
          .filter(({ about }) => about === 'config')
          .map((each) => `      ${wrap(printable(each.text), look.width, { start: 6, indent: 6 })}`),
      ]),
    ...(more > 0 ? [`  and ${plural(more, 'other line')}`] : []),
  ].join('\n');
}

/** How much of a log is known, in one line. */
export function knownText(file: string, { lines, known, omitted }: DetailedReport): string {
  const many = plural(lines, 'line');
  const more =
    omitted > 0
      ? `; ${plural(omitted, 'more line')} of the same kinds ${omitted === 1 ? 'is' : 'are'} not shown`
      : '';
  return known === 0
    ? `${printable(file)}: no known line in ${many}`
    : `${printable(file)}: ${known} known of ${many}${more}`;
}
