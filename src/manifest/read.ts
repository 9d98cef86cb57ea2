import type { z } from 'zod';
import { compileTree } from '../formats/cell/yaml/parse.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import { issueProblems, valueAt, type IssueWords } from '../formats/yaml/issues.ts';
import type { Problem } from '../formats/yaml/problem.ts';
import type { Tree } from '../formats/yaml/tree.ts';
import type { TextKind, YamlText } from '../formats/yaml/yaml.ts';
import { findContradictions, type ManifestContext } from './contradictions.ts';
import { MANIFEST_WORDS } from './issues.ts';
import { problem } from './problem.ts';
import { fileReferences, type FileReference } from './references.ts';
import { isWish, parseWish, type Wish } from './wish/parse.ts';

/** A manifest is some kilobytes; what is larger is another kind of file. */
export const MANIFEST: TextKind = {
  area: 'manifest',
  longest: 1 << 20,
  mostTokens: 60_000,
  oneDocument: 'a manifest is one document: one file for each cell',
};

/** Nothing is known of the machine but what the manifest says. */
export const ALONE: ManifestContext = { machineIsGiven: false };

const MOST_PROBLEMS = 100;

/** The configs that are described in place, and the cell that is wished for. */
export interface InPlace {
  cell: CellConfig | Wish | null;
  system: SystemConfig | null;
}

/** Compiles what is described in place; its problems are the manifest's. */
function compileInPlace(tree: Tree): { configs: InPlace; problems: Problem[] } {
  const configs: InPlace = { cell: null, system: null };
  const problems: Problem[] = [];
  for (const kind of ['cell', 'system'] as const) {
    const data = valueAt(tree.data, [kind]);
    if (typeof data !== 'object' || data === null || Array.isArray(data)) continue;
    if (kind === 'cell' && isWish(data)) {
      const { wish, problems: found } = parseWish(tree, data, [kind]);
      configs.cell = wish;
      problems.push(...found);
      continue;
    }
    const { config, problems: found } = compileTree(tree, data, [kind], kind, {});
    if (config?.kind === 'cell') configs.cell = config;
    if (config?.kind === 'system') configs.system = config;
    problems.push(...found);
  }
  return { configs, problems };
}

/** Nothing more is said about the value at a place that could not be read; that its key is unknown still is. */
function isInHole(tree: Tree, { code, path = [] }: Problem): boolean {
  const place = code === 'manifest/unknown-key' ? path.slice(0, -1) : path;
  return tree.holes.some((hole) => hole.every((step, index) => place[index] === step));
}

function checkKind(tree: Tree): Problem | null {
  if (tree.data === null) {
    const fix = '`jailhouse-bundle init` writes one to start from';
    return problem('empty', tree.valueRange([]), 'the manifest is empty', fix, []);
  }
  const format = valueAt(tree.data, ['format']);
  if (format !== 'cell' && format !== 'system') return null;
  return problem(
    'cell-description',
    tree.keyRange(['format'])!,
    `this describes a ${format === 'cell' ? 'cell' : "root cell's system"} (\`format: ${format}\`); it is not a manifest`,
    'compile it with `jailhouse-bundle cell compile`, or check it with `cell check`; a manifest (*.cell.yaml) names it with `cell:` or `system:`',
    ['format'],
  );
}

/** The first problems in the order of the text, and how many more there are. */
export function sorted(problems: readonly Problem[]): Problem[] {
  const all = problems.toSorted((a, b) => a.range.start - b.range.start);
  if (all.length <= MOST_PROBLEMS) return all;
  const shown = all.slice(0, MOST_PROBLEMS);
  const more = `${all.length - MOST_PROBLEMS} more problems are not shown`;
  return [...shown, problem('more', all[MOST_PROBLEMS]!.range, more, 'is this the right file?')];
}

/** What a text says by a schema, or `null` where it has problems. */
export function readText<Schema extends z.ZodType>(
  tree: YamlText,
  schema: Schema,
  context: ManifestContext = ALONE,
  words: IssueWords = MANIFEST_WORDS,
): { written: z.output<Schema> | null; inPlace: InPlace; files: FileReference[]; problems: Problem[] } {
  const nothing: InPlace = { cell: null, system: null };
  const other = tree.readable ? checkKind(tree) : null;
  const isLegible = tree.readable && tree.data !== undefined;
  if (!isLegible || other) {
    const problems = sorted([...tree.problems, ...(other ? [other] : [])]);
    return { written: null, inPlace: nothing, files: [], problems };
  }
  const result = schema.safeParse(tree.data);
  const issues = result.success
    ? []
    : result.error.issues.flatMap((issue) => issueProblems(issue, tree, words));
  const inPlace = compileInPlace(tree);
  const problems = [
    ...tree.problems,
    ...[...issues, ...inPlace.problems, ...findContradictions(tree, context)].filter(
      (each) => !isInHole(tree, each),
    ),
  ];
  return {
    written: result.success && problems.length === 0 ? result.data : null,
    inPlace: inPlace.configs,
    files: fileReferences(tree.data),
    problems: sorted(problems),
  };
}
