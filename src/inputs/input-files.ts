import { basename, isAbsolute } from 'node:path';
import type { InputFile } from '../bundle/inputs.ts';
import { seenAt, type SeenFiles } from './contents.ts';

/** A manifest or machine file that was read. */
export interface ReadText {
  key: 'manifest' | 'machine';
  file: string;
  text: string;
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(bytes).digest('hex');
}

function textFile({ key, file, text }: ReadText): InputFile {
  const bytes = new TextEncoder().encode(text);
  return { key, file: basename(file), size: bytes.length, sha256: () => digestOf(bytes) };
}

/**
 * What a bundle is made from: a manifest or machine file, and all that it names and that can be read.
 *
 * @param source `null`: a part of a machine file, which has it among its own
 */
export function inputFilesOf(inputs: SeenFiles, source: ReadText | null): InputFile[] {
  const { store } = inputs;
  const named = inputs.files.flatMap(({ path, file }): InputFile[] => {
    const seen = seenAt(inputs, ...path);
    if (seen === null) return [];
    return [
      {
        key: path.join('.'),
        // The build machine's folders are nobody's business, and would differ.
        file: isAbsolute(file) ? basename(file) : file,
        size: seen.size,
        sha256: async () => (await store.digest(store.stream([seen], false))).sha256,
      },
    ];
  });
  return source === null ? named : [textFile(source), ...named];
}
