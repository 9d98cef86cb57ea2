import type { Diagnostic, ManifestPath } from '../../base/diagnostic.ts';
import { nearest } from '../../base/text.ts';
import { issueProblems } from '../../formats/cell/yaml/issues.ts';
import { asWritten, placed } from '../../formats/cell/yaml/parse.ts';
import type { CellConfig, SystemConfig } from '../../formats/cell/types.ts';
import { valueAt, type IssueWords } from '../../formats/yaml/issues.ts';
import type { Problem } from '../../formats/yaml/problem.ts';
import { subtree } from '../../formats/yaml/subtree.ts';
import type { Tree } from '../../formats/yaml/tree.ts';
import { parseYaml, type YamlText } from '../../formats/yaml/yaml.ts';
import { MANIFEST_WORDS } from '../issues.ts';
import {
  MANIFEST,
  readManifest,
  readText,
  toRoot,
  toWaivers,
  type FileReference,
  type ParsedManifest,
} from '../parse.ts';
import { problem } from '../problem.ts';
import type { Manifest, Waiver } from '../types.ts';
import type { Wish } from '../wish/parse.ts';
import {
  bareCellSchema,
  imagesSchema,
  MACHINE_KEYS,
  machineSchema,
  manifestFileSchema,
  manifestInPlace,
  orderSchema,
} from './schema.ts';

/** What is loaded into a cell without Linux. */
interface LoadedImage {
  /** Text, or the path of a file. */
  source: { string: string } | { file: string };
  /** As the cell sees it. */
  at: bigint;
}

/** A cell without Linux. */
export interface BareCell {
  name: string | null;
  /** A path, a config that is described in place, or what it shall be made of. */
  cell: string | CellConfig | Wish;
  /** In the order in which they are loaded. */
  images: readonly LoadedImage[];
  /** Where its CPUs start; `null`: where its config says. */
  entry: bigint | null;
  waive: readonly Waiver[];
}

export interface ParsedBareCell extends Omit<ParsedManifest, 'manifest'> {
  /** Null if there is an error among the problems. */
  bare: BareCell | null;
}

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
interface Machine extends Pick<Manifest, 'root'> {
  system: string | SystemConfig;
}

/** A machine file; problems inside its cells are theirs. */
export interface ParsedMachine extends Omit<ParsedManifest, 'manifest'> {
  /** Null if there is an error among the problems. */
  machine: Machine | null;
  cells: readonly MachineCell[];
}

const FIRST_CELL = 'cells: [linux.cell.yaml]';

const kindOf = (value: unknown): string =>
  value === null
    ? 'empty'
    : typeof value === 'object'
      ? 'a map'
      : typeof value === 'string'
        ? 'text'
        : 'a value';

const TOP_WORDS: IssueWords = {
  ...MANIFEST_WORDS,
  keysOf: (path) => (path.length === 0 ? [...MACHINE_KEYS, 'cells'] : MANIFEST_WORDS.keysOf(path)),
  sampleOf: (path) => (path[0] === 'cells' ? FIRST_CELL : MANIFEST_WORDS.sampleOf(path)),
  elsewhere: (name) => {
    const isOfCell = MANIFEST_WORDS.keysOf([]).includes(name);
    return isOfCell ? `\`${name}\` is of a cell: write it in an item of \`cells\`` : undefined;
  },
  wrong(code, path, tree) {
    const value = valueAt(tree.data, path);
    const range = tree.valueRange(path);
    if (path.length === 0) {
      const message = `a machine file is a map of keys; this is ${Array.isArray(value) ? 'a list' : kindOf(value)}`;
      return problem('type', range, message, 'it has `system:` and `cells:`', []);
    }
    if (path[0] !== 'cells') return MANIFEST_WORDS.wrong(code, path, tree);
    const message = Array.isArray(value)
      ? '`cells` is an empty list'
      : `\`cells\` must be a list of cells, not ${kindOf(value)}`;
    return problem(code, range, message, `write \`${FIRST_CELL}\``, path);
  },
};

/** The words of a cell: what a manifest has, without what is the machine's. */
const cellWords = (keys: readonly string[]): IssueWords => ({
  ...MANIFEST_WORDS,
  keysOf: (path) => (path.length === 0 ? [...keys] : MANIFEST_WORDS.keysOf(path)),
  elsewhere: (name) =>
    MACHINE_KEYS.some((key) => key === name)
      ? 'it is of the machine: write it at the top level'
      : MANIFEST_WORDS.elsewhere?.(name),
});

