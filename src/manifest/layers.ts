import type { ManifestPath } from '../base/diagnostic.ts';
import { mergeLayers, placeLayers, shifted, type Layer, type PlacedLayer } from '../formats/yaml/layers.ts';
import type { Problem } from '../formats/yaml/problem.ts';
import { issueProblems, valueAt } from '../formats/yaml/issues.ts';
import { subtree } from '../formats/yaml/subtree.ts';
import { parseYaml, type TextKind, type YamlText } from '../formats/yaml/yaml.ts';
import { kindOf, MANIFEST_WORDS } from './issues.ts';
import { problem } from './problem.ts';
import { MANIFEST } from './read.ts';
import type { Base, FileReference } from './references.ts';
import type { DefaultsLayer, OtherText, SettingLayer } from './other-text.ts';
import { manifestSchema } from './schema.ts';

export type ManifestLayer = (Layer & { tree: YamlText }) | DefaultsLayer | SettingLayer;

/** A manifest's text, and those that it is read with, as one. */
export interface ManifestText extends YamlText {
  others: readonly OtherText[];
  /** What the relative paths that are named at a path start from; `null`: the manifest's own folder. */
  baseAt(path: ManifestPath): Base | null;
}

/** What is wrong with a place of one layer. */
export interface LayerProblem {
  layer: ManifestLayer;
  problem: Problem;
}

const DEFAULTS: TextKind = { ...MANIFEST, oneDocument: 'a file of defaults is one document' };

/** The text of a file of defaults, and what keeps it from being one. */
export function readDefaults(text: string): { tree: YamlText; problems: Problem[] } {
  const tree = parseYaml(text, DEFAULTS);
  if (!tree.readable) return { tree, problems: tree.problems };
  const { data } = tree;
  const range = tree.valueRange([]);
  const wrong = (code: 'empty' | 'type' | 'cell-description', message: string, fix: string) => ({
    tree: { ...tree, data: Object.create(null) as unknown },
    problems: [...tree.problems, problem(code, range, message, fix, [])],
  });
  if (data === null) {
    return wrong('empty', 'the file of defaults is empty', 'write keys of a manifest into it');
  }
  if (typeof data !== 'object' || Array.isArray(data)) {
    const message = `a file of defaults is a map of a manifest's keys; this is ${kindOf(data)}`;
    return wrong('type', message, 'write keys of a manifest into it, or name another file');
  }
  const format = valueAt(data, ['format']);
  if (format === 'cell' || format === 'system') {
    const what = format === 'cell' ? 'a cell' : "a root cell's system";
    const message = `this describes ${what} (\`format: ${format}\`); it is not a file of defaults`;
    return wrong('cell-description', message, `name it as \`${format}:\`, not as \`defaults:\``);
  }
  const named = valueAt(data, ['defaults']);
  const checked = manifestSchema.shape.defaults.safeParse(named);
  const issues = checked.success ? [] : checked.error.issues;
  return {
    tree,
    problems: [
      ...tree.problems,
      ...issues.flatMap((issue) => issueProblems(issue, tree, MANIFEST_WORDS, ['defaults'])),
    ],
  };
}

/** The files that a text names as its defaults; none where it does so in a wrong way. */
export function namedDefaults({ data }: YamlText): { path: ManifestPath; file: string }[] {
  const { success, data: named } = manifestSchema.shape.defaults.safeParse(valueAt(data, ['defaults']));
  if (!success || named === undefined) return [];
  return typeof named === 'string'
    ? [{ path: ['defaults'], file: named }]
    : named.map((file, index) => ({ path: ['defaults', index], file }));
}

const alone = (tree: YamlText): ManifestText => ({ ...tree, others: [], baseAt: () => null });

/** A manifest's text, without the files of its defaults. */
export const readAlone = (text: string): ManifestText => alone(parseYaml(text, MANIFEST));

const isOther = (layer: ManifestLayer): layer is DefaultsLayer | SettingLayer => 'title' in layer;

