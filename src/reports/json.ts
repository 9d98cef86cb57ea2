import { diagnosticFacts } from '../base/diagnostic-text.ts';
import type { PlacedFinding } from './report.ts';

/** A finding for machines, with its place; what is not known is `null`. */
export function findingFacts({ diagnostic, place, related }: PlacedFinding) {
  const { file, line, column } = place;
  return {
    ...diagnosticFacts(diagnostic),
    file,
    line,
    column,
    related: related && { file: related.file, line: related.line },
  };
}
