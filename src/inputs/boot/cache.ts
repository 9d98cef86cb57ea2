import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { inputErrorOf } from '../../base/diagnostic.ts';
import { TOOL_VERSION } from '../../base/version.ts';
import type { BoxArchitecture } from '../../boot/types.ts';
import type { Manifest } from '../../manifest/types.ts';
import { writeAtomically } from '../atomic-file.ts';
import { monitorFile } from './monitor.ts';

// Boots that reached init, by all that decides about it: what died or was undecided is tried again.

const NAME = 'rollup-plugin-jailhouse';

const canWrite = (path: string): Promise<boolean | null> =>
  access(path, constants.W_OK).then(
    () => true,
    (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? null : false),
  );

/**
 * Where plugins keep what they need not do again: `node_modules/.cache` of the package around a folder; `null`: there is
 * no package, or nothing can be written there.
 *
 * @see find-cache-dir, which most plugins use
 */
export async function findCacheFolder(from: string): Promise<string | null> {
  for (let folder = from; ; folder = dirname(folder)) {
    const isPackage = await access(join(folder, 'package.json')).then(
      () => true,
      () => false,
    );
    if (isPackage) {
      const modules = join(folder, 'node_modules');
      const writable = (await canWrite(modules)) ?? (await canWrite(folder));
      return writable ? join(modules, '.cache', NAME, 'boot') : null;
    }
    if (dirname(folder) === folder) return null;
  }
}

/** All that decides whether a bundle starts. */
export interface BootKey {
  /** SHA256SUMS of the bundle: it names all of its content. */
  sums: Uint8Array;
  /** The cell's name: the bundle of a machine has several. */
  name: string;
  architecture: BoxArchitecture;
  /** Its version. */
  qemu: string;
  asked: Manifest['boot'];
}

const digest = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** A name for the boot, 64 hex digits. */
export function keyOf({ sums, name, architecture, qemu, asked }: BootKey): string {
  const box = (['monitor', 'loader'] as const).map((which) => monitorFile(architecture, which));
  return digest(
    JSON.stringify([
      1,
      TOOL_VERSION,
      name,
      architecture,
      qemu,
      asked,
      digest(sums),
      ...box.map((each) => digest(each)),
    ]),
  );
}

const entry = z.strictObject({ key: z.string(), line: z.string() });
/** The sign of init. */
export type Started = Pick<z.infer<typeof entry>, 'line'>;

const fileOf = (folder: string, key: string): string => join(folder, `${key}.json`);

/** A boot that reached init before; `null`: none is known, or the entry is damaged. */
export async function readStarted(folder: string, key: string): Promise<Started | null> {
  try {
    const found = entry.safeParse(JSON.parse(await readFile(fileOf(folder, key), 'utf8'))).data;
    return found?.key === key ? found : null;
  } catch {
    return null;
  }
}

const NOBODY = { begin: () => undefined, end: () => undefined };

/** Keeps a boot that reached init; where that cannot be written, the next build starts the bundle again. */
export async function keepStarted(folder: string, key: string, { line }: Started): Promise<void> {
  const text = `${JSON.stringify({ key, line })}\n`;
  try {
    await writeAtomically(fileOf(folder, key), [new TextEncoder().encode(text)], NOBODY);
  } catch (error) {
    inputErrorOf(error);
  }
}