/**
 * A manifest with the texts that it is read with.
 *
 * @param settings of the command line; the one that counts most comes first
 * @param defaults the same
 * @param problems of the layers, beside those of their YAML
 */
export function joinLayers(
  own: ManifestLayer,
  settings: readonly SettingLayer[],
  defaults: readonly DefaultsLayer[],
  problems: readonly LayerProblem[],
): ManifestText {
  const { data, readable } = own.tree;
  const isMap = typeof data === 'object' && data !== null && !Array.isArray(data);
  const all = [own, ...settings, ...defaults];
  if (!readable || !isMap || (all.length === 1 && problems.length === 0)) return alone(own.tree);
  const placed = placeLayers(all);
  const startOf = new Map(placed.map(({ layer, start }) => [layer, start]));
  const told = [
    ...[own, ...settings].flatMap((layer) => layer.tree.problems.map((each) => ({ layer, problem: each }))),
    ...problems,
  ].map(({ layer, problem: each }) => ({ ...each, range: shifted(each.range, startOf.get(layer)!) }));
  const inOrder: PlacedLayer<ManifestLayer>[] = [
    ...placed.slice(1, settings.length + 1),
    placed[0]!,
    ...placed.slice(settings.length + 1).map(({ layer, start }) => ({
      // What it names as its own defaults was followed.
      layer: { ...layer, tree: { ...layer.tree, ...subtree(layer.tree, [], ['defaults']) } },
      start,
    })),
  ];
  const merged = mergeLayers(inOrder);
  return {
    ...merged,
    problems: told,
    readable: problems.length === 0 && all.every(({ tree }) => tree.readable),
    others: placed.flatMap(({ layer, start }) => (isOther(layer) ? [{ layer, start }] : [])),
    baseAt: (path) => {
      const { layer } = merged.layerAt(path);
      return isOther(layer) ? layer.base : null;
    },
  };
}

/** Files that are named in a manifest, each with the folder that its path starts from. */
export const filesFrom = ({ baseAt }: ManifestText, files: readonly FileReference[]): FileReference[] =>
  files.map((each) => {
    const base = baseAt(each.path);
    return base === null ? each : { ...each, base };
  });

/** What an option that sets a key says, as a layer; `null`: it does not say which key. */
export function readSetting(option: string): SettingLayer | null {
  const equals = option.indexOf('=');
  const keys = option.slice(0, Math.max(equals, 0)).split('.');
  if (equals < 0 || keys.length > MOST_KEYS || keys.some((key) => !/^[\w-]+$/.test(key))) return null;
  const value = parseYaml(option.slice(equals + 1), SETTING);
  const first = equals + 1;
  const isAbove = (path: ManifestPath): boolean => path.every((step, index) => step === keys[index]);
  const whole = { start: 0, end: option.length };
  const rest = (path: ManifestPath): ManifestPath => path.slice(keys.length);
  const nested = keys.reduceRight<unknown>(
    (inner, key) => Object.assign(Object.create(null) as object, { [key]: inner }),
    value.data,
  );
  const below = (each: Problem): Problem => ({
    ...each,
    ...(each.path ? { path: [...keys, ...each.path] } : {}),
    range: shifted(each.range, first),
  });
  return {
    title: `--set ${option}`,
    text: option,
    base: { folder: '', recorded: '' },
    isAside: true,
    tree: {
      data: nested,
      readable: value.readable,
      problems: value.problems.map(below),
      holes: value.holes.map((hole) => [...keys, ...hole]),
      valueRange: (path) =>
        path.length <= keys.length ? whole : shifted(value.valueRange(rest(path)), first),
      keyRange: (path) => {
        if (path.length > keys.length) {
          const range = value.keyRange(rest(path));
          return range && shifted(range, first);
        }
        return isAbove(path) ? { start: 0, end: equals } : null;
      },
      numberText: (path) => (path.length < keys.length ? null : value.numberText(rest(path))),
    },
  };
}

/** Deeper than any key of a manifest. */
const MOST_KEYS = 16;

const SETTING: TextKind = { ...MANIFEST, oneDocument: 'give one value' };
