import type { Diagnostic } from '../../base/diagnostic.ts';
import { codeFrame, lineAndColumn } from './source.ts';

/** A problem in another file than the one that names it: the place stands in the message, the lines below it. */
export function elsewhere(shown: string, text: string, each: Diagnostic): Diagnostic {
  const { range, path: _, ...rest } = each;
  const { line, column } = lineAndColumn(text, range!.start);
  return { ...rest, message: `${shown}:${line}:${column}: ${each.message}`, detail: codeFrame(text, range!) };
}
