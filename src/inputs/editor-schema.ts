import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { isThere, writeAtomically, writeNew, type Unfinished } from './atomic-file.ts';

const IN_PACKAGE = join('node_modules', 'rollup-plugin-jailhouse', 'dist', 'manifest.schema.json');

/** What the schema is called where it is written beside a manifest. */
export const SCHEMA_BESIDE = 'jailhouse-manifest.schema.json';

/**
 * The manifests' JSON Schema in the package that is installed for a folder, as seen from there: `../node_modules/...`;
 * `null` if none is.
 */
export async function installedSchema(folder: string): Promise<string | null> {
  const from = resolve(folder);
  for (let at = from; ; at = dirname(at)) {
    const file = join(at, IN_PACKAGE);
    if (await isThere(file)) {
      const path = relative(from, file).split(sep).join('/');
      return path.startsWith('../') ? path : `./${path}`;
    }
    if (dirname(at) === at) return null;
  }
}

/**
 * Writes a schema beside manifests; another one that is there is replaced only by force.
 *
 * @returns what became of it
 */
export async function writeSchema(
  file: string,
  text: string,
  unfinished: Unfinished,
  isForced: boolean,
): Promise<'written' | 'same' | 'kept'> {
  const bytes = new TextEncoder().encode(text);
  if (await writeNew(file, bytes)) return 'written';
  const before = await readFile(file, 'utf8').catch(() => null);
  if (before === text) return 'same';
  if (!isForced) return 'kept';
  await writeAtomically(file, [bytes], unfinished);
  return 'written';
}
