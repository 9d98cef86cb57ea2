import type { core } from 'zod';
import type { ManifestPath } from '../../../base/diagnostic.ts';
import { nearest } from '../../../base/text.ts';
import { pathText, problem, quoted, type Problem } from '../../../formats/yaml/problem.ts';
import type { Tree } from '../../../formats/yaml/tree.ts';
import { RULE_KEYS } from './schema.ts';

type Issue = core.$ZodIssue;

const patternOf = (path: ManifestPath): string =>
  path.map((step) => (typeof step === 'number' ? '*' : step)).join('.');

const childKeys = (pattern: string): string[] =>
  Object.keys(RULE_KEYS)
    .filter((key) => key.slice(0, Math.max(0, key.lastIndexOf('.'))) === pattern && !key.endsWith('*'))
    .map((key) => key.slice(pattern === '' ? 0 : pattern.length + 1));

function unknownKey(path: ManifestPath, name: string, tree: Tree): Problem {
  const known = childKeys(patternOf(path));
  const meant = nearest(name, known);
  const where = path.length === 0 ? '' : ` in ${quoted(pathText(path))}`;
  return problem(
    'rules/unknown-key',
    tree.keyRange([...path, name]) ?? tree.valueRange(path),
    `unknown key ${quoted(name)}${where}`,
    meant === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${meant}\`?`,
  );
}

const valueAt = (data: unknown, path: ManifestPath): unknown =>
  path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    data,
  );

function shownValue(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return typeof value === 'object' ? 'a map' : quoted(String(value));
}

/** The place inside a union that is wrong: of the alternative whose kind the value is. */
function innermost(issue: Issue, tree: Tree, at: ManifestPath): Issue[] {
  if (issue.code !== 'invalid_union') return [];
  const isContainer = typeof valueAt(tree.data, at) === 'object';
  return isContainer
    ? (issue.errors.find((errors) => errors.every(({ path }) => path.length > 0)) ?? [])
    : [];
}

/** One issue of the schema in our words, at its place. `root` is the path of what was looked at. */
export function issueProblems(issue: Issue, tree: Tree, root: ManifestPath): Problem[] {
  const path = [...root, ...issue.path] as (string | number)[];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => unknownKey(path, name, tree));
  const inner = innermost(issue, tree, path);
  if (inner.length > 0) return inner.flatMap((each) => issueProblems(each, tree, path));
  const value = valueAt(tree.data, path);
  const key = RULE_KEYS[patternOf(path)];
  if (key === undefined) {
    const message = `a rules file is a map with \`rules\`; this is ${shownValue(value)}`;
    return [problem('rules/type', tree.valueRange(path), message, 'it begins with `rules:`')];
  }
  const name = quoted(pathText(path));
  if (value === undefined) {
    const parent = path.slice(0, -1);
    const { start } = tree.valueRange(parent);
    const range = tree.keyRange(parent) ?? { start, end: start };
    return [problem('rules/missing', range, `${name} is missing`, `add \`${key.sample}\``)];
  }
  const isKind = issue.code === 'invalid_type' || value === null || typeof value === 'object';
  const message = `${name} must be ${key.wanted}, not ${shownValue(value)}`;
  return [
    problem(isKind ? 'rules/type' : 'rules/value', tree.valueRange(path), message, `as in \`${key.sample}\``),
  ];
}
