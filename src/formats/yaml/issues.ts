import type { core } from 'zod';
import type { ManifestPath } from '../../base/diagnostic.ts';
import { nearest } from '../../base/text.ts';
import { pathText, quoted, type Problem } from './problem.ts';
import type { SourceRange } from './source.ts';
import type { Tree } from './tree.ts';

type Issue = core.$ZodIssue;
type IssueCode = 'unknown-key' | 'missing' | 'type' | 'value';

/** What one kind of YAML file adds to the translation of its schema's issues. */
export interface IssueWords {
  /** A problem with the code in the file's area. */
  problem(
    code: IssueCode,
    range: SourceRange,
    message: string,
    fix: string | undefined,
    path: ManifestPath,
  ): Problem;
  /** The keys that the map at a path may have. */
  keysOf(path: ManifestPath): string[];
  /** An example of the key at a path. */
  sampleOf(path: ManifestPath): string;
  /** What to do about an unknown key that no neighbour is like. */
  elsewhere?(name: string): string | undefined;
  /** What is wrong with a value: its type, or (`value`) what it says. */
  wrong(code: 'type' | 'value', path: ManifestPath, tree: Tree): Problem;
  /** What is wrong with the name of a key. */
  wrongKey?(path: ManifestPath, tree: Tree): Problem;
}

/** The value at a path in plain data; undefined where there is none. */
export function valueAt(data: unknown, path: ManifestPath): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** `unknown key `a` in `b.c`` */
export const unknownKeyText = (path: ManifestPath, name: string): string =>
  `unknown key ${quoted(name)}${path.length === 0 ? '' : ` in ${quoted(pathText(path))}`}`;

function unknownKey(path: ManifestPath, name: string, tree: Tree, words: IssueWords): Problem {
  const known = words.keysOf(path);
  const meant = nearest(name, known);
  const fix =
    meant === undefined
      ? (words.elsewhere?.(name) ?? `known here: ${known.join(', ')}`)
      : `did you mean \`${meant}\`?`;
  const range = tree.keyRange([...path, name]) ?? tree.valueRange(path);
  return words.problem('unknown-key', range, unknownKeyText(path, name), fix, [...path, name]);
}

function missing(path: ManifestPath, tree: Tree, words: IssueWords): Problem[] {
  const parent = path.slice(0, -1);
  const known = words.keysOf(parent);
  const isTypoOf = (sibling: string): boolean =>
    !known.includes(sibling) && nearest(sibling, known) === String(path.at(-1));
  // A typo of this very key is reported as such.
  if (Object.keys(Object(valueAt(tree.data, parent))).some(isTypoOf)) return [];
  const { start } = tree.valueRange(parent);
  const range = tree.keyRange(parent) ?? { start, end: start };
  const message = `${quoted(pathText(path))} is missing`;
  return [words.problem('missing', range, message, `add \`${words.sampleOf(path)}\``, path)];
}

/** Whether an issue is about what kind of thing a value is, and not about what it says. */
const isAboutType = ({ code }: Issue, value: unknown): boolean =>
  code === 'invalid_type' ||
  code === 'invalid_union' ||
  (code === 'invalid_value' && typeof value !== 'string');

/** The issues of the alternative that a value is meant for; undefined if its type fits none. */
const fittingBranch = (issue: Issue, value: unknown): Issue[] | undefined =>
  issue.code === 'invalid_union'
    ? issue.errors.find((branch) => branch.every((each) => each.path.length > 0 || !isAboutType(each, value)))
    : undefined;

/**
 * One issue of a file's schema in our words, at its place.
 *
 * @param at the path of what the schema looked at
 */
export function issueProblems(issue: Issue, tree: Tree, words: IssueWords, at: ManifestPath = []): Problem[] {
  const path = [...at, ...issue.path] as (string | number)[];
  const value = valueAt(tree.data, path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => unknownKey(path, name, tree, words));
  }
  if (issue.code === 'invalid_key' && words.wrongKey) return [words.wrongKey(path, tree)];
  if (value === undefined && path.length > 0) return missing(path, tree, words);
  const inner = fittingBranch(issue, value);
  if (inner) return inner.flatMap((each) => issueProblems(each, tree, words, path));
  return [words.wrong(isAboutType(issue, value) ? 'type' : 'value', path, tree)];
}
