import { test } from 'vitest';
import { explainLog, LOG_PATTERNS } from '../../src/explain/explain.ts';
import { HYPERVISOR_PATTERNS } from '../../src/explain/hypervisor-patterns.ts';
import { KERNEL_PATTERNS } from '../../src/explain/kernel-patterns.ts';
import type { LogPattern } from '../../src/explain/pattern.ts';
import { TOOL_PATTERNS } from '../../src/explain/tool-patterns.ts';
import { codeBlock, expectSections } from '../helpers/docs.ts';
import { LINES } from '../helpers/log-lines.ts';

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What has underscores as code: markdown would take them. */
const code = (text: string): string =>
  text
    .split('`')
    .map((part, index) =>
      index % 2 === 0 ? part.replaceAll(/[\w./-]*\w_[\w./*-]*[\w*](?:=\w+|=(?= ))?/g, '`$&`') : part,
    )
    .join('`');

const entry = ({ id, rules, source }: LogPattern): string => {
  const line = LINES[id]![0];
  const [explanation] = explainLog(line).explanations;
  return [
    `### \`${id}\``,
    codeBlock(line),
    `${code(capital(explanation!.meaning))}.`,
    [
      `- Fix: ${code(explanation!.fix)}.`,
      `- Checks: ${rules.length > 0 ? rules.map((rule) => `\`${rule}\``).join(', ') : 'none: only the target shows it'}`,
      `- Source: ${code(source)}`,
    ].join('\n'),
  ].join('\n\n');
};

const section = (patterns: readonly LogPattern[]): string => patterns.map(entry).join('\n\n');

test('the lines are those of the tables', async () => {
  await expectSections('reference/log-lines.md', {
    count: `${LOG_PATTERNS.length} kinds of lines are known.`,
    hypervisor: section(HYPERVISOR_PATTERNS),
    tool: section(TOOL_PATTERNS),
    kernel: section(KERNEL_PATTERNS),
  });
});
