import { detailLines, layoutLines, waiverText } from '../base/diagnostic-text.ts';
import type { Severity } from '../base/choices.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { plural, printable } from '../base/text.ts';
import { isFailing, placeText, rankOf, subjectTitle } from '../reports/report.ts';
import { tally } from '../reports/verdict.ts';
import { frameOf, passageOf, placed, type Findings, type RuleSources } from './findings.ts';
import type { Colors } from './output.ts';

function heading({ severity, waived }: Diagnostic, colors: Colors): string {
  if (waived) return colors.dim('waived');
  const paint = { error: colors.red, warning: colors.yellow, info: colors.cyan }[severity];
  return colors.bold(paint(severity === 'info' ? 'note' : severity));
}

const indent = (text: string, by: string): string => text.replaceAll(/^(?=.)/gm, by);

/**
 * One diagnostic: where, how bad, which rule; then the message, its details, and its place in the manifest.
 * Texts may quote bad input: what would control a terminal is made visible.
 */
export function renderDiagnostic(
  where: string,
  diagnostic: Diagnostic,
  colors: Colors,
  frame: string | null,
  more: readonly (readonly [label: string, text: string])[] = [],
): string {
  const details = [...detailLines(diagnostic), ...more].map(
    ([label, text]) => `  ${colors.dim(`${label}:`.padEnd(10))} ${text}`,
  );
  const place = where === '' ? '' : `${colors.bold(printable(where))}: `;
  return [
    `${place}${heading(diagnostic, colors)} ${colors.dim(diagnostic.code)}`,
    `  ${printable(diagnostic.message)}`,
    ...details,
    ...layoutLines(diagnostic),
    ...(frame === null ? [] : [indent(frame, '    ')]),
  ].join('\n');
}

/**
 * A finding with its place, the lines that show it, and, if `sources` are given, what else shows or says it.
 *
 * @param drawn the frames of the report so far: none is shown twice
 */
function renderPlaced(
  findings: Findings,
  diagnostic: Diagnostic,
  colors: Colors,
  sources: RuleSources | null,
  drawn: Set<string>,
): string {
  const { place, related } = placed(findings, diagnostic);
  const whole = diagnostic.waived ? null : frameOf(findings, diagnostic);
  const frame = whole === null || drawn.has(whole) ? null : whole;
  if (frame !== null) drawn.add(frame);
  const source = sources?.get(diagnostic.code);
  return renderDiagnostic(placeText(place), diagnostic, colors, frame, [
    ...(source === undefined ? [] : [['source', printable(source)] as const]),
    ...(related && sources ? [['config', printable(placeText(related))] as const] : []),
  ]);
}

/** The worst first, equals in the order of their places. */
function sorted(findings: Findings): Diagnostic[] {
  const startOf = (diagnostic: Diagnostic): number => passageOf(findings, diagnostic)?.range.start ?? 0;
  return findings.diagnostics.toSorted((a, b) => rankOf(a) - rankOf(b) || startOf(a) - startOf(b));
}

/** All findings of a manifest that is built; a waived one is one line, which says why it is accepted. */
export function renderBriefly(findings: Findings, colors: Colors): string[] {
  const drawn = new Set<string>();
  return sorted(findings).map((diagnostic) => {
    if (!diagnostic.waived) return `${renderPlaced(findings, diagnostic, colors, null, drawn)}\n`;
    const accepted = printable(waiverText(diagnostic.waived));
    const where = colors.bold(printable(placeText(placed(findings, diagnostic).place)));
    return `${where}: ${heading(diagnostic, colors)} ${colors.dim(diagnostic.code)}: ${accepted}`;
  });
}

const groupName = ({ severity, waived }: Diagnostic): string => {
  if (waived) return 'waived';
  return severity === 'info' ? 'note' : severity;
};

const groupHeading = (group: readonly Diagnostic[]): string => {
  const name = groupName(group[0]!);
  return name === 'waived' ? `${group.length} waived` : plural(group.length, name);
};

/** All findings in full; those of one severity under a heading, where there are several. */
export function renderFindings(findings: Findings, colors: Colors, sources: RuleSources): string[] {
  const drawn = new Set<string>();
  const groups = new Map<string, Diagnostic[]>();
  for (const diagnostic of sorted(findings)) {
    const name = groupName(diagnostic);
    groups.set(name, [...(groups.get(name) ?? []), diagnostic]);
  }
  return [...groups.values()].flatMap((group) => [
    ...(groups.size > 1 ? [`${colors.bold(groupHeading(group))}\n`] : []),
    ...group.map((diagnostic) => `${renderPlaced(findings, diagnostic, colors, sources, drawn)}\n`),
  ]);
}

/** The last line about a manifest, or about files that were checked without one. */
export function verdict(findings: Findings, colors: Colors, failsFrom: Severity = 'error'): string {
  const { diagnostics } = findings;
  const fails = diagnostics.some((diagnostic) => isFailing(diagnostic, failsFrom));
  const says = fails ? colors.red('fails') : colors.green('passes');
  return `${colors.bold(printable(subjectTitle(findings)))} ${says}: ${tally(diagnostics)}`;
}
