import { test } from 'vitest';
import { explainLog } from '../../src/explain/explain.ts';
import type { LogKind } from '../../src/explain/kind.ts';
import { KINDS } from '../../src/explain/kinds/index.ts';
import { STAGES, type Explanation, type Stage } from '../../src/explain/types.ts';
import { LINES } from '../explain/lines.ts';
import { codeBlock, expectSections } from '../helpers/docs.ts';

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What has underscores as code: markdown would take them. */
const code = (text: string): string =>
  text
    .split('`')
    .map((part, index) =>
      index % 2 === 0 ? part.replaceAll(/[\w./-]*\w_[\w./*-]*[\w*](?:=\w+|=(?= ))?/g, '`$&`') : part,
    )
    .join('`');

const WEIGHTS = { cause: '', doubtful: ' May be harmless.', info: ' Nothing is wrong.' };

/** What is said of a kind's line, in a log of Jailhouse that goes on. */
const toldOf = (id: string, end: string): Explanation =>
  explainLog(`jailhouse\n${LINES[id]![0]}${end}`).explanations.find((each) => each.id === id)!;

const entry = ({ id, rules, source, last }: LogKind): string => {
  const told = toldOf(id, '\n[    9.999999] more');
  const asLast = last === undefined ? [] : [toldOf(id, '')];
  return [
    `### \`${id}\``,
    codeBlock(LINES[id]![0]),
    `${code(capital(told.meaning))}.${WEIGHTS[told.weight]}`,
    [
      `- Fix: ${code(told.fix)}.`,
      ...asLast.map(({ meaning, fix }) => `- As the last line: ${code(meaning)}. Fix: ${code(fix)}.`),
      `- Checks: ${rules.length > 0 ? rules.map((rule) => `\`${rule}\``).join(', ') : 'none: only the target shows it'}`,
      `- Source: ${code(source)}`,
    ].join('\n'),
  ].join('\n\n');
};

const section = (stage: Stage): string =>
  KINDS.filter((kind) => kind.stage === stage)
    .map(entry)
    .join('\n\n');

test('the lines are those of the tables', async () => {
  await expectSections('reference/log-lines.md', {
    count: `${KINDS.length} kinds of lines are known.`,
    ...Object.fromEntries(STAGES.map((stage) => [stage, section(stage)])),
  });
});
