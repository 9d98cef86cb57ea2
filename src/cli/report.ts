import { detailLines, layoutLines, waiverText } from '../base/diagnostic-text.ts';
import type { Severity } from '../base/choices.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { documentationOf } from '../base/documentation.ts';
import { plural, printable } from '../base/text.ts';
import { wrap } from '../base/wrap.ts';
import { isFailing, placeText, rankOf, subjectTitle } from '../reports/report.ts';
import { tally } from '../reports/verdict.ts';
import { frameOf, passageOf, placed, type Findings, type RuleSources } from '../reports/findings.ts';
import type { Colors, Look } from './output.ts';
import { isShown, shortLine, type Reading } from './reading.ts';

/** What is said below a message. */
type Fact = readonly [label: string, text: string];

function heading({ severity, waived }: Diagnostic, colors: Colors): string {
  if (waived) return colors.dim('waived');
  const paint = { error: colors.red, warning: colors.yellow, info: colors.cyan }[severity];
  return colors.bold(paint(severity === 'info' ? 'note' : severity));
}

const indent = (text: string, by: string): string => text.replaceAll(/^(?=.)/gm, by);

const LABELS = 11;

/** @param by blanks before the label */
function factLine([label, text]: Fact, look: Look, by: string, files: readonly string[]): string {
  const start = by.length + LABELS;
  return `${by}${look.dim(`${label}:`.padEnd(LABELS - 1))} ${wrap(text, look.width, { start, indent: start, files })}`;
}

/** A finding with what is said and shown below it. */
export interface Told {
  where: string;
  diagnostic: Diagnostic;
  /** The lines of a file that show it. */
  frame: string | null;
  /** What else is known of it. */
  more?: readonly Fact[];
  /** Names of files that its texts may have. */
  files?: readonly string[];
}

const factsOf = ({ diagnostic, more = [] }: Told): Fact[] => [...detailLines(diagnostic), ...more];

/**
 * One diagnostic: where, how bad, which rule; then the message, its details, and its place in the manifest.
 * Texts may quote bad input: what would control a terminal is made visible.
 */
function renderTold(told: Told, look: Look): string {
  const { where, diagnostic, frame, files = [where] } = told;
  const place = where === '' ? '' : `${look.bold(printable(where))}: `;
  return [
    `${place}${heading(diagnostic, look)} ${look.dim(diagnostic.code)}`,
    `  ${wrap(printable(diagnostic.message), look.width, { start: 2, indent: 2, files })}`,
    ...factsOf(told).map((fact) => factLine(fact, look, '  ', files)),
    ...layoutLines(diagnostic),
    ...(frame === null ? [] : [indent(frame, '    ')]),
  ].join('\n');
}

export const renderDiagnostic = (
  where: string,
  diagnostic: Diagnostic,
  look: Look,
  frame: string | null,
  more: readonly Fact[] = [],
): string => renderTold({ where, diagnostic, frame, more }, look);

const isSameFact = ([label, text]: Fact, [other, otherText]: Fact): boolean =>
  label === other && text === otherText;

/** Several findings of one rule under one heading; what they all say is said once, below them. */
function renderGroup(group: readonly Told[], look: Look): string {
  const [first, ...others] = group as [Told, ...Told[]];
  if (others.length === 0) return renderTold(first, look);
  const shared = factsOf(first).filter((fact) =>
    others.every((other) => factsOf(other).some((each) => isSameFact(each, fact))),
  );
  const { code } = first.diagnostic;
  const items = group.flatMap((told) => {
    const { where, diagnostic, frame, files = [where] } = told;
    const place = where === '' ? '' : `${printable(where)}: `;
    const start = 2 + place.length;
    const message = wrap(printable(diagnostic.message), look.width, { start, indent: 4, files });
    const own = factsOf(told).filter((fact) => !shared.some((each) => isSameFact(each, fact)));
    return [
      `  ${look.bold(place)}${message}`,
      ...own.map((fact) => factLine(fact, look, '    ', files)),
      ...layoutLines(diagnostic).map((line) => line && `  ${line}`),
      ...(frame === null ? [] : [indent(frame, '      ')]),
    ];
  });
  return [
    `${heading(first.diagnostic, look)} ${look.dim(code)} (${plural(group.length, 'finding')})`,
    ...items,
    ...shared.map((fact) => factLine(fact, look, '  ', first.files ?? [first.where])),
  ].join('\n');
}

