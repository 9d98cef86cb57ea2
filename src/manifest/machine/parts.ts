import type { Diagnostic, ManifestPath } from '../../base/diagnostic.ts';
import { issueProblems } from '../../formats/cell/yaml/issues.ts';
import { asWritten, placed } from '../../formats/cell/yaml/parse.ts';
import { valueAt } from '../../formats/yaml/issues.ts';
import type { Problem } from '../../formats/yaml/problem.ts';
import { subtree } from '../../formats/yaml/subtree.ts';
import type { Tree } from '../../formats/yaml/tree.ts';
import type { YamlText } from '../../formats/yaml/yaml.ts';
import { problem } from '../problem.ts';

/** A part of a text that was read; what is no YAML in it is told for the whole. */
export const part = (tree: Tree, at: ManifestPath, without: readonly string[] = []): YamlText => ({
  ...subtree(tree, at, without),
  problems: [],
  readable: true,
});

const valuesOf = (tree: Tree, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(Object(tree.data) as object).filter(([key]) => keys.includes(key)));

interface Schema<Written> {
  shape: object;
  safeParse(
    data: unknown,
  ):
    | { success: true; data: Written }
    | { success: false; error: { issues: Parameters<typeof issueProblems>[0][] } };
}

/** What a part says by a schema of kinds.ts, of the keys that this has. */
export function readKinds<Written>(
  tree: Tree,
  schema: Schema<Written>,
  data: unknown = valuesOf(tree, Object.keys(schema.shape)),
): { written: Written | null; problems: Problem[] } {
  const result = schema.safeParse(asWritten(tree, data, []));
  if (result.success) return { written: result.data, problems: [] };
  const issues = result.error.issues.flatMap((issue) => issueProblems(issue, 'manifest'));
  return { written: null, problems: issues.map((each) => placed(tree, each, [])) };
}

export const byPlace = (problems: readonly Diagnostic[]): Diagnostic[] =>
  problems.toSorted((a, b) => a.range!.start - b.range!.start);

/** A wish is named after its manifest's file; in a machine file it has none. */
export function nameless(tree: Tree, cell: unknown): Problem[] {
  const isWish = typeof cell === 'object' && cell !== null && Object.hasOwn(cell, 'generate');
  if (!isWish || valueAt(tree.data, ['name']) !== undefined) return [];
  const range = tree.keyRange(['cell'])!;
  return [
    problem('missing', range, '`name` is missing: the cell is called so', 'add `name: linux`', ['name']),
  ];
}
