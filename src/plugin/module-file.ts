import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

type Stats = Awaited<ReturnType<typeof stat>>;

const is = (path: string, kind: (stats: Stats) => boolean): Promise<boolean> =>
  stat(path).then(kind, () => false);

const isFile = (path: string): Promise<boolean> => is(path, (stats) => stats.isFile());
const isFolder = (path: string): Promise<boolean> => is(path, (stats) => stats.isDirectory());

async function firstOf(paths: readonly string[], test: (path: string) => Promise<boolean>) {
  for (const path of paths) if (await test(path)) return path;
  return null;
}

/**
 * The file of a module: its id without the query. Names of files and folders may have a `?`, too, so that only the disk
 * says where a query begins.
 */
export async function fileOfModule(id: string): Promise<string> {
  const ends = [...id.matchAll(/\?|$/g)].map(({ index }) => index);
  const shortest = ends.map((end) => id.slice(0, end));
  const file = await firstOf(shortest.toReversed(), isFile);
  if (file !== null) return file;
  // Another plugin has made the module: it is in a folder, at least.
  const inFolder = await firstOf(shortest.toReversed(), (path) => isFolder(dirname(path)));
  return shortest.find((path) => inFolder !== null && dirname(path) === dirname(inFolder)) ?? shortest[0]!;
}
