import type { Command } from 'commander';
import type { Severity } from '../base/choices.ts';
import { waiverText } from '../base/diagnostic-text.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { isFailing, placeText, type Place } from '../reports/report.ts';
import { UsageError } from './exit.ts';

/** How much of the findings people want to read. */
export interface ReadingOptions {
  quiet?: true;
  short?: true;
}

/** The same, with the lowest severity that fails; without it that is `error`. */
export interface Reading extends ReadingOptions {
  severity?: Severity;
}

export const withReading = (command: Command): Command =>
  command
    .option('-q, --quiet', 'show nothing but the findings that fail')
    .option(
      '--short',
      'show each finding in one line, as compilers do: file:line:column: severity: message [id]',
    );

/** @throws UsageError where a report for programs would be made shorter */
export function checkReading({ quiet, short }: ReadingOptions, format: string): void {
  if (format === 'text' || (!quiet && !short)) return;
  const option = quiet ? '--quiet' : '--short';
  throw new UsageError(
    `${option} has no effect on --format ${format}`,
    'leave one of them out: reports for programs have every finding in full',
  );
}

export const isShown = (diagnostic: Diagnostic, { quiet, severity = 'error' }: Reading): boolean =>
  !quiet || isFailing(diagnostic, severity);

/** `linux.cell.yaml:4:9: error: what is wrong [kernel/serio]`, as editors read it. */
export function shortLine(place: Place, { code, severity, message, waived }: Diagnostic): string {
  const kind = waived || severity === 'info' ? 'note' : severity;
  const accepted = waived ? ` (waived: ${printable(waiverText(waived))})` : '';
  return `${printable(placeText(place))}: ${kind}: ${printable(message)} [${code}]${accepted}`;
}
