import type { Diagnostic } from './diagnostic.ts';
import { documentationOf } from './documentation.ts';
import { printable } from './text.ts';

/** Why a finding is accepted, and how long. */
export const waiverText = ({ reason, until }: NonNullable<Diagnostic['waived']>): string =>
  until === null ? reason : `${reason} (until ${until})`;

/**
 * The lines below a diagnostic's message, as `label: text`; what is empty is left out. Texts may quote bad input: what
 * would control a terminal is made visible.
 */
export function* detailLines(diagnostic: Diagnostic): Generator<[label: string, text: string]> {
  const { requested, actual, symptom, fix, waived } = diagnostic;
  if (requested !== undefined) yield ['requested', printable(requested)];
  if (actual !== undefined) yield ['actual', printable(actual)];
  if (symptom !== undefined) yield ['symptom', printable(symptom)];
  if (fix !== undefined) yield ['fix', printable(fix)];
  if (waived) yield ['waived', printable(waiverText(waived))];
}

/** A diagnostic's laid out part below all else, indented; nothing if there is none. */
export const layoutLines = ({ detail }: Diagnostic): string[] =>
  detail === undefined ? [] : detail.split('\n').map((line) => line && `    ${printable(line)}`);

/** A diagnostic as text of several lines, the message first; nothing in it can control a terminal. */
export function summarize(diagnostic: Diagnostic): string {
  const { code, message } = diagnostic;
  return [
    `${printable(message)} [${code}]`,
    ...[...detailLines(diagnostic)].map(([label, text]) => `  ${label}: ${text}`),
    `  docs: ${documentationOf(code)}`,
    ...layoutLines(diagnostic),
  ].join('\n');
}

/** A diagnostic for machines; what it does not have is `null`. */
export function diagnosticFacts(diagnostic: Diagnostic) {
  const { code, severity, message, requested, actual, symptom, fix, fixSymbols, detail, waived } = diagnostic;
  return {
    rule: code,
    severity,
    message,
    requested: requested ?? null,
    actual: actual ?? null,
    symptom: symptom ?? null,
    fix: fix ?? null,
    fixSymbols: fixSymbols ? [...fixSymbols] : null,
    detail: detail ?? null,
    waived: waived ?? null,
    documentation: documentationOf(code),
  };
}
