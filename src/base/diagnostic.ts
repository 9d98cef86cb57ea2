import type { Severity } from './choices.ts';
import type { FindingCode } from './codes.ts';

/** Where in the manifest something stands: keys and list indices from the root, e.g. `['kernel', 'image']`. */
export type ManifestPath = readonly (string | number)[];

/** A kconfig symbol without `CONFIG_`, and its value as a `.config` shows it: `y`, `17`, `0x1000000`; texts without quotes. */
export interface KconfigAssignment {
  symbol: string;
  value: string;
}

/**
 * One thing to tell the user: a fault of the input, a broken rule, a layout that cannot boot.
 *
 * Core modules produce these; only the edges (plugin, CLI) print them.
 */
export interface Diagnostic {
  /** Stable id, `area/what`: `cell/truncated`, `kernel/serio`, `placement/initrd`. Waivers and pipelines name it. */
  code: FindingCode;
  severity: Severity;
  /** What must hold first: beside one of these findings, this one says nothing new and is left out. */
  after?: readonly FindingCode[];
  /** One line: what is wrong, and where. */
  message: string;
  /** What to do next, one line. */
  fix?: string;
  /** What is wanted, and what is there, side by side. */
  requested?: string;
  actual?: string;
  /** What the user would see on the target. */
  symptom?: string;
  /** More lines, already laid out (a memory map, say). */
  detail?: string;
  /** Kconfig symbols and the values that fix it, where a kernel config can. */
  fixSymbols?: readonly KconfigAssignment[];
  /** The line (from 1) in the text file that `path` names, where that file shows it: a kernel config's symbol. */
  fileLine?: number;
  /** The manifest value that the problem belongs to. */
  path?: ManifestPath;
  /** The exact place in the manifest's text (UTF-16 offsets), where it is not simply the value at `path`. */
  range?: { start: number; end: number };
  /** Somebody accepted this finding; it fails nothing then. */
  waived?: { reason: string; until: string | null };
}

/** Bad input: bytes or text that cannot be what they are meant to be. Carries a {@link Diagnostic}. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly diagnostic: Diagnostic;

  constructor(
    code: FindingCode,
    message: string,
    more: Omit<Diagnostic, 'code' | 'severity' | 'message'> = {},
  ) {
    super(message);
    this.diagnostic = failure(code, message, more);
  }
}

/** A caught error that says what is wrong with the input; what is no bad input is a fault of ours, and thrown again. */
export function inputErrorOf(error: unknown): InputError {
  if (error instanceof InputError) return error;
  throw error;
}

/** What a caught error says of the input, at `path` if it names no place itself. @throws as {@link inputErrorOf} */
export const diagnosticOf = (error: unknown, path?: ManifestPath): Diagnostic => ({
  ...(path && { path }),
  ...inputErrorOf(error).diagnostic,
});

/** The caught error with a part of its diagnostic changed. @throws as {@link inputErrorOf} */
export function reworded(
  error: unknown,
  change: (diagnostic: Diagnostic) => Partial<Diagnostic>,
): InputError {
  const { diagnostic } = inputErrorOf(error);
  const { code, message, ...more } = { ...diagnostic, ...change(diagnostic) };
  return new InputError(code, message, more);
}

/** Runs a step; bad input becomes a diagnostic, at `path` if it names no place itself, and gives `null`. */
export function attempt<T>(diagnostics: Diagnostic[], path: ManifestPath, step: () => T): T | null {
  try {
    return step();
  } catch (error) {
    diagnostics.push(diagnosticOf(error, path));
    return null;
  }
}

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((diagnostic) => diagnostic.severity === 'error' && !diagnostic.waived);

/** A {@link Diagnostic} that fails the build. */
export const failure = (
  code: FindingCode,
  message: string,
  more: Omit<Diagnostic, 'code' | 'severity' | 'message'> = {},
): Diagnostic => ({ code, severity: 'error', message, ...more });
