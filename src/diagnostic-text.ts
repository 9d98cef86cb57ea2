import type { Diagnostic } from './diagnostic.ts';

/** The lines below a diagnostic's message, as `label: text`; what is empty is left out. */
export function* detailLines(diagnostic: Diagnostic): Generator<[label: string, text: string]> {
  const { requested, actual, symptom, hint, waived } = diagnostic;
  if (requested !== undefined) yield ['requested', requested];
  if (actual !== undefined) yield ['actual', actual];
  if (symptom !== undefined) yield ['symptom', symptom];
  if (hint !== undefined) yield ['fix', hint];
  if (waived)
    yield ['waived', waived.until === null ? waived.reason : `${waived.reason} (until ${waived.until})`];
}

const indent = (text: string, by: string): string => text.replaceAll(/^(?=.)/gm, by);

/** A diagnostic as text of several lines, the message first. */
export function summarize(diagnostic: Diagnostic): string {
  const { code, message, detail } = diagnostic;
  return [
    `${message} [${code}]`,
    ...[...detailLines(diagnostic)].map(([label, text]) => `  ${label}: ${text}`),
    ...(detail === undefined ? [] : [indent(detail, '    ')]),
  ].join('\n');
}
