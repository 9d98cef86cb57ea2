import type { FindingCode } from '../base/codes.ts';
import type { Printer, Stage, Weight } from './types.ts';

/** What is said of a line. */
export interface Reading {
  /** `cause` where it is left out. */
  weight?: Weight;
  /** What happened: `{port}` is the value of that name. */
  meaning: string;
  /** What to do. */
  fix: string;
  /** The findings of `check` that tell before the cell is started; none where only the target knows. */
  rules: readonly FindingCode[];
}

/** An ioctl of the driver, as the tool prints its name after `JAILHOUSE_`. */
export type Call = 'ENABLE' | 'DISABLE' | 'CELL_CREATE' | 'CELL_LOAD' | 'CELL_START' | 'CELL_DESTROY';

/** What the lines before tell of a line. */
export interface Context {
  /** The release that the hypervisor named, `0.12`; `null`: none. */
  release: string | null;
  /** The device that was added last: the one that a fault during its addition is about. */
  device: string | null;
}

/** What happened before a line. */
interface Past {
  isEnabled: boolean;
  /** A kernel panicked a few lines before. */
  isPanicked: boolean;
}

/** A kind of line that Jailhouse, its tools or a kernel print, and what is known about it. */
export interface LogKind extends Reading {
  /** Stable: pages and programs name it. */
  id: string;
  stage: Stage;
  printer: Printer;
  /**
   * The texts of every release, found anywhere in a line. `{name}` is a value: its form is that of the name, or is given,
   * `{port:60|64}`. All else is literal; `…` at the
   * end: it is the beginning of a longer line, which a mail program or another writer broke.
   */
  shapes: readonly string[];
  /** The same, where the CPU belongs to the root cell: then its config or command line is to be changed. */
  root?: Partial<Reading>;
  /** What the values or the lines before make of it. */
  refine?: (values: Readonly<Record<string, string>>, context: Context) => Partial<Reading> | null;
  /**
   * It has no cause of its own after one of these kinds; `fatal`: after anything that stops a CPU; `any`: after any cause
   * close by.
   */
  after?: readonly string[];
  /** The call that failed. */
  call?: Call;
  /** What it failed with, or what makes a call fail: `EINVAL`. */
  errno?: string;
  /** The calls that end in an errno because of it, where they are not those of its stage. */
  fails?: readonly Call[];
  /** The kind that the same text is of after what the log says so far; `null`: this one. */
  instead?: (past: Past, values: Readonly<Record<string, string>>) => string | null;
  /** What it means as the last line of a log. */
  last?: (text: string) => Partial<Reading>;
  /** Kinds that say more of it, within a few lines before or after. */
  because?: readonly string[];
  /** Kinds of lines before it that were nothing to worry about, as it shows. */
  settles?: readonly string[];
  /** Other programs print the same: without another sign of Jailhouse in the log, it may not be about it. */
  isCommon?: true;
  /** It is about the device that was added last. */
  isOfDevice?: true;
  /** It is told where configs say something of it, and not otherwise: every Linux prints it. */
  isOrdinary?: true;
  /** Shapes of lines that go on with the event: they add their values to it, and mean nothing alone. */
  more?: readonly string[];
  /** Where the knowledge comes from. */
  source: string;
}
