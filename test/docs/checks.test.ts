import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { CELL_RULES } from '../../src/checks/cell/rules/index.ts';
import { FINDING_CODES } from '../../src/base/codes.ts';
import type { Rule } from '../../src/checks/kernel/rule.ts';
import { parseRulesFile } from '../../src/checks/kernel/project/file.ts';
import { TREE_RULES } from '../../src/placement/arm/tree-checks/rules.ts';
import { RULE_GROUPS, RULES } from '../../src/checks/kernel/rules/index.ts';
import { applies, joinedBy, requirement, severities } from '../../src/reports/rule-words.ts';
import { codeBlock, expectSections, listedTerms, readPage, ROOT } from '../helpers/docs.ts';

/** Symbols, ports and options as code. */
const code = (text: string): string =>
  text.replaceAll(/(?<!`)\b(CONFIG_\w+(?:=y)?|8250\.nr_uarts=)/g, '`$1`');

const section = (rule: Rule): string =>
  [
    `### \`${rule.id}\``,
    `${code(rule.reason.charAt(0).toUpperCase() + rule.reason.slice(1))}.`,
    [
      `- Required: ${requirement(rule)}`,
      `- Applies to: ${applies(rule)}`,
      `- Severity: ${severities(rule.severity)}`,
      `- On the target: ${rule.symptom}`,
      `- Fix: ${code(rule.fix)}`,
      `- Source: ${rule.source}`,
    ].join('\n'),
  ].join('\n\n');

const RULES_FILE = `rules:
  - id: project/preempt-rt
    symbol: PREEMPT_RT # or a list: each must have the value
    value: y # or a list: one is enough
    when: # all of it optional, as the whole of \`when\`
      architecture: x86
      kernel: { from: 5.10, before: 6.20 }
      cmdline: isolcpus=* # a parameter on the command line
      cell: several-cpus
      initrd: true
    severity: { strict: error, mainline: warning } # or one for both; error if left out
    reason: the control loop has a deadline
    symptom: the drive stops with error 17
    fix: take the -rt kernel
    source: our handbook, 4.2
`;

test('the rules file on the page is one', () => {
  expect(parseRulesFile(RULES_FILE, 'page').problems).toEqual([]);
});

test('the rules are those of the table', async () => {
  const groups = RULE_GROUPS.map(({ title, rules }) => [`## ${title}`, ...rules.map(section)].join('\n\n'));
  const codes = RULES.map(({ id, severity }) => `- \`${id}\`: ${severities(severity)}`);
  await expectSections('reference/kernel-rules.md', { rules: groups.join('\n\n') });
  await expectSections('reference/codes.md', { 'rule-codes': codes.join('\n') });
  await expectSections('checks.md', { 'rules-file': codeBlock(RULES_FILE, 'yaml') });
});

const SRC = path.join(ROOT, 'src');
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(path.join(SRC, name), 'utf8'));

const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1]!);

const CATALOGUE = '# All codes';

describe('the catalogue', () => {
  const page = readPage('reference/codes.md');
  const listed = listedTerms(page, CATALOGUE);

  test('has every code and no other; those about cells have a page of their own', () => {
    const others = CELL_RULES.map(({ id }) => id);
    expect([...listed.filter((term) => !term.includes('CONFIG_')), ...others].toSorted()).toEqual(
      FINDING_CODES.toSorted(),
    );
  });

  test('has the codes that manifests with mistakes bring forth', () => {
    const fixtures = path.join(ROOT, 'test/fixtures/manifest');
    const told = readdirSync(fixtures)
      .filter((name) => name.endsWith('.txt'))
      .flatMap((name) => matches(readFileSync(path.join(fixtures, name), 'utf8'), / ([a-z]+\/[a-z-]+): /g));
    expect(told.length).toBeGreaterThan(0);
    expect([...new Set(told)].filter((term) => !listed.includes(term))).toEqual([]);
  });

  test('says which are not errors, or not always', () => {
    const found = (pattern: RegExp): RegExpMatchArray[] =>
      sources.flatMap((text) => [...text.matchAll(pattern)]);
    const errors = new Set(found(/(?:failure|InputError)\(\s*'([^']+)'/g).map((match) => match[1]!));
    const lenient = found(/code: '([a-z-]+\/[a-z0-9-]+)',\s*severity: '(warning|info)'/g);
    const levels = lenient.map(
      ([, term, level]) => `${term} ${errors.has(term!) ? 'error or ' : ''}${level}`,
    );
    // What is found while a cell is made of a wish.
    const asked = new Set(found(/findings\.ask\(\s*'([a-z-]+)'/g).map((match) => match[1]!));
    const told = found(/findings\.(warn|note)\(\s*'([a-z-]+)'/g);
    levels.push(
      ...told.map(
        ([, how, what]) =>
          `machine/${what} ${asked.has(what!) ? 'error or ' : ''}${how === 'warn' ? 'warning' : 'info'}`,
      ),
    );
    const converting = FINDING_CODES.filter((code) => code.startsWith('convert/'));
    levels.push(...converting.map((code) => `${code} ${code === 'convert/moved' ? 'info' : 'warning'}`));
    const trees = TREE_RULES.filter(({ severities }) => severities.join() !== 'error');
    levels.push(...trees.map(({ id, severities }) => `${id} ${joinedBy(severities, 'or')}`));
    const marked = [...page.matchAll(/^- `([^`]+)` \(((?:error(?:, warning)? or )?(?:warning|info))\)/gm)];
    expect(marked.map(([, term, level]) => `${term} ${level}`).toSorted()).toEqual(
      [...new Set(levels)].toSorted(),
    );
  });
});
