import { HOOKS } from '../base/choices.ts';
import type { ManifestPath } from '../base/diagnostic.ts';
import { valueAt } from '../formats/yaml/issues.ts';
import { path as pathSchema } from './schema.ts';

/** A local file that the manifest names. */
export interface FileReference {
  path: ManifestPath;
  file: string;
  /** What its path starts from; absent: the manifest's folder. */
  base?: Base;
}

/** A folder that relative paths start from; `''`: the working directory. */
export interface Base {
  folder: string;
  /** The same as a bundle records it: from the manifest's folder. */
  recorded: string;
}

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
  ...HOOKS.map((hook) => ['bundle', 'hooks', hook]),
];

/** Keys whose files may be several. */
const LISTS_OF_FILES: ReadonlySet<string | number> = new Set(['initrd', 'checks']);

/** Every file that is named in a known place. */
export function fileReferences(data: unknown): FileReference[] {
  return FILE_KEYS.flatMap((path) => {
    const value = valueAt(data, path);
    const named =
      Array.isArray(value) && LISTS_OF_FILES.has(path[0]!)
        ? value.map((file: unknown, index) => ({ path: [...path, index], file }))
        : [{ path, file: value }];
    return named.filter((entry): entry is FileReference => pathSchema.safeParse(entry.file).success);
  });
}
