import type { ManifestPath } from '../../../base/diagnostic.ts';
import { valueAt, type IssueWords } from '../../../formats/yaml/issues.ts';
import { pathText, problem, quoted } from '../../../formats/yaml/problem.ts';
import { RULE_KEYS } from './schema.ts';

const patternOf = (path: ManifestPath): string =>
  path.map((step) => (typeof step === 'number' ? '*' : step)).join('.');

const childKeys = (pattern: string): string[] =>
  Object.keys(RULE_KEYS)
    .filter((key) => key.slice(0, Math.max(0, key.lastIndexOf('.'))) === pattern && !key.endsWith('*'))
    .map((key) => key.slice(pattern === '' ? 0 : pattern.length + 1));

function shownValue(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return typeof value === 'object' ? 'a map' : quoted(String(value));
}

export const RULES_WORDS: IssueWords = {
  problem: (code, range, message, fix) => problem(`rules/${code}`, range, message, fix),
  keysOf: (path) => childKeys(patternOf(path)),
  sampleOf: (path) => RULE_KEYS[patternOf(path)]!.sample,
  wrong(code, path, tree) {
    const value = shownValue(valueAt(tree.data, path));
    const key = RULE_KEYS[patternOf(path)];
    const range = tree.valueRange(path);
    if (key === undefined) {
      const message = `a rules file is a map with \`rules\`; this is ${value}`;
      return problem('rules/type', range, message, 'it begins with `rules:`');
    }
    const message = `${quoted(pathText(path))} must be ${key.wanted}, not ${value}`;
    return problem(`rules/${code}`, range, message, `as in \`${key.sample}\``);
  },
};
