import { HYPERVISOR_PATTERNS } from './hypervisor-patterns.ts';
import { KERNEL_PATTERNS } from './kernel-patterns.ts';
import { logLines, type LogLine } from './log.ts';
import { fillIn, type LogPattern } from './pattern.ts';
import { TOOL_PATTERNS } from './tool-patterns.ts';
import type { Explanation, LogReport } from './types.ts';

/** All lines that are known; the first that fits counts. */
export const LOG_PATTERNS: readonly LogPattern[] = [
  ...HYPERVISOR_PATTERNS,
  ...TOOL_PATTERNS,
  ...KERNEL_PATTERNS,
];

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
      stage: TOOL_PATTERNS.some((each) => each.id === id) ? 'tool' : 'guest',
      printer: KERNEL_PATTERNS.some((each) => each.id === id) ? 'guest' : 'hypervisor',
      weight: 'cause',
      line,
      count: 1,
      text,
      owner: null,
      values: match.groups ?? {},
      dump: [],
      consequences: [],
      meaning: fillIn(meaning, values),
      rules,
      fix: fillIn(fix, values),
      source,
    };
  }
  return null;
}

/** What is known of the lines of a hypervisor's or kernel's log, in their order. */
export function explainLog(text: string): LogReport {
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
  const known = explanations.reduce((sum, { count }) => sum + count, 0);
  return { lines, known, summary: null, release: null, explanations, omitted: 0 };
}
