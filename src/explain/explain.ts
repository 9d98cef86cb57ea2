import type { FindingCode } from '../base/codes.ts';
import { HYPERVISOR_PATTERNS } from './hypervisor-patterns.ts';
import { KERNEL_PATTERNS } from './kernel-patterns.ts';
import { logLines, type LogLine } from './log.ts';
import { fillIn, type LogPattern } from './pattern.ts';
import { TOOL_PATTERNS } from './tool-patterns.ts';

/** All lines that are known; the first that fits counts. */
export const LOG_PATTERNS: readonly LogPattern[] = [
  ...HYPERVISOR_PATTERNS,
  ...TOOL_PATTERNS,
  ...KERNEL_PATTERNS,
];

/** A known line of a log. */
export interface Explanation {
  /** The {@link LogPattern}'s. */
  id: string;
  /** From 1; of repeats, the first. */
  line: number;
  /** How often it came before another known line did. */
  count: number;
  /** The line without colours and time stamps. */
  text: string;
  meaning: string;
  /** The findings of `check` that tell before the cell is started. */
  rules: readonly FindingCode[];
  fix: string;
  source: string;
}

/** All patterns in one: most lines fit none, and are told so 20 times sooner. */
const ANY = new RegExp(
  LOG_PATTERNS.map(({ pattern }) => pattern.source.replaceAll(/\?<\w+>/g, '?:')).join('|'),
);

function explainLine({ line, text }: LogLine): Explanation | null {
  if (!ANY.test(text)) return null;
  for (const { id, pattern, meaning, rules, fix, source } of LOG_PATTERNS) {
    const match = pattern.exec(text);
    if (!match) continue;
    const values = Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([name, value]) => [name, value ?? 'not said']),
    );
    return {
      id,
      line,
      count: 1,
      text,
      meaning: fillIn(meaning, values),
      rules,
      fix: fillIn(fix, values),
      source,
    };
  }
  return null;
}

/** What is known of the lines of a hypervisor's or kernel's log, in their order. */
export function explainLog(text: string): { lines: number; explanations: Explanation[] } {
  const explanations: Explanation[] = [];
  let lines = 0;
  for (const each of logLines(text)) {
    lines = each.line;
    const explanation = explainLine(each);
    const last = explanations.at(-1);
    if (!explanation) continue;
    if (last?.id === explanation.id && last.meaning === explanation.meaning) last.count++;
    else explanations.push(explanation);
  }
  return { lines, explanations };
}
