import type { ConfigKind } from '../identify.ts';
import type { CellConfig, SystemConfig } from '../types.ts';
import type { CodeIn } from '../../../base/codes.ts';
import type { Diagnostic, ManifestPath } from '../../../base/diagnostic.ts';
import { problem, type Problem } from '../../yaml/problem.ts';
import type { SourceRange } from '../../yaml/source.ts';
import type { Tree } from '../../yaml/tree.ts';
import { parseYaml, type TextKind } from '../../yaml/yaml.ts';
import { compileData, type CompileOptions } from './compile.ts';

/** As much as the largest config file needs in YAML. */
const DESCRIPTION: TextKind = {
  area: 'description',
  longest: 1 << 25,
  mostTokens: 1_000_000,
  oneDocument: 'a description is one document: one file for each cell',
};

const MOST_PROBLEMS = 100;

/** A description, compiled; or every problem of it at its place. */
export interface ParsedDescription {
  kind: ConfigKind | null;
  config: CellConfig | SystemConfig | null;
  /** In the order of the text, each with its `range`. */
  problems: Diagnostic[];
  /** The place of the value at `path`, or of its nearest ancestor in the text. */
  locate(path: ManifestPath): SourceRange;
}

/** The value at `path` with each number as the text that was written. */
export function asWritten(tree: Tree, value: unknown, path: ManifestPath): unknown {
  if (typeof value === 'number') return tree.numberText(path) ?? String(value);
  if (Array.isArray(value)) return value.map((item, index) => asWritten(tree, item, [...path, index]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, asWritten(tree, item, [...path, key])]),
  );
}

/** Where a problem is shown: at its key, if that is what is wrong. */
export function placed(tree: Tree, each: Diagnostic, root: ManifestPath): Problem {
  const path = [...root, ...(each.path ?? [])];
  const isKey = each.code.endsWith('/unknown-key');
  const range = (isKey ? tree.keyRange(path) : null) ?? tree.valueRange(path);
  // What is missing is told at the key of the map that misses it.
  const isMissing = each.code.endsWith('/missing');
  const parent = isMissing ? tree.keyRange(path.slice(0, -1)) : null;
  const start = tree.valueRange(path.slice(0, -1)).start;
  const missing = isMissing ? (parent ?? { start, end: start }) : null;
  return { ...each, path, range: missing ?? range };
}

/** Compiles the description at `root` of a text that was read; its problems get their places. */
export function compileTree(
  tree: Tree,
  data: unknown,
  root: ManifestPath,
  kind: ConfigKind,
  options: CompileOptions,
): { config: CellConfig | SystemConfig | null; problems: Problem[] } {
  const { config, problems } = compileData(asWritten(tree, data, root), kind, options);
  return { config, problems: problems.map((each) => placed(tree, each, root)) };
}

function kindProblem(tree: Tree): Problem {
  const { data } = tree;
  const at = tree.valueRange([]);
  const start = { start: at.start, end: at.start };
  const area = (code: CodeIn<'description'>, message: string, fix: string, range = start): Problem =>
    problem(`description/${code}`, range, message, fix, []);
  if (data === null)
    return area('empty', 'the description is empty', 'it begins with `format: cell` or `format: system`');
  if (typeof data !== 'object' || Array.isArray(data))
    return area(
      'type',
      'a description is a map of keys',
      'it begins with `format: cell` or `format: system`',
    );
  const { format } = data as { format?: unknown };
  if (format !== undefined) {
    const fix = 'write `cell` or `system`';
    return area('value', '`format` must be cell or system', fix, tree.valueRange(['format']));
  }
  if ('kernel' in data) {
    const fix = 'a manifest (*.cell.yaml) is for `jailhouse-bundle check` and `build`';
    return area('wrong-kind', 'this is a manifest, not the description of a cell', fix);
  }
  return area(
    'missing',
    '`format` is missing',
    'begin with `format: cell`, or `format: system` for a root cell',
  );
}

function sorted(problems: readonly Problem[]): Problem[] {
  const all = problems.toSorted((a, b) => a.range.start - b.range.start);
  if (all.length <= MOST_PROBLEMS) return all;
  const message = `${all.length - MOST_PROBLEMS} more problems are not shown`;
  const more = problem('description/more', all[MOST_PROBLEMS]!.range, message, 'is this the right file?');
  return [...all.slice(0, MOST_PROBLEMS), more];
}

/** Compiles the text of a `*.jailhouse.yaml`. */
export function parseDescription(text: string, options: CompileOptions = {}): ParsedDescription {
  const tree = parseYaml(text, DESCRIPTION);
  const locate = tree.valueRange;
  const failed = (problems: readonly Problem[], kind: ConfigKind | null = null): ParsedDescription => ({
    kind,
    config: null,
    problems: sorted(problems),
    locate,
  });
  if (!tree.readable || tree.data === undefined) return failed(tree.problems);
  const format = Object(tree.data).format as unknown;
  if (format !== 'cell' && format !== 'system') return failed([...tree.problems, kindProblem(tree)]);
  if (tree.problems.length > 0) return failed(tree.problems, format);
  const { config, problems } = compileTree(tree, tree.data, [], format, options);
  return { kind: format, config, problems: sorted(problems), locate };
}