const IN_PLACE_WORDS = cellWords([...Object.keys(manifestInPlace.shape), ...Object.keys(orderSchema.shape)]);
const BARE_WORDS: IssueWords = (() => {
  const words = cellWords([...Object.keys(bareCellSchema.shape), ...Object.keys(imagesSchema.shape)]);
  return {
    ...words,
    keysOf: (path) => (path.join('.') === 'checks' ? ['waive'] : words.keysOf(path)),
    elsewhere: (name) =>
      ['kernel', 'initrd', 'cmdline'].includes(name)
        ? 'a cell with `images` has no Linux: leave out one or the other'
        : words.elsewhere?.(name),
  };
})();

/** A part of a text that was read; what is no YAML in it is told for the whole. */
const part = (tree: Tree, at: ManifestPath, without: readonly string[] = []): YamlText => ({
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
function readKinds<Written>(
  tree: Tree,
  schema: Schema<Written>,
  data: unknown = valuesOf(tree, Object.keys(schema.shape)),
): { written: Written | null; problems: Problem[] } {
  const result = schema.safeParse(asWritten(tree, data, []));
  if (result.success) return { written: result.data, problems: [] };
  const issues = result.error.issues.flatMap((issue) => issueProblems(issue, 'manifest'));
  return { written: null, problems: issues.map((each) => placed(tree, each, [])) };
}

const byPlace = (problems: readonly Diagnostic[]): Diagnostic[] =>
  problems.toSorted((a, b) => a.range!.start - b.range!.start);

/** A wish is named after its manifest's file; in a machine file it has none. */
function nameless(tree: Tree, cell: unknown): Problem[] {
  const isWish = typeof cell === 'object' && cell !== null && Object.hasOwn(cell, 'generate');
  if (!isWish || valueAt(tree.data, ['name']) !== undefined) return [];
  const range = tree.keyRange(['cell'])!;
  return [
    problem('missing', range, '`name` is missing: the cell is called so', 'add `name: linux`', ['name']),
  ];
}

function readImages(
  tree: Tree,
  written: NonNullable<ReturnType<typeof imagesSchema.safeParse>['data']>,
): { images: LoadedImage[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const say = (code: 'missing' | 'conflict', path: ManifestPath, message: string, fix: string): void => {
    problems.push(problem(code, tree.valueRange(path), message, fix, path));
  };
  const given = written.images ?? [];
  if (written.images?.length === 0) {
    say('missing', ['images'], '`images` is empty: nothing is loaded', 'name what the cell runs');
  }
  const images = given.flatMap(({ file, string, at }, index): LoadedImage[] => {
    const path: ManifestPath = ['images', index];
    const name = `\`images[${index}]\``;
    if (file !== undefined && string !== undefined) {
      say('conflict', path, `${name} has \`file\` and \`string\``, 'make two images of it');
      return [];
    }
    if (at === undefined) {
      say('missing', path, `${name} does not say where it goes`, 'add `at: 0x0`');
      return [];
    }
    if (string !== undefined) return [{ source: { string }, at }];
    if (file !== undefined && file !== '') return [{ source: { file }, at }];
    say('missing', path, `${name} has nothing to load`, 'add `file: rtos.bin`, or `string:`');
    return [];
  });
  return { images, problems };
}

function readBareCell(tree: Tree, at: ManifestPath): { parsed: ParsedBareCell; after: readonly string[] } {
  const own = part(tree, at);
  const manifest = part(tree, at, Object.keys(imagesSchema.shape));
  const context = { machineIsGiven: true };
  const { written, inPlace, files, problems } = readText(manifest, bareCellSchema, context, BARE_WORDS);
  const kinds = readKinds(own, imagesSchema);
  const loaded = kinds.written && readImages(own, kinds.written);
  const images = loaded?.images ?? [];
  const all = [
    ...problems,
    ...kinds.problems,
    ...(loaded?.problems ?? []),
    ...nameless(own, valueAt(own.data, ['cell'])),
  ];
  const imageFiles = images.flatMap(({ source }, index): FileReference[] =>
    'file' in source ? [{ path: ['images', index, 'file'], file: source.file }] : [],
  );
  const bare: BareCell | null =
    written && all.length === 0
      ? {
          name: written.name ?? null,
          cell: inPlace.cell ?? (written.cell as string),
          images,
          entry: kinds.written?.entry ?? null,
          waive: toWaivers(written.checks.waive),
        }
      : null;
  return {
    parsed: { bare, files: [...files, ...imageFiles], problems: byPlace(all), locate: own.valueRange },
    after: kinds.written?.after ?? [],
  };
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
      ? { system: inPlace.system ?? (written.system as string), root: toRoot(written) }
      : null;
  return { machine, cells, files, problems: byPlace([...problems, ...ofItems]), locate };
}
