import { detailLines } from '../base/diagnostic-text.ts';
import type { Severity } from '../base/choices.ts';
import { printable } from '../base/text.ts';
import type { CheckReport, PlacedFinding } from './report.ts';
import { verdictOf } from './verdict.ts';

/** GitHub's workflow commands for annotations. */
const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' };

const ESCAPES: Readonly<Record<string, string>> = {
  '%': '%25',
  '\r': '%0D',
  '\n': '%0A',
  ':': '%3A',
  ',': '%2C',
};

/** What a command's message may hold, as its runner reads it back. */
const escapeMessage = (text: string): string => text.replace(/[%\r\n]/g, (character) => ESCAPES[character]!);
/** The same for a property, which a comma or a colon would end. */
const escapeProperty = (text: string): string =>
  text.replace(/[%\r\n:,]/g, (character) => ESCAPES[character]!);

function annotation({ diagnostic, place, related }: PlacedFinding): string {
  const { code, severity, waived, message } = diagnostic;
  const { file, line, column } = place;
  const properties = Object.entries({ file, line, col: column, title: code })
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}=${escapeProperty(printable(String(value)))}`)
    .join(',');
  const text = [
    printable(message),
    ...[...detailLines(diagnostic)].map(([label, detail]) => `${label}: ${detail}`),
    ...(related ? [`kernel config: ${printable(related.file)}:${related.line}`] : []),
  ].join('\n');
  return `::${waived ? 'notice' : COMMANDS[severity]} ${properties}::${escapeMessage(text)}`;
}

/**
 * Annotations for a GitHub workflow, one a line, then a verdict a subject. Paths are those that the checkout has if the
 * check ran in its root.
 *
 * @see GitHub Docs, Workflow commands for GitHub Actions
 */
export const encodeGithub = (report: CheckReport): string =>
  report.subjects
    .flatMap((subject) => [
      ...subject.findings.map(annotation),
      // Not the file's name first: it could be that of a command.
      `jailhouse-bundle: ${verdictOf(subject, report.failsFrom)}`,
    ])
    .map((line) => `${line}\n`)
    .join('');
