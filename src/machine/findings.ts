import type { CodeIn } from '../base/codes.ts';
import { failure, type Diagnostic, type ManifestPath } from '../base/diagnostic.ts';

type Code = CodeIn<'machine'>;
type More = Omit<Diagnostic, 'code' | 'severity' | 'message' | 'fix'>;

/** Why something was chosen, for the report and for comments in what is generated. */
export interface Choice {
  /** `cpus`, `memory`, `console`: the key of the wish, or what follows from it. */
  what: string;
  value: string;
  why: string;
}

/** Properties of a device that were left out: the tree has nothing for them. */
export interface Dropped {
  device: string;
  properties: readonly string[];
}

/** What is found while a cell is planned; every place is a path below the wish. */
export class Findings {
  readonly diagnostics: Diagnostic[] = [];
  readonly choices: Choice[] = [];
  readonly dropped: Dropped[] = [];

  /** A question that must not be guessed, or a choice that breaks a rule. */
  ask(code: Code, at: ManifestPath, message: string, fix: string, more: More = {}): void {
    const path = ['cell', 'generate', ...at];
    this.diagnostics.push(failure(`machine/${code}`, message, { fix, path, ...more }));
  }

  warn(code: Code, at: ManifestPath, message: string, fix: string, more: More = {}): void {
    this.#tell('warning', code, at, message, fix, more);
  }

  note(code: Code, at: ManifestPath, message: string, fix: string, more: More = {}): void {
    this.#tell('info', code, at, message, fix, more);
  }

  choose(what: string, value: string, why: string): void {
    this.choices.push({ what, value, why });
  }

  #tell(
    severity: 'warning' | 'info',
    code: Code,
    at: ManifestPath,
    message: string,
    fix: string,
    more: More,
  ): void {
    const path = ['cell', 'generate', ...at];
    this.diagnostics.push({ code: `machine/${code}`, severity, message, fix, path, ...more });
  }
}
