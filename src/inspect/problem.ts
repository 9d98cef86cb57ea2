import type { Diagnostic } from '../diagnostic.ts';

/** What is wrong with a file, for machines. */
export const problemFacts = ({ code, message, requested, actual, hint }: Diagnostic) => ({
  rule: code,
  message,
  requested,
  actual,
  fix: hint,
});
