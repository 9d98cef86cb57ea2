import type { ManifestPath } from '../base/diagnostic.ts';
import { childKeys, patternOf } from './key-patterns.ts';
import { KEYS } from './keys.ts';
import { problem } from './problem.ts';
import { pathText, quoted, shown, type Problem } from '../formats/yaml/problem.ts';
import { valueAt, type IssueWords } from '../formats/yaml/issues.ts';
import type { Tree } from '../formats/yaml/tree.ts';
import { aboutValue, symbolValueFix } from './wording.ts';

/** What people call some keys elsewhere. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  append: 'cmdline',
  args: 'cmdline',
  bootargs: 'cmdline',
  command_line: 'cmdline',
  config: 'kernel.config',
  initramfs: 'initrd',
  ramdisk: 'initrd',
  root_cell: 'system',
  waiver: 'checks.waive',
  waivers: 'checks.waive',
};

export function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return 'text';
  return typeof value === 'number' ? 'a number' : String(value);
}

/** A key that has its place elsewhere. */
function elsewhere(name: string): string | undefined {
  if (name === 'cells') return 'a machine file has it; the name of one ends in `.machine.yaml`';
  const key =
    Object.keys(KEYS).find((pattern) => pattern.endsWith(`.${name}`) || pattern === name) ??
    (Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined);
  const written = key?.replaceAll('.*', '[]');
  return written?.includes('.')
    ? `write it as \`${written}\`: under its map, indented`
    : written && `did you mean \`${written}\`? It is a key of the top level`;
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
  else if (pattern === 'root' && typeof value === 'string') {
    fix = `the root cell's system config is \`system: ${shown(value)}\`; ${fix}`;
  } else if (pattern === 'checks.require.*') fix = symbolValueFix(value);
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
  const message = `${quoted(name)} is not a kconfig symbol`;
  const fix = `write it as a .config does: ${quoted(`CONFIG_${symbol.toUpperCase()}`)}`;
  return problem('value', range, message, fix, path);
}

function wrongValue(path: ManifestPath, tree: Tree): Problem {
  const pattern = patternOf(path)!;
  const { says, fix } = aboutValue(pattern, valueAt(tree.data, path));
  return problem('value', tree.valueRange(path), `${quoted(pathText(path))} ${says}`, fix, path);
}

export const MANIFEST_WORDS: IssueWords = {
  problem,
  keysOf: (path) => childKeys(patternOf(path) ?? ''),
  sampleOf: (path) => KEYS[patternOf(path)!].sample,
  elsewhere,
  wrong: (code, path, tree) => (code === 'type' ? wrongType : wrongValue)(path, tree),
  wrongKey: wrongSymbol,
};
