import type { core } from 'zod';
import type { ManifestPath } from '../base/diagnostic.ts';
import { nearest } from '../base/text.ts';
import { childKeys, KEYS, patternOf } from './keys.ts';
import { problem } from './problem.ts';
import { pathText, quoted, shown, type Problem } from '../formats/yaml/problem.ts';
import type { Tree } from '../formats/yaml/tree.ts';
import { aboutValue, symbolValueFix } from './wording.ts';

type Issue = core.$ZodIssue;

/** What people call some keys elsewhere. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  append: 'cmdline',
  args: 'cmdline',
  bootargs: 'cmdline',
  command_line: 'cmdline',
  config: 'kernel.config',
  initramfs: 'initrd',
  ramdisk: 'initrd',
  root: 'system',
  waiver: 'checks.waive',
  waivers: 'checks.waive',
};

/** The value at a path in plain data; undefined where there is none. */
export function valueAt(data: unknown, path: ManifestPath): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return 'text';
  return typeof value === 'number' ? 'a number' : String(value);
}

/** The key that was meant by an unknown one: a typo of its neighbours, or one that stands elsewhere. */
function meantKey(name: string, parent: string): { own: string } | { elsewhere: string } | null {
  const own = nearest(name, childKeys(parent));
  if (own !== undefined) return { own };
  const elsewhere =
    Object.keys(KEYS).find((pattern) => pattern.endsWith(`.${name}`) || pattern === name) ??
    (Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined);
  return elsewhere === undefined ? null : { elsewhere: elsewhere.replaceAll('.*', '[]') };
}

function unknownKey(path: ManifestPath, name: string, tree: Tree): Problem {
  const parent = patternOf(path) ?? '';
  const where = path.length === 0 ? '' : ` in ${quoted(pathText(path))}`;
  const meant = meantKey(name, parent);
  let fix = `known here: ${childKeys(parent).join(', ')}`;
  if (meant && 'own' in meant) fix = `did you mean \`${meant.own}\`?`;
  else if (meant?.elsewhere.includes('.'))
    fix = `write it as \`${meant.elsewhere}\`: under its map, indented`;
  else if (meant) fix = `did you mean \`${meant.elsewhere}\`? It stands at the top level`;
  const range = tree.keyRange([...path, name]) ?? tree.valueRange(path);
  return problem('unknown-key', range, `unknown key ${quoted(name)}${where}`, fix, [...path, name]);
}

function missing(path: ManifestPath, tree: Tree): Problem | null {
  const parent = path.slice(0, -1);
  const name = String(path.at(-1));
  const siblings = Object.keys(Object(valueAt(tree.data, parent)));
  // A typo of this very key is told as such.
  const known = childKeys(patternOf(parent) ?? '');
  if (siblings.some((sibling) => !known.includes(sibling) && nearest(sibling, known) === name)) return null;
  const pattern = patternOf(path)!;
  const start = tree.valueRange(parent);
  const range = tree.keyRange(parent) ?? { start: start.start, end: start.start };
  return problem(
    'missing',
    range,
    `${quoted(pathText(path))} is missing`,
    `add \`${KEYS[pattern].sample}\``,
    path,
  );
}

function wrongType(path: ManifestPath, tree: Tree): Problem {
  const value = valueAt(tree.data, path);
  const pattern = patternOf(path);
  const range = tree.valueRange(path);
  if (pattern === undefined) {
    const message = `a manifest is a map of keys; this is ${kindOf(value)}`;
    return problem(
      'type',
      range,
      message,
      'it begins with `cell:` and `kernel:`; `jailhouse-bundle init` writes one',
      [],
    );
  }
  const { wanted, sample } = KEYS[pattern];
  const name = quoted(pathText(path));
  if (value === null) {
    const optional = !['cell', 'kernel', 'kernel.image'].includes(pattern);
    const fix = pattern === 'checks.require.*' ? symbolValueFix(null) : `write \`${sample}\``;
    return problem(
      'type',
      range,
      `${name} has no value`,
      optional ? `${fix}, or remove ${typeof path.at(-1) === 'number' ? 'it' : 'the key'}` : fix,
      path,
    );
  }
  let fix = `write \`${sample}\``;
  const number = tree.numberText(path);
  if (pattern === 'kernel' && typeof value === 'string') fix = `write \`kernel: { image: ${shown(value)} }\``;
  else if (pattern === 'checks.require.*') fix = symbolValueFix(value);
  else if (wanted.startsWith('text') && kindOf(value) !== 'a list' && kindOf(value) !== 'a map') {
    fix = `put it in quotes: "${shown(number ?? String(value))}"`;
  } else if (wanted.startsWith('true') && value === false) {
    fix = `to leave the file out, name its path on the target: \`${sample}\``;
  }
  return problem('type', range, `${name} must be ${wanted}, not ${kindOf(value)}`, fix, path);
}

function wrongSymbol(path: ManifestPath, tree: Tree): Problem {
  const name = String(path.at(-1));
  const symbol = name.replace(/^config_/i, '').replace(/[^A-Za-z0-9_]/g, '_');
  const range = tree.keyRange(path) ?? tree.valueRange(path);
  const message = `${quoted(name)} is no kconfig symbol`;
  const fix = `write it as a .config does: ${quoted(`CONFIG_${symbol.toUpperCase()}`)}`;
  return problem('value', range, message, fix, path);
}

function wrongValue(path: ManifestPath, tree: Tree): Problem {
  const pattern = patternOf(path)!;
  const { says, fix } = aboutValue(pattern, valueAt(tree.data, path));
  return problem('value', tree.valueRange(path), `${quoted(pathText(path))} ${says}`, fix, path);
}

/** The issues of the alternative that the value's type asks for; null if its type fits none. */
function ofFittingBranch(issue: core.$ZodIssueInvalidUnion): Issue[] | null {
  const fits = (branch: readonly Issue[]): boolean =>
    branch.every(
      ({ code, path }) => path.length > 0 || (code !== 'invalid_type' && code !== 'invalid_value'),
    );
  return issue.errors.find(fits) ?? null;
}

/** One issue of the schema in our words, at its place. `at` is the path of an enclosing union. */
export function issueProblems(issue: Issue, tree: Tree, at: ManifestPath = []): Problem[] {
  const path = [...at, ...issue.path] as (string | number)[];
  const value = valueAt(tree.data, path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => unknownKey(path, name, tree));
  if (issue.code === 'invalid_key') return [wrongSymbol(path, tree)];
  if (value === undefined) {
    const problem = missing(path, tree);
    return problem ? [problem] : [];
  }
  if (issue.code === 'invalid_union') {
    const inner = ofFittingBranch(issue);
    return inner ? inner.flatMap((each) => issueProblems(each, tree, path)) : [wrongType(path, tree)];
  }
  const isType =
    issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof value !== 'string');
  return [isType ? wrongType(path, tree) : wrongValue(path, tree)];
}
