/** What the process says when it ends. */
export const EXIT = {
  fine: 0,
  /** Findings, or bad input. */
  findings: 1,
  usage: 2,
  /** `boot`: it could not be tried. */
  notRun: 3,
  /** `boot`: it was tried, and nothing is certain. */
  undecided: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export type Format = 'text' | 'json';

export type CheckFormat = Format | 'sarif' | 'github' | 'gitlab' | 'junit';

/** The command line asks for something that is invalid; `fix` says what would. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}