/** Those of one rule together, where the first of them is. */
function grouped(all: readonly Told[]): Told[][] {
  const groups = new Map<string, Told[]>();
  for (const told of all) {
    const { code, severity, waived } = told.diagnostic;
    const key = waived ? `${code} waived ${waiverText(waived)}` : `${code} ${severity}`;
    groups.set(key, [...(groups.get(key) ?? []), told]);
  }
  return [...groups.values()];
}

const groupName = ({ severity, waived }: Diagnostic): string => {
  if (waived) return 'waived';
  return severity === 'info' ? 'note' : severity;
};

const groupHeading = (name: string, count: number): string =>
  name === 'waived' ? `${count} waived` : plural(count, name);

/** Findings in full, the worst last; those of one severity under a heading, where there are several. */
export function renderAll(all: readonly Told[], look: Look): string[] {
  const bySeverity = new Map<string, Told[]>();
  for (const told of all.toSorted((a, b) => rankOf(b.diagnostic) - rankOf(a.diagnostic))) {
    const name = groupName(told.diagnostic);
    bySeverity.set(name, [...(bySeverity.get(name) ?? []), told]);
  }
  return [...bySeverity].flatMap(([name, among]) => [
    ...(bySeverity.size > 1 ? [`${look.bold(groupHeading(name, among.length))}\n`] : []),
    ...grouped(among).map((group) => `${renderGroup(group, look)}\n`),
  ]);
}

/**
 * A finding with its place, the lines that show it, and, if `sources` are given, what else shows or says it.
 *
 * @param drawn the frames of the report so far: none is shown twice
 */
function toldOf(
  findings: Findings,
  found: Diagnostic,
  sources: RuleSources | null,
  drawn: Set<string>,
): Told {
  const { diagnostic, place, related } = placed(findings, found);
  const whole = diagnostic.waived ? null : frameOf(findings, diagnostic);
  const frame = whole === null || drawn.has(whole) ? null : whole;
  if (frame !== null) drawn.add(frame);
  const source = sources?.get(diagnostic.code);
  const named = diagnostic.path && findings.fileAt(diagnostic.path);
  return {
    where: placeText(place),
    diagnostic,
    frame,
    more: [
      ...(source === undefined ? [] : [['source', printable(source)] as const]),
      ['docs', documentationOf(diagnostic.code)],
      ...(related && sources ? [['config', printable(placeText(related))] as const] : []),
    ],
    files: [findings.file, place.file, ...(named ? [named] : [])].map(printable),
  };
}

/** The worst last, equals in the order of their places. */
function sorted(findings: Findings, among: readonly Diagnostic[]): Diagnostic[] {
  const startOf = (diagnostic: Diagnostic): number => passageOf(findings, diagnostic)?.range.start ?? 0;
  return among.toSorted((a, b) => rankOf(b) - rankOf(a) || startOf(a) - startOf(b));
}

const allShort = (findings: Findings, among: readonly Diagnostic[]): string[] =>
  among.map((each) => {
    const { diagnostic, place } = placed(findings, each);
    return shortLine(place, diagnostic);
  });

const shownOf = (findings: Findings, reading: Reading): Diagnostic[] =>
  sorted(
    findings,
    findings.diagnostics.filter((diagnostic) => isShown(diagnostic, reading)),
  );

