import type { ManifestPath } from '../../base/diagnostic.ts';
import { nearest } from '../../base/text.ts';
import type { SystemConfig } from '../../formats/cell/types.ts';
import { valueAt } from '../../formats/yaml/issues.ts';
import type { Problem } from '../../formats/yaml/problem.ts';
import { subtree } from '../../formats/yaml/subtree.ts';
import type { Tree } from '../../formats/yaml/tree.ts';
import { parseYaml } from '../../formats/yaml/yaml.ts';
import { readManifest, toCompatible, toRoot, type ParsedManifest } from '../parse.ts';
import { MANIFEST, readText } from '../read.ts';
import { problem } from '../problem.ts';
import type { Manifest } from '../types.ts';
import { imagesSchema, machineSchema, manifestFileSchema, manifestInPlace, orderSchema } from './schema.ts';
import { readBareCell, type ParsedBareCell } from './bare-cell.ts';
import { byPlace, nameless, part, readKinds } from './parts.ts';
import { IN_PLACE_WORDS, kindOf, TOP_WORDS } from './wording.ts';

/** A cell of a machine; the paths in what is parsed begin at the cell. */
export type MachineCell = {
  /** Where it is in the machine file. */
  at: ManifestPath;
  /** Names of cells that are started before it. */
  after: readonly string[];
} & (
  | { kind: 'file'; file: string }
  | { kind: 'manifest'; parsed: ParsedManifest }
  | { kind: 'bare'; parsed: ParsedBareCell }
);

/** What a machine file says, beside its cells. */
interface Machine extends Pick<Manifest, 'root' | 'layout' | 'version' | 'compatible'> {
  /** Of its bundle; `null`: it is named after the file. */
  name: string | null;
  system: string | SystemConfig;
  compress: Manifest['bundle']['compress'];
}

/** A machine file; problems inside its cells are theirs. */
export interface ParsedMachine extends Omit<ParsedManifest, 'manifest'> {
  /** Null if there is an error among the problems. */
  machine: Machine | null;
  cells: readonly MachineCell[];
}

function readManifestInPlace(
  tree: Tree,
  at: ManifestPath,
): { parsed: ParsedManifest; after: readonly string[] } {
  const own = part(tree, at, Object.keys(orderSchema.shape));
  const parsed = readManifest(own, manifestInPlace, { machineIsGiven: true }, IN_PLACE_WORDS);
  const order = readKinds(part(tree, at), orderSchema);
  const more = [...order.problems, ...nameless(own, valueAt(own.data, ['cell']))];
  return {
    parsed: {
      ...parsed,
      manifest: more.length === 0 ? parsed.manifest : null,
      problems: byPlace([...parsed.problems, ...more]),
    },
    after: order.written?.after ?? [],
  };
}

/** A cell by its kind; what is wrong with the item itself goes to `problems`. */
function readCell(tree: Tree, at: ManifestPath, problems: Problem[]): MachineCell | null {
  const value = valueAt(tree.data, at);
  if (typeof value === 'string' && value !== '') return { kind: 'file', file: value, at, after: [] };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const name = `\`cells[${at.at(-1)}]\``;
    const message = `${name} must be a cell, not ${value === '' ? 'empty' : Array.isArray(value) ? 'a list' : kindOf(value)}`;
    const fix =
      'write the path of a manifest, or a map with `cell` and `kernel`, or with `cell` and `images`';
    if (value !== undefined) problems.push(problem('type', tree.valueRange(at), message, fix, at));
    return null;
  }
  if (Object.hasOwn(value, 'manifest')) {
    const own = subtree(tree, at);
    const { written, problems: found } = readKinds(own, manifestFileSchema, own.data);
    problems.push(...found.map((each) => ({ ...each, path: [...at, ...(each.path ?? [])] })));
    if (written?.manifest === undefined) return null;
    return { kind: 'file', file: written.manifest, at, after: written.after ?? [] };
  }
  if (isBare(value)) return { kind: 'bare', at, ...readBareCell(tree, at) };
  return { kind: 'manifest', at, ...readManifestInPlace(tree, at) };
}

/** Whether an item is of a cell without Linux, misspelt or not. */
const isBare = (value: object): boolean =>
  Object.hasOwn(value, 'images') ||
  (!Object.hasOwn(value, 'kernel') &&
    Object.keys(value).some((key) => nearest(key, Object.keys(imagesSchema.shape)) === 'images'));

/** The text of a `*.machine.yaml`; each cell's problems are with the cell. Paths are not looked at; see `files`. */
export function parseMachine(text: string): ParsedMachine {
  const tree = parseYaml(text, { ...MANIFEST, oneDocument: 'a machine file is one document' });
  const { valueRange: locate } = tree;
  if (tree.readable && tree.data === null) {
    const empty = problem(
      'empty',
      locate([]),
      'the machine file is empty',
      'it has `system:` and `cells:`',
      [],
    );
    return { machine: null, cells: [], files: [], problems: [empty], locate };
  }
  const context = { machineIsGiven: false };
  const { written, inPlace, files, problems } = readText(tree, machineSchema, context, TOP_WORDS);
  const items = valueAt(tree.data, ['cells']);
  const ofItems: Problem[] = [];
  const cells = (Array.isArray(items) ? items : []).flatMap(
    (_, index) => readCell(tree, ['cells', index], ofItems) ?? [],
  );
  const machine: Machine | null =
    written && ofItems.length === 0
      ? {
          name: written.name ?? null,
          system: inPlace.system ?? (written.system as string),
          layout: written.layout ?? null,
          root: toRoot(written),
          compress: written.bundle.compress,
          version: written.version ?? null,
          compatible: toCompatible(written),
        }
      : null;
  return { machine, cells, files, problems: byPlace([...problems, ...ofItems]), locate };
}
