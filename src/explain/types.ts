import type { FindingCode } from '../base/codes.ts';

/** When a line is printed, in the order of a cell's life. */
export const STAGES = [
  'load',
  'enable',
  'create',
  'load-images',
  'start',
  'guest',
  'root',
  'network',
  'shutdown',
  'tool',
] as const;
export type Stage = (typeof STAGES)[number];

/** Who prints a line; `linux`: the root kernel or one in a cell. */
export type Printer = 'hypervisor' | 'driver' | 'root' | 'guest' | 'linux' | 'inmate' | 'tool' | 'build';

/** `doubtful`: may be harmless; `info`: nothing is wrong. */
export const WEIGHTS = ['cause', 'doubtful', 'info'] as const;
export type Weight = (typeof WEIGHTS)[number];

/** A line of a log, from 1. */
export interface LogLine {
  line: number;
  text: string;
}

/** Whose CPU did what a line reports. */
export interface Owner {
  /** `null`: no line names it. */
  cell: string | null;
  isRoot: boolean;
}

/** A line that only says what another one caused. */
export interface Consequence extends LogLine {
  id: string;
  count: number;
}

/** A known line of a log. */
export interface Explanation {
  /** Of the kind of line: pages and programs name it. */
  id: string;
  stage: Stage;
  printer: Printer;
  weight: Weight;
  /** From 1; of repeats, the first. */
  line: number;
  /** How often it came. */
  count: number;
  /** The line without colours and time stamps; wrapped ones joined. */
  text: string;
  /** `null`: not known, or not of a CPU. */
  owner: Owner | null;
  /** What the line has in the places that vary: `address`, `port`, `cpu`. */
  values: Readonly<Record<string, string>>;
  meaning: string;
  /** The findings of `check` that tell before the cell is started. */
  rules: readonly FindingCode[];
  fix: string;
  source: string;
  /** The registers that were printed with it. */
  dump: readonly LogLine[];
  /** What came of it, in the order of the log. */
  consequences: readonly Consequence[];
}

/** What is known of a log. */
export interface LogReport {
  lines: number;
  /** Of {@link lines}, those that are known. */
  known: number;
  /** The first cause in one sentence; `null`: none is known. */
  summary: string | null;
  /** The release that the hypervisor names, as it prints it: `v0.12 (12-g0ad2b8c)`. */
  release: string | null;
  /** The first cause first, then the rest by line. */
  explanations: readonly Explanation[];
  /** Explanations that are left out: more of a kind than anyone reads. */
  omitted: number;
}
