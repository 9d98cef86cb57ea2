import { plural, printable } from '../../base/text.ts';
import type { Comparison } from './compare.ts';
import { SECTION_TITLES, type Change } from './types.ts';

/** What two files are called. */
export interface Names {
  before: string;
  after: string;
}

/** `2 differences`, or that there is none. */
export const countText = ({ changes }: Comparison): string =>
  changes.length === 0 ? 'no difference' : plural(changes.length, 'difference');

/** A change's title, with the cell of a machine. */
export const titleOf = ({ cell, section }: Change): string =>
  cell === null ? SECTION_TITLES[section] : `${cell}: ${SECTION_TITLES[section]}`;

/** A word of a command line is its own name. */
const labelOf = (what: string, text: string): string =>
  text === what || text.startsWith(`${what}=`) ? '' : `${printable(what)}: `;

const LONGEST = 100;

function changeLines({ what, before, after }: Change): string[] {
  if (before === null) return [`+ ${labelOf(what, after!)}${printable(after!)}`];
  if (after === null) return [`- ${labelOf(what, before)}${printable(before)}`];
  const [one, other] = [`${labelOf(what, before)}${printable(before)}`, printable(after)];
  const line = `~ ${one} -> ${other}`;
  return line.length <= LONGEST ? [line] : [`~ ${one}`, `  -> ${other}`];
}

/** The changes in lines, those of one section under its title. */
export function diffLines({ before, after }: Names, comparison: Comparison): string[] {
  const { changes, notCompared } = comparison;
  const names = `${printable(before)} -> ${printable(after)}`;
  const lines = [`${names}: ${countText(comparison)}`];
  let title: string | null = null;
  for (const change of changes) {
    if (titleOf(change) !== title) {
      title = titleOf(change);
      lines.push('', printable(title));
    }
    lines.push(...changeLines(change).map((line) => `  ${line}`));
  }
  if (notCompared.length > 0)
    lines.push('', ...notCompared.map((each) => `not compared: ${printable(each)}`));
  return lines;
}
