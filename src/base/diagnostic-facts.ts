import type { Diagnostic } from './diagnostic.ts';

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
    mend: fixSymbols ?? null,
    detail: detail ?? null,
    waived: waived ?? null,
  };
}
