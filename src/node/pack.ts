import { packBundle, type FileDigest, type Packing } from '../bundle/tar.ts';
import type { ReadyCell } from './prepare.ts';
import type { InputStore } from './store.ts';

/** `<name>.tar` or `<name>.tar.gz`. */
export const archiveName = ({ planned, manifest }: ReadyCell): string =>
  `${planned.name}.tar${manifest.bundle.compress === 'gzip' ? '.gz' : ''}`;

/** Starts to pack a cell's bundle; what is hashed on the way is remembered for other bundles. */
export function packCell(ready: ReadyCell, store: InputStore, mtime: number): Packing {
  const { contents, manifest, streams } = ready;
  const last = (digests: ReadonlyMap<string, FileDigest>): ReturnType<typeof contents.last> => {
    for (const [path, streamed] of streams) {
      const digest = digests.get(path);
      if (digest !== undefined) store.learnDigest(streamed, digest);
    }
    return contents.last(digests);
  };
  return packBundle(contents.entries, last, {
    name: contents.name,
    mtime,
    compress: manifest.bundle.compress,
  });
}
