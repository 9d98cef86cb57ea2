import type { TransformPluginContext } from 'rollup';
import { concatBytes } from '../base/bytes.ts';
import { InputError } from '../base/diagnostic.ts';
import type { ReadyMachine } from '../inputs/pack-machine.ts';
import { packReady, type ReadyBundle, type ReadyCell } from '../inputs/pack.ts';
import type { InputStore } from '../inputs/store.ts';
import type { SecretKey } from '../release/minisign/secret-key.ts';
import type { DemandedBoot } from './boot.ts';
import { bundleModule } from './module.ts';

/** Rollup holds assets in memory, several times over while it writes them. */
const ASSET_LIMIT = 1_000_000_000;

/** Rollup knows one extension only: of `demo.tar.gz` it would make `demo.tar-<hash>.gz`. */
const assetName = ({ contents, compress }: ReadyBundle): string =>
  `${contents.name}.${compress === 'gzip' ? 'tgz' : 'tar'}`;

/** What is kept of an asset with its module. */
export interface EmittedAsset {
  reference: string;
  sha256: string;
  /** The text that is written next to it; `null`: without a key. */
  signature: string | null;
}

/** A module that stands for a bundle. */
interface EmittedBundle {
  code: string;
  asset: EmittedAsset;
}

/** The bundle as it is emitted. The store learns where the files are in it that are streamed. */
async function packWhole(ready: ReadyBundle, store: InputStore, mtime: number, key: SecretKey | null) {
  const starts = new Map<string, Uint8Array>();
  const onRead = (chunk: Uint8Array, path: string): void => {
    if (!starts.has(path)) starts.set(path, chunk);
  };
  const packing = packReady(ready, store, mtime, { key, onRead });
  const chunks: Uint8Array[] = [];
  const places = new Map<Uint8Array, number>();
  let size = 0;
  for await (const chunk of packing.chunks) {
    places.set(chunk, size);
    chunks.push(chunk);
    size += chunk.length;
  }
  const source = concatBytes(chunks);
  for (const [path, streamed] of ready.streams) {
    // Of one that is compressed no chunk is there as it was read.
    const start = places.get(starts.get(path)!);
    if (start !== undefined) store.learnContent(streamed, source.subarray(start, start + streamed.size));
  }
  return { packing, source };
}

/**
 * Emits a bundle, and gives the code of the module that stands for it.
 *
 * @throws InputError if it is too large, does not start, or if nothing can be emitted
 */
export async function emitBundle(
  context: TransformPluginContext,
  ready: ReadyCell | ReadyMachine,
  store: InputStore,
  mtime: number,
  boot: DemandedBoot | null,
  key: SecretKey | null,
): Promise<EmittedBundle> {
  const { size } = ready.contents;
  if (size > ASSET_LIMIT) {
    const where = 'input' in ready ? '' : ' of a cell';
    throw new InputError(
      'plugin/too-large',
      `the bundle would have ${size} bytes, and an asset is kept in memory`,
      {
        requested: `at most ${ASSET_LIMIT} bytes`,
        actual: `${size} bytes`,
        fix: `build it with \`jailhouse-bundle build\`, which streams, or leave the initrd${where} on the target (\`bundle.initrd: /path\`)`,
        path: ['input' in ready ? 'initrd' : 'cells'],
      },
    );
  }
  const { packing, source } = await packWhole(ready, store, mtime, key);
  if (boot !== null) {
    const { demandBoot } = await import('./boot.ts');
    await demandBoot(context, boot, store, packing.sums());
  }
  const reference = context.emitFile({ type: 'asset', name: assetName(ready), source });
  // Vite's development server emits no files: it warns, and gives no id.
  if (reference === '') {
    throw new InputError(
      'plugin/no-assets',
      'the bundler emits no files here, so the bundle would have no URL',
      {
        fix: 'a development server cannot serve bundles: use `vite build`, or `vite build --watch`',
      },
    );
  }
  const { sha256, tarSha256 } = packing.result();
  const code = bundleModule(reference, ready, tarSha256);
  if (key === null) return { code, asset: { reference, sha256, signature: null } };
  const { signFile } = await import('../release/sign-bundle.ts');
  const { contents, compress } = ready;
  const signature = Buffer.from(signFile(key, source, contents.name, compress)).toString();
  return { code, asset: { reference, sha256, signature } };
}
