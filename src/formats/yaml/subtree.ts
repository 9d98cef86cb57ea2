import type { ManifestPath } from '../../base/diagnostic.ts';
import { valueAt } from './issues.ts';
import type { Tree } from './tree.ts';

/**
 * The value at `root` as a tree of its own: paths begin there, places are those of the whole text.
 *
 * @param without keys of the map at `root` that are left out
 */
export function subtree(tree: Tree, root: ManifestPath, without: readonly string[] = []): Tree {
  const below = (path: ManifestPath): ManifestPath => [...root, ...path];
  const value = valueAt(tree.data, root);
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = isMap ? Object.entries(value).filter(([key]) => !without.includes(key)) : [];
  return {
    data: isMap ? Object.assign(Object.create(null), Object.fromEntries(entries)) : value,
    holes: tree.holes
      .filter((hole) => root.every((step, index) => hole[index] === step))
      .map((hole) => hole.slice(root.length)),
    valueRange: (path) => tree.valueRange(below(path)),
    keyRange: (path) => tree.keyRange(below(path)),
    numberText: (path) => tree.numberText(below(path)),
  };
}
