import { packBundle, type BundleEntry, type FileDigest, type Packing } from '../bundle/tar.ts';
import type { ReadyCell } from './prepare.ts';
import type { InputStore } from './store.ts';

/** `<name>.tar` or `<name>.tar.gz`. */
export const archiveName = ({ planned, manifest }: ReadyCell): string =>
  `${planned.name}.tar${manifest.bundle.compress === 'gzip' ? '.gz' : ''}`;

/** The same entry; `onRead` hears of its bytes as they are read. */
function watched(entry: BundleEntry, onRead: (bytes: number) => void): BundleEntry {
  const { source } = entry;
  if (source instanceof Uint8Array) return entry;
  return {
    ...entry,
    source: {
      ...source,
      async *read() {
        for await (const chunk of source.read()) {
          onRead(chunk.length);
          yield chunk;
        }
      },
    },
  };
}

/**
 * Starts to pack a cell's bundle; what is hashed on the way is remembered for other bundles.
 *
 * @param onRead hears of the bytes of kernel, initrd and loader as they are read
 */
export function packCell(
  ready: ReadyCell,
  store: InputStore,
  mtime: number,
  onRead?: (bytes: number) => void,
): Packing {
  const { contents, manifest, streams } = ready;
  const last = (digests: ReadonlyMap<string, FileDigest>): ReturnType<typeof contents.last> => {
    for (const [path, streamed] of streams) {
      const digest = digests.get(path);
      if (digest !== undefined) store.learnDigest(streamed, digest);
    }
    return contents.last(digests);
  };
  const entries = onRead ? contents.entries.map((entry) => watched(entry, onRead)) : contents.entries;
  return packBundle(entries, last, {
    name: contents.name,
    mtime,
    compress: manifest.bundle.compress,
  });
}
