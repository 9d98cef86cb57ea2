import type { z } from 'zod';
import type { Diagnostic, ManifestPath } from '../base/diagnostic.ts';
import { compileTree } from '../formats/cell/yaml/parse.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import { joinCmdlineWords } from './cmdline-words.ts';
import { findContradictions, type ManifestContext } from './contradictions.ts';
import { issueProblems, valueAt, type IssueWords } from '../formats/yaml/issues.ts';
import { MANIFEST_WORDS } from './issues.ts';
import { problem } from './problem.ts';
import { isWish, parseWish, type Wish } from './wish/parse.ts';
import { manifestSchema, path as pathSchema, wishFileSchema, type WrittenManifest } from './schema.ts';
import type { Filled, Manifest } from './types.ts';
import type { Problem } from '../formats/yaml/problem.ts';
import type { SourceRange } from '../formats/yaml/source.ts';
import type { Tree } from '../formats/yaml/tree.ts';
import { parseYaml, type TextKind, type YamlText } from '../formats/yaml/yaml.ts';

/** A local file that the manifest names. */
export interface FileReference {
  path: ManifestPath;
  file: string;
}

export interface ParsedManifest {
  /** Null if there is an error among the problems. */
  manifest: Manifest | null;
  /** Every file that is named in a known place, even beside errors: what is missing is then told together with them. */
  files: FileReference[];
  /** In the order of the text, each with its `range`. */
  problems: Diagnostic[];
  /** The place of the value at `path`, or of its nearest ancestor in the text. */
  locate(path: ManifestPath): SourceRange;
}

/** A cell that shall be made, and its machine. */
export type WishFile = Pick<Manifest, 'name' | 'system' | 'layout' | 'board' | 'root'> & { cell: Wish };

interface ParsedWishFile extends Omit<ParsedManifest, 'manifest'> {
  /** Null if there is an error among the problems. */
  wish: WishFile | null;
}

const ALONE: ManifestContext = { machineIsGiven: false };

const MOST_PROBLEMS = 100;

/** A manifest is some kilobytes; what is larger is another kind of file. */
export const MANIFEST: TextKind = {
  area: 'manifest',
  longest: 1 << 20,
  mostTokens: 60_000,
  oneDocument: 'a manifest is one document: one file for each cell',
};

const FILE_KEYS: readonly ManifestPath[] = [
  ['cell'],
  ['cell', 'generate', 'tree'],
  ['kernel', 'image'],
  ['kernel', 'config'],
  ['initrd'],
  ['dtb'],
  ['loader'],
  ['system'],
  ['board'],
  ['root', 'iomem'],
  ['root', 'kernel-config'],
  ['checks', 'rules'],
];

/** Keys whose files may be several. */
const LISTS_OF_FILES: ReadonlySet<string | number> = new Set(['initrd', 'checks']);

function fileReferences(data: unknown): FileReference[] {
  return FILE_KEYS.flatMap((path) => {
    const value = valueAt(data, path);
    const named =
      Array.isArray(value) && LISTS_OF_FILES.has(path[0]!)
        ? value.map((file: unknown, index) => ({ path: [...path, index], file }))
        : [{ path, file: value }];
    return named.filter((entry): entry is FileReference => pathSchema.safeParse(entry.file).success);
  });
}

/** A kconfig value as a `.config` shows it. Beyond 2^53 only the text has all digits. */
function symbolValue(value: string | number, written: string | null): string {
  if (typeof value === 'string') return value;
  if (written === null || !/^(?:0x[0-9a-fA-F]+|0o[0-7]+|[-+]?[0-9]+)$/.test(written)) return String(value);
  if (written.startsWith('0x')) return written;
  const digits = written.replace(/^[-+]/, '');
  return `${written.startsWith('-') ? '-' : ''}${BigInt(digits)}`;
}

/** The configs that are described in place, and the cell that is wished for. */
interface InPlace {
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

/** What a map of the schema says, each of its keys; `null` is what is not written. */
const filled = <Written extends object>({ shape }: { shape: object }, written: Written): Filled<Written> =>
  Object.fromEntries(
    Object.keys(shape).map((key) => [key, written[key as keyof Written] ?? null]),
  ) as Filled<Written>;

export const toRoot = ({ root }: Pick<WrittenManifest, 'root'>): Manifest['root'] =>
  root === undefined ? null : filled(manifestSchema.shape.root.unwrap(), root);

export const toWaivers = (written: WrittenManifest['checks']['waive']): Manifest['checks']['waive'] =>
  written.map(({ rule, reason, until }) => ({
    rule,
    reason: reason.trim().replace(/\s+/g, ' '),
    until: until ?? null,
  }));

function toManifest(written: WrittenManifest, tree: Tree, inPlace: InPlace): Manifest {
  const { initrd, cmdline, checks, boot } = written;
  return {
    ...filled(manifestSchema, written),
    cell: inPlace.cell ?? (written.cell as string),
    kernel: filled(manifestSchema.shape.kernel, written.kernel),
    initrd: initrd === undefined ? null : { paths: [initrd].flat(), joined: Array.isArray(initrd) },
    cmdline: typeof cmdline === 'string' ? cmdline : joinCmdlineWords(cmdline),
    system: inPlace.system ?? (written.system as string | undefined) ?? null,
    root: toRoot(written),
    checks: {
      profile: checks.profile ?? null,
      require: Object.fromEntries(
        Object.entries(checks.require).map(([symbol, value]) => [
          symbol,
          symbolValue(value, tree.numberText(['checks', 'require', symbol])),
        ]),
      ),
      rules: [checks.rules].flat(),
      waive: toWaivers(checks.waive),
    },
    boot: { expect: [boot.expect].flat(), send: [boot.send].flat(), timeout: boot.timeout ?? null },
  };
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
function sorted(problems: readonly Problem[]): Problem[] {
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

/** What a text that was read says as a manifest, by its schema or a part of that. */
export function readManifest(
  tree: YamlText,
  schema: z.ZodType<WrittenManifest>,
  context: ManifestContext,
  words?: IssueWords,
): ParsedManifest {
  const { written, inPlace, files, problems } = readText(tree, schema, context, words);
  const manifest = written && toManifest(written, tree, inPlace);
  return { manifest, files, problems, locate: tree.valueRange };
}

/**
 * The text of a `*.cell.yaml`, checked: either a manifest, or every problem there is, each at its place.
 * Paths are not looked at; see `files`.
 */
export const parseManifest = (text: string, context: ManifestContext = ALONE): ParsedManifest =>
  readManifest(parseYaml(text, MANIFEST), manifestSchema, context);

/**
 * The wish of a manifest, or of a file that has no more than a cell is made of: `name`, `system`, `board`, `root` and
 * `cell: { generate: … }`.
 */
export function parseWishFile(text: string): ParsedWishFile {
  const tree = parseYaml(text, MANIFEST);
  const isManifest = valueAt(tree.data, ['kernel']) !== undefined;
  const { written, inPlace, files, problems } = readText(tree, isManifest ? manifestSchema : wishFileSchema);
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
  return { wish, files: files.filter(({ path }) => isOfMachine(path)), problems, locate: tree.valueRange };
}

const isOfMachine = ([key]: ManifestPath): boolean =>
  ['cell', 'system', 'board', 'root'].includes(String(key));
