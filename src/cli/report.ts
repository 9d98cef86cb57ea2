import { detailLines } from '../diagnostic-text.ts';
import type { Diagnostic, Severity } from '../diagnostic.ts';
import { codeFrame, lineAndColumn, type SourceRange } from '../manifest/source.ts';
import type { Colors } from './output.ts';

/** A manifest and what was found in it. */
export interface Findings {
  file: string;
  text: string;
  locate(path: NonNullable<Diagnostic['path']>): SourceRange;
  diagnostics: readonly Diagnostic[];
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

const rank = ({ severity, waived }: Diagnostic): number =>
  waived ? SEVERITIES.length : SEVERITIES.indexOf(severity);

const rangeOf = ({ locate }: Findings, { range, path }: Diagnostic): SourceRange =>
  range ?? locate(path ?? []);

function heading(diagnostic: Diagnostic, colors: Colors): string {
  const { severity, waived } = diagnostic;
  if (waived) return colors.dim('waived');
  const paint = { error: colors.red, warning: colors.yellow, info: colors.cyan }[severity];
  return colors.bold(paint(severity));
}

const indent = (text: string, by: string): string => text.replaceAll(/^(?=.)/gm, by);

/** One diagnostic: where, how bad, which rule; then the message, its details, and its place in the manifest. */
export function renderDiagnostic(
  where: string,
  diagnostic: Diagnostic,
  colors: Colors,
  frame: string | null,
): string {
  const details = [...detailLines(diagnostic)].map(
    ([label, text]) => `  ${colors.dim(`${label}:`.padEnd(10))} ${text}`,
  );
  return [
    `${where === '' ? '' : `${colors.bold(where)}: `}${heading(diagnostic, colors)} ${colors.dim(diagnostic.code)}`,
    `  ${diagnostic.message}`,
    ...details,
    ...(diagnostic.detail === undefined ? [] : [indent(diagnostic.detail, '    ')]),
    ...(frame === null ? [] : [indent(frame, '    ')]),
  ].join('\n');
}

/** All findings of a manifest, the worst first. */
export function renderFindings(findings: Findings, colors: Colors): string[] {
  const sorted = [...findings.diagnostics].sort((a, b) => rank(a) - rank(b));
  return sorted.map((diagnostic) => {
    const range = rangeOf(findings, diagnostic);
    const { line, column } = lineAndColumn(findings.text, range.start);
    const frame = diagnostic.waived ? null : codeFrame(findings.text, range);
    return renderDiagnostic(`${findings.file}:${line}:${column}`, diagnostic, colors, frame);
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

/** A diagnostic for machines, with its place. */
export function findingJson(findings: Findings, diagnostic: Diagnostic): object {
  const { code, severity, message, requested, actual, symptom, hint, detail, waived } = diagnostic;
  const place = lineAndColumn(findings.text, rangeOf(findings, diagnostic).start);
  return { rule: code, severity, message, requested, actual, symptom, fix: hint, detail, waived, ...place };
}