/** All findings of a manifest that is built; a waived one is one line, which says why it is accepted. */
export function renderBriefly(findings: Findings, look: Look, reading: Reading = {}): string[] {
  const shown = shownOf(findings, reading);
  if (reading.short) return allShort(findings, shown);
  const drawn = new Set<string>();
  const open = shown.filter(({ waived }) => !waived);
  const accepted = shown.filter(({ waived }) => waived);
  return [
    ...accepted.map((diagnostic) => {
      const where = look.bold(printable(placeText(placed(findings, diagnostic).place)));
      const why = printable(waiverText(diagnostic.waived!));
      return `${where}: ${heading(diagnostic, look)} ${look.dim(diagnostic.code)}: ${why}`;
    }),
    ...grouped(open.map((diagnostic) => toldOf(findings, diagnostic, null, drawn))).map(
      (group) => `${renderGroup(group, look)}\n`,
    ),
  ];
}

/** All findings in full. */
export function renderFindings(
  findings: Findings,
  look: Look,
  sources: RuleSources,
  reading: Reading = {},
): string[] {
  const shown = shownOf(findings, reading);
  if (reading.short) return allShort(findings, shown);
  const drawn = new Set<string>();
  return renderAll(
    shown.map((diagnostic) => toldOf(findings, diagnostic, sources, drawn)),
    look,
  );
}

/** `kernel/serio, cmdline/length (2)`: the rules that fail, and how often each, the worst first. */
function failingRules(diagnostics: readonly Diagnostic[], failsFrom: Severity): string {
  const counts = new Map<string, number>();
  const failing = diagnostics.filter((diagnostic) => isFailing(diagnostic, failsFrom));
  for (const { code } of failing.toSorted((a, b) => rankOf(a) - rankOf(b))) {
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].map(([code, count]) => (count === 1 ? code : `${code} (${count})`)).join(', ');
}

/** Whether it fails, how much was found, and the rules that fail. */
function tallied(
  [passes, fails]: readonly [string, string],
  diagnostics: readonly Diagnostic[],
  look: Look,
  failsFrom: Severity,
  more: readonly string[] = [],
): string {
  const failing = failingRules(diagnostics, failsFrom);
  const found = tally(diagnostics);
  if (failing === '') return [`${passes}: ${found}`, ...more].join('\n');
  return [`${fails}: ${found}`, ...more, factLine(['rules', failing], look, '  ', [])].join('\n');
}

const passesOrFails = (title: string, look: Look) =>
  [`${title} ${look.green('passes')}`, `${title} ${look.red('fails')}`] as const;

/**
 * The last lines about a manifest, or about files that were checked without one.
 *
 * @param more lines after the first
 */
export const verdict = (
  { diagnostics, skipped, ...subject }: Pick<Findings, 'file' | 'part' | 'diagnostics' | 'skipped'>,
  look: Look,
  failsFrom: Severity = 'error',
  more: readonly string[] = [],
): string => {
  const title = look.bold(printable(subjectTitle(subject)));
  if (skipped !== undefined && failingRules(diagnostics, failsFrom) === '') {
    return `${title} was ${look.yellow('not checked')}: ${skipped}`;
  }
  return tallied(passesOrFails(title, look), diagnostics, look, failsFrom, more);
};

/** What several of them come to; nothing of one. It is nearest the prompt, whatever was found in the last of them. */
export function verdictOfAll(
  all: readonly Pick<Findings, 'diagnostics' | 'skipped'>[],
  look: Look,
  failsFrom: Severity = 'error',
): string[] {
  if (all.length < 2) return [];
  const failing = all.filter(({ diagnostics }) => failingRules(diagnostics, failsFrom) !== '');
  const unchecked = all.filter((each) => each.skipped !== undefined && !failing.includes(each)).length;
  const passes = look.green(`all ${all.length} pass`);
  const not = unchecked === 0 ? '' : `, ${unchecked} not checked`;
  const fails = look.red(
    `${failing.length} of ${all.length} ${failing.length === 1 ? 'fails' : 'fail'}${not}`,
  );
  const diagnostics = all.flatMap((each) => each.diagnostics);
  return [`\n${tallied([passes, fails], diagnostics, look, failsFrom)}`];
}
