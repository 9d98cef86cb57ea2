import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { RULES } from '../src/kernel-check/rules.ts';
import type { Rule, RuleSeverity } from '../src/kernel-check/rule.ts';
import { expectSections, listedTerms, readPage, ROOT } from './helpers/docs.ts';

const severity = (level: RuleSeverity): string =>
  typeof level === 'string'
    ? level
    : `${level.newer} from Linux ${level.since} on, ${level.older} before and for unknown versions`;

function wanted({ wanted }: Rule): string {
  if ('symbol' in wanted) {
    return wanted.value === 'y' ? `\`CONFIG_${wanted.symbol}=y\`` : `\`CONFIG_${wanted.symbol}\` not set`;
  }
  const symbols = wanted.symbols.map((symbol) => `\`CONFIG_${symbol}\``).join(' and ');
  return `${symbols || 'the drivers of its devices'}, as said below${wanted.needs.includes('config') ? '' : '; also looked at without a kernel config'}`;
}

/** Symbols, ports and options as code. */
const code = (text: string): string =>
  text.replaceAll(/(?<!`)\b(CONFIG_\w+(?:=y)?|8250\.nr_uarts=)/g, '`$1`');

const section = (rule: Rule): string =>
  [
    `#### \`${rule.id}\``,
    `${code(rule.reason.charAt(0).toUpperCase() + rule.reason.slice(1))}.`,
    [
      `- Wanted: ${wanted(rule)}`,
      `- Applies to: ${rule.when.architecture.join(', ')}`,
      `- Severity: strict: ${severity(rule.severity.strict)}; mainline: ${severity(rule.severity.mainline)}`,
      `- On the target: ${rule.symptom}`,
      `- Fix: ${code(rule.fix)}`,
      `- Source: ${rule.source}`,
    ].join('\n'),
  ].join('\n\n');

test('the rules are those of the table', async () => {
  await expectSections('checks.md', { rules: RULES.map(section).join('\n\n') });
});

const SRC = path.join(ROOT, 'src');
/** The rules about cells have a page of their own, and a test of it. */
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.startsWith('cell-check/'))
  .map((name) => ({ name, text: readFileSync(path.join(SRC, name), 'utf8') }));

const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1]!);

/** Problems of YAML files are made by helpers that put the file's kind in front. */
const codesFrom = (folder: string, area: string): string[] =>
  sources
    .filter(({ name }) => name.startsWith(`${folder}/`))
    .flatMap(({ text }) => [
      ...matches(text, /\b(?:problem|refuse)\(\s*'([a-z-]+)'/g),
      ...matches(text, /\bhole\(\s*(?:path|\[\]),\s*'([a-z-]+)'/g),
    ])
    .map((name) => `${area}/${name}`);
const yamlCodes = [
  ...codesFrom('manifest', 'manifest'),
  ...codesFrom('yaml', 'manifest'),
  ...codesFrom('cell-yaml', 'description'),
  ...codesFrom('yaml', 'description'),
  ...sources
    .filter(({ name }) => name.startsWith('cell-yaml/'))
    .flatMap(({ text }) => matches(text, /\b(?:report|area)\(\s*'([a-z-]+)'/g))
    .map((name) => `description/${name}`),
];

const literals = sources.flatMap(({ text }) => matches(text, /'([a-z][a-z-]*\/[a-z0-9-]+)'/g));
const codes = new Set([...literals, ...yamlCodes]);

const CATALOGUE = '## All codes';

describe('the catalogue', () => {
  const page = readPage('checks.md');
  const listed = listedTerms(page, CATALOGUE);

  test('has every code of the source and no other', () => {
    expect(listed.filter((term) => !term.includes('CONFIG_')).toSorted()).toEqual([...codes].toSorted());
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
      sources.flatMap(({ text }) => [...text.matchAll(pattern)]);
    const errors = new Set(found(/(?:failure|InputError)\(\s*'([^']+)'/g).map((match) => match[1]!));
    const lenient = found(/code: '([a-z-]+\/[a-z0-9-]+)',\s*severity: '(warning|info)'/g);
    const levels = lenient.map(
      ([, term, level]) => `${term} ${errors.has(term!) ? 'error or ' : ''}${level}`,
    );
    const marked = [...page.matchAll(/^- `([^`]+)` \(((?:error or )?(?:warning|info))\)/gm)];
    expect(marked.map(([, term, level]) => `${term} ${level}`).toSorted()).toEqual(
      [...new Set(levels)].toSorted(),
    );
  });
});
