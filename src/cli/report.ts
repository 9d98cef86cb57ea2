import { diagnosticFacts } from '../diagnostic-facts.ts';
import { detailLines, layoutLines } from '../diagnostic-text.ts';
import { hasErrors, type Diagnostic, type Severity } from '../diagnostic.ts';
import { printable } from '../printable.ts';
import { codeFrame, lineAndColumn, type SourceRange } from '../yaml/source.ts';
import type { Colors } from './output.ts';

/** A manifest and what was found in it. */
export interface Findings {
  file: string;
  /** `null`: it could not be read, which is the one finding then. */
  text: string | null;
  locate(path: NonNullable<Diagnostic['path']>): SourceRange;
  diagnostics: readonly Diagnostic[];
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

const rank = ({ severity, waived }: Diagnostic): number =>
  waived ? SEVERITIES.length : SEVERITIES.indexOf(severity);

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
): string {
  const details = [...detailLines(diagnostic)].map(
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

interface Place {
  /** `file:line:column`, or the file alone. */
  where: string;
  line: number | null;
  column: number | null;
  frame: string | null;
}

const rangeOf = ({ locate }: Findings, { range, path }: Diagnostic): SourceRange | undefined =>
  range ?? (path && locate(path));

function placeOf(findings: Findings, diagnostic: Diagnostic): Place {
  const { file, text } = findings;
  const place = rangeOf(findings, diagnostic);
  if (text === null || place === undefined) return { where: file, line: null, column: null, frame: null };
  const { line, column } = lineAndColumn(text, place.start);
  return { where: `${file}:${line}:${column}`, line, column, frame: codeFrame(text, place) };
}

/**
 * All findings of a manifest, the worst first, equals in the order of their places.
 *
 * @param waived `line`: a waived finding is one line, which says why it is accepted
 */
export function renderFindings(findings: Findings, colors: Colors, waived: 'full' | 'line'): string[] {
  const startOf = (diagnostic: Diagnostic): number => rangeOf(findings, diagnostic)?.start ?? 0;
  const sorted = findings.diagnostics.toSorted((a, b) => rank(a) - rank(b) || startOf(a) - startOf(b));
  return sorted.map((diagnostic) => {
    const { where, frame } = placeOf(findings, diagnostic);
    if (!diagnostic.waived) return `${renderDiagnostic(where, diagnostic, colors, frame)}\n`;
    if (waived === 'full') return `${renderDiagnostic(where, diagnostic, colors, null)}\n`;
    const { reason, until } = diagnostic.waived;
    const accepted = `${printable(reason)}${until === null ? '' : ` (until ${until})`}`;
    return `${colors.bold(printable(where))}: ${heading(diagnostic, colors)} ${colors.dim(diagnostic.code)}: ${accepted}`;
  });
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

/** `2 errors, 1 warning, 1 waived`; `no findings` if there are none. */
export function tally(diagnostics: readonly Diagnostic[]): string {
  const open = diagnostics.filter(({ waived }) => !waived);
  const of = (severity: Severity): number =>
    open.filter((diagnostic) => diagnostic.severity === severity).length;
  const waived = diagnostics.length - open.length;
  const parts = [
    ...(of('error') > 0 ? [count(of('error'), 'error')] : []),
    ...(of('warning') > 0 ? [count(of('warning'), 'warning')] : []),
    ...(of('info') > 0 ? [count(of('info'), 'note')] : []),
    ...(waived > 0 ? [`${waived} waived`] : []),
  ];
  return parts.length === 0 ? 'no findings' : parts.join(', ');
}

/** The last line about a manifest. */
export function verdict({ file, diagnostics }: Findings, colors: Colors): string {
  const says = hasErrors(diagnostics) ? colors.red('fails') : colors.green('passes');
  return `${colors.bold(printable(file))} ${says}: ${tally(diagnostics)}`;
}

/** What `check` and `build` say of a manifest to machines; each finding with its place in it. */
export function findingsJson(findings: Findings) {
  return {
    manifest: findings.file,
    ok: !hasErrors(findings.diagnostics),
    findings: findings.diagnostics.map((diagnostic) => {
      const { line, column } = placeOf(findings, diagnostic);
      return { ...diagnosticFacts(diagnostic), line, column };
    }),
  };
}
