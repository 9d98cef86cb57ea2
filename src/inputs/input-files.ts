import { basename, isAbsolute, join } from 'node:path';
import type { ManifestPath } from '../base/diagnostic.ts';
import { byName } from '../bundle/layout.ts';
import type { InputFile, Override } from '../bundle/inputs.ts';
import type { OtherText } from '../manifest/other-text.ts';
import type { FileReference } from '../manifest/references.ts';
import type { YamlText } from '../formats/yaml/yaml.ts';
import { seenAt, type SeenFiles } from './contents.ts';
import type { SeenFile } from './files.ts';
import type { InputStore } from './store.ts';

/** A manifest or machine file that was read, or a file of defaults. */
export interface ReadText {
  key: string;
  /** As it is recorded. */
  file: string;
  text: string;
}

/** The build machine's folders are nobody's business, and would differ. */
const recordable = (file: string): string => (isAbsolute(file) ? basename(file) : file);

/** A manifest, and the files of its defaults. */
export const manifestTexts = (file: string, text: string, others: readonly OtherText[]): ReadText[] => [
  { key: 'manifest', file: basename(file), text },
  ...others.flatMap(({ layer }) =>
    'key' in layer ? [{ key: layer.key, file: recordable(layer.file), text: layer.text }] : [],
  ),
];

async function digestOf(bytes: Uint8Array): Promise<string> {
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(bytes).digest('hex');
}

function textFile({ key, file, text }: ReadText): InputFile {
  const bytes = new TextEncoder().encode(text);
  return { key, file, size: bytes.length, sha256: () => digestOf(bytes) };
}

const digestedFile = (seen: SeenFile, store: InputStore): Pick<InputFile, 'size' | 'sha256'> => ({
  size: seen.size,
  sha256: async () => (await store.digest(store.stream([seen], false))).sha256,
});

/** A file that an option names. */
export const optionFile = (key: string, file: string, seen: SeenFile, store: InputStore): InputFile => ({
  key,
  file: recordable(file),
  ...digestedFile(seen, store),
});

/** What maps and lists come to: the paths of all else in them, and the values there. */
function* leavesOf(value: unknown, path: ManifestPath = []): Generator<[ManifestPath, unknown]> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) yield [path, value];
  for (const [key, inner] of entries) {
    yield* leavesOf(inner, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

/** A value as it is written in YAML. */
const textOf = (value: unknown, path: ManifestPath, { numberText }: YamlText): string =>
  typeof value === 'string' ? value : (numberText(path) ?? JSON.stringify(value));

/**
 * What of a manifest options set, by key. How it is booted changes nothing of a bundle.
 *
 * @param files that the manifest names, with what options name
 */
export function overridesOf(others: readonly OtherText[], files: readonly FileReference[]): Override[] {
  const named = new Set(files.map(({ path }) => path.join('.')));
  const values = new Map<string, string>();
  for (const { layer } of others.toReversed()) {
    if ('key' in layer) continue;
    for (const [path, value] of leavesOf(layer.tree.data)) {
      const key = path.join('.');
      const text = textOf(value, path, layer.tree);
      const isFile = named.has(key) || path[0] === 'defaults';
      if (path[0] !== 'boot') values.set(key, isFile ? recordable(text) : text);
    }
  }
  return [...values].map(([key, value]) => ({ key, value })).toSorted((a, b) => byName(a.key, b.key));
}

/**
 * What a bundle is made from: a manifest or machine file, and all that it names and that can be read.
 *
 * @param sources none: a part of a machine file, which has it among its own
 */
export function inputFilesOf(inputs: SeenFiles, sources: readonly ReadText[]): InputFile[] {
  const { store } = inputs;
  const named = inputs.files.flatMap(({ path, file, base }): InputFile[] => {
    const seen = seenAt(inputs, ...path);
    if (seen === null) return [];
    return [
      {
        key: path.join('.'),
        file: recordable(isAbsolute(file) || !base ? file : join(base.recorded, file)),
        ...digestedFile(seen, store),
      },
    ];
  });
  return [...sources.map(textFile), ...named];
}
