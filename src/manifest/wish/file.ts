import type { ManifestPath } from '../../base/diagnostic.ts';
import { valueAt } from '../../formats/yaml/issues.ts';
import { filesFrom, type ManifestText } from '../layers.ts';
import { toRoot, type ParsedManifest } from '../parse.ts';
import { problem } from '../problem.ts';
import { readText } from '../read.ts';
import { manifestSchema, wishFileSchema } from '../schema.ts';
import type { Manifest } from '../types.ts';
import type { Wish } from './parse.ts';

/** A cell that shall be made, and its machine. */
export type WishFile = Pick<Manifest, 'name' | 'system' | 'layout' | 'board' | 'root'> & { cell: Wish };

interface ParsedWishFile extends Omit<ParsedManifest, 'manifest'> {
  /** Null if there is an error among the problems. */
  wish: WishFile | null;
}

const isOfMachine = ([key]: ManifestPath): boolean =>
  ['cell', 'system', 'board', 'root'].includes(String(key));

/**
 * The wish of a manifest, or of a file that has no more than a cell is made of: `name`, `system`, `board`, `root` and
 * `cell: { generate: … }`.
 */
export function parseWishFile(tree: ManifestText): ParsedWishFile {
  const isManifest = valueAt(tree.data, ['kernel']) !== undefined;
  const { written, inPlace, files, problems } = readText(
    tree,
    isManifest ? manifestSchema : wishFileSchema(),
  );
  const { cell } = inPlace;
  if (written !== null && cell?.kind !== 'wish') {
    const range = tree.keyRange(['cell']) ?? tree.valueRange(['cell']);
    const fix = 'write `cell: { generate: { cpus: 1, memory: 256M } }`';
    problems.push(
      problem('missing', range, '`cell.generate` is missing: nothing is to be made', fix, ['cell']),
    );
  }
  const wish: WishFile | null =
    written !== null && cell?.kind === 'wish'
      ? {
          name: written.name ?? null,
          cell,
          system: inPlace.system ?? (written.system as string | undefined) ?? null,
          layout: written.layout ?? null,
          board: written.board ?? null,
          root: toRoot(written),
        }
      : null;
  // A kernel and what is checked with it is not looked at here.
  const ofMachine = files.filter(({ path }) => isOfMachine(path));
  return {
    wish,
    files: filesFrom(tree, ofMachine),
    problems,
    locate: tree.valueRange,
    others: tree.others,
  };
}
