import { printable } from '../../base/text.ts';
import type { Comparison } from './compare.ts';
import { countText, titleOf, type Names } from './text.ts';

/** Any text as code in a cell of a table: no backtick, pipe or tag of it means anything. */
function code(text: string | null): string {
  if (text === null) return '–';
  const shown = printable(text);
  if (shown.trim() === '') return '(empty)';
  const runs = shown.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  const space = /^`|`$/.test(shown) ? ' ' : '';
  return `${fence}${space}${shown}${space}${fence}`.replaceAll('|', String.raw`\|`);
}

/** The changes as a table, for a merge request. */
export function diffMarkdown({ before, after }: Names, comparison: Comparison): string[] {
  const { changes, notCompared } = comparison;
  return [
    `### ${code(before)} → ${code(after)}: ${countText(comparison)}`,
    ...(changes.length === 0 ? [] : ['', '| where | what | before | after |', '| --- | --- | --- | --- |']),
    ...changes.map(
      (change) =>
        `| ${code(titleOf(change))} | ${code(change.what)} | ${code(change.before)} | ${code(change.after)} |`,
    ),
    ...(notCompared.length === 0 ? [] : ['', ...notCompared.map((each) => `- not compared: ${code(each)}`)]),
  ];
}
