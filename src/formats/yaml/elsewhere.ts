import type { Diagnostic } from '../../base/diagnostic.ts';
import { codeFrame, lineAndColumn } from './source.ts';

/** A problem in another file than the one that names it: its place is in the message, the lines are below it. */
export function elsewhere(shown: string, text: string, each: Diagnostic): Diagnostic {
  const { range, path: _, detail, ...rest } = each;
  const { line, column } = lineAndColumn(text, range!.start);
  const frame = codeFrame(text, range!);
  return {
    ...rest,
    message: `${shown}:${line}:${column}: ${each.message}`,
    detail: detail === undefined ? frame : `${frame}\n${detail}`,
  };
}
