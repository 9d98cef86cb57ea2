import { BUNDLE_NAMES, bundleContents, type BundleContents } from '../bundle/contents.ts';
import { SIGNATURE_NAME, SUMS_NAME } from '../bundle/names.ts';
import type { BundleFile, BundleInput } from '../bundle/input.ts';
import { packBundle, type BundleEntry, type FileDigest, type Packing } from '../bundle/tar.ts';
import type { BundleFacts } from '../bundle/metadata.ts';
import type { TarPacking } from '../base/choices.ts';
import { versionOf } from '../formats/cell/layout-ids.ts';
import type { SystemConfig } from '../formats/cell/types.ts';
import { encodeConfig } from '../formats/cell/yaml/compile.ts';
import type { Manifest } from '../manifest/types.ts';
import type { SecretKey } from '../release/minisign/secret-key.ts';
import { signSums } from '../release/sign-bundle.ts';
import { seenAt, streamInitrd, type SeenFiles } from './contents.ts';
import { hooksOf } from './hooks.ts';
import type { InputStore, Streamed } from './store.ts';

/** What passed: what packs its bundle. */
export interface ReadyBundle<Facts = unknown> {
  contents: BundleContents<Facts>;
  compress: TarPacking;
  /** What is streamed into the bundle, by its name there, so that its digest can be learnt on the way. */
  streams: ReadonlyMap<string, Streamed>;
}

/** A cell that passed. */
export interface ReadyCell extends ReadyBundle<BundleFacts> {
  /** What its bundle is made of. */
  input: BundleInput;
  /** The same with all files in it, wherever the manifest leaves them, and not compressed. */
  whole(): Promise<ReadyCell>;
}

/** A file that is streamed into a bundle. */
export const streamedFile = (streamed: Streamed, store: InputStore): BundleFile => ({
  in: 'bundle',
  source: store.source(streamed),
  key: streamed.key,
});

/** Nothing stays on the target. */
const WHOLE = { kernel: true, initrd: true, loader: true, compress: 'none' } as const;

const isWhole = ({ bundle }: Pick<Manifest, 'bundle'>): boolean =>
  Object.entries(WHOLE).every(([key, value]) => bundle[key as keyof typeof WHOLE] === value);

type Layable = Pick<BundleInput, 'manifest' | 'planned' | 'kernel' | 'inputs' | 'overrides'> & {
  system: SystemConfig | null;
};

/** Lays out the bundle of a cell that passed; files that stay on the target are hashed. */
export async function layOutBundle(inputs: SeenFiles, layable: Layable): Promise<ReadyCell> {
  const { manifest, planned, kernel, system } = layable;
  const { store, diagnostics } = inputs;
  const { bundle } = manifest;
  const streams = new Map<string, Streamed>();
  const bundled = async (role: 'kernel' | 'initrd' | 'loader', streamed: Streamed): Promise<BundleFile> => {
    const place = bundle[role];
    if (place !== true) return { in: 'target', path: place, digest: await store.digest(streamed) };
    streams.set(BUNDLE_NAMES[role], streamed);
    return streamedFile(streamed, store);
  };
  const kernelFile = seenAt(inputs, 'kernel', 'image')!;
  const loaderFile = seenAt(inputs, 'loader');
  const initrd = streamInitrd(inputs);
  const loader: BundleFile =
    loaderFile !== null
      ? await bundled('loader', store.stream([loaderFile], false))
      : bundle.loader === true
        ? { in: 'installed' }
        : { in: 'target', path: bundle.loader, digest: null };
  const input: BundleInput = {
    manifest,
    planned,
    system: system && versionOf(system),
    kernel,
    diagnostics,
    inputs: layable.inputs,
    overrides: layable.overrides,
    files: {
      cell: encodeConfig(planned.cell),
      system: system && encodeConfig(system),
      kernel: await bundled(
        'kernel',
        kernel.unwrapped === null
          ? store.stream([kernelFile], false)
          : store.content(kernelFile, kernel.unwrapped),
      ),
      initrd: initrd && (await bundled('initrd', initrd)),
      loader,
      hooks: hooksOf(inputs),
    },
  };
  const ready: ReadyCell = {
    input,
    contents: bundleContents(input),
    compress: bundle.compress,
    streams,
    whole: async () =>
      isWhole(manifest)
        ? ready
        : layOutBundle(inputs, { ...layable, manifest: { ...manifest, bundle: { ...bundle, ...WHOLE } } }),
  };
  return ready;
}

/** How a cell is packed. */
export interface CellPacking extends Packing {
  /** SHA256SUMS, which names all of the content, whatever its time is; once `chunks` has come to its end. */
  sums(): Uint8Array;
}

/** The same entry; `onRead` hears of its bytes as they are read. */
function watched(entry: BundleEntry, onRead: Exclude<PackReadyOptions['onRead'], undefined>): BundleEntry {
  const { path, source } = entry;
  if (source instanceof Uint8Array) return entry;
  return {
    ...entry,
    source: {
      ...source,
      async *read() {
        for await (const chunk of source.read()) {
          onRead(chunk, path);
          yield chunk;
        }
      },
    },
  };
}

interface PackReadyOptions {
  /** Signs the bundle. */
  key?: SecretKey | null;
  /** Is given the bytes of kernel, initrd and loader as they are read, with the file's name in the bundle. */
  onRead?: (chunk: Uint8Array, path: string) => void;
}

/** Starts to pack a bundle; what is hashed on the way is remembered for other bundles. */
export function packReady(
  ready: ReadyBundle,
  store: InputStore,
  mtime: number,
  { key = null, onRead }: PackReadyOptions = {},
): CellPacking {
  const { contents, compress, streams } = ready;
  let sums: Uint8Array | undefined;
  const last = async (digests: ReadonlyMap<string, FileDigest>): Promise<BundleEntry[]> => {
    for (const [path, streamed] of streams) {
      const digest = digests.get(path);
      if (digest !== undefined) store.learnDigest(streamed, digest);
    }
    const closing = await contents.last(digests);
    sums = closing.find(({ path }) => path === SUMS_NAME)!.source as Uint8Array;
    if (key === null) return closing;
    return [...closing, { path: SIGNATURE_NAME, source: signSums(key, sums, contents.name) }];
  };
  const entries = onRead ? contents.entries.map((entry) => watched(entry, onRead)) : contents.entries;
  return {
    ...packBundle(entries, last, { name: contents.name, mtime, compress }),
    sums() {
      if (sums === undefined) throw new Error('the bundle has not been read to its end');
      return sums;
    },
  };
}
