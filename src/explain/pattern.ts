import type { FindingCode } from '../base/codes.ts';

/** A line that Jailhouse or a kernel prints when something is wrong, and what is known about it. */
export interface LogPattern {
  /** Stable: pages and programs name it. */
  id: string;
  /** Found anywhere in a line; its named groups fill the texts. */
  pattern: RegExp;
  /** What happened: `{port}` is the group of that name. */
  meaning: string;
  /** The findings of `check` that tell before the cell is started; none where only the target knows. */
  rules: readonly FindingCode[];
  /** What to do. */
  fix: string;
  /** Where the knowledge comes from. */
  source: string;
}

/** A text with what a line had in place of its `{name}`s. */
export const fillIn = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
