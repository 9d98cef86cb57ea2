/** What the process says when it ends. */
export const EXIT = {
  fine: 0,
  /** Findings, or bad input. */
  findings: 1,
  usage: 2,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export type Format = 'text' | 'json';

export type CheckFormat = Format | 'sarif' | 'github' | 'junit';

/** The command line asks for something that is invalid; `fix` says what would. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}
