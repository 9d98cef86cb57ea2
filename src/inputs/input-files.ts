import { basename, isAbsolute, join } from 'node:path';
import type { InputFile } from '../bundle/inputs.ts';
import type { OtherText } from '../manifest/other-text.ts';
import { seenAt, type SeenFiles } from './contents.ts';

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
        size: seen.size,
        sha256: async () => (await store.digest(store.stream([seen], false))).sha256,
      },
    ];
  });
  return [...sources.map(textFile), ...named];
}
