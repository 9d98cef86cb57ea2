import { resolve } from 'node:path';
import type { TransformPluginContext } from 'rollup';
import { InputError, type ManifestPath } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { findCacheFolder } from '../inputs/boot/cache.ts';
import { bootOnce } from '../inputs/boot/once.ts';
import type { ReadyCell } from '../inputs/pack.ts';
import type { InputStore } from '../inputs/store.ts';

/** The plugin's option `boot`, as an object. */
export interface BootOption {
  /**
   * The folder that remembers which bundles started, so that these are not started again; `false`: none.
   * @default node_modules/.cache/rollup-plugin-jailhouse/boot of the package around the working directory
   */
  cacheDir?: string | false;
}

const folderOf = async ({ cacheDir }: BootOption): Promise<string | null> =>
  cacheDir === false ? null : cacheDir === undefined ? findCacheFolder(process.cwd()) : resolve(cacheDir);

/** A cell with Linux of a bundle. */
export interface StartableCell {
  ready: ReadyCell;
  /** Where the module has what is at a path of the cell's manifest. */
  placeOf(path: ManifestPath): ManifestPath;
}

/** What the option `boot` asks for. */
export interface DemandedBoot {
  /** The cells with Linux of the bundle. */
  starts: readonly StartableCell[];
  option: BootOption;
}

/**
 * Starts each cell with Linux of a bundle in QEMU.
 *
 * @param sums SHA256SUMS of the bundle
 * @throws InputError if one does not start, or if that cannot be found out
 */
export async function demandBoot(
  context: TransformPluginContext,
  { starts, option }: DemandedBoot,
  store: InputStore,
  sums: Uint8Array,
): Promise<void> {
  const folder = await folderOf(option);
  if (starts.length === 0) context.info('no cell of the machine has Linux: nothing is started in QEMU');
  for (const { ready, placeOf } of starts) {
    const { name } = ready.contents;
    const started = await bootOnce(ready, store, sums, folder, 'build without the plugin’s option `boot`');
    if ('code' in started) {
      const { code, message, path, ...more } = started;
      const told = starts.length === 1 ? message : `${name}: ${message}`;
      throw new InputError(code, told, { ...more, ...(path === undefined ? {} : { path: placeOf(path) }) });
    }
    const { line, isKnown } = started;
    const says = isKnown ? 'booted in QEMU before, and is unchanged' : 'boots in QEMU';
    context.info(`${name} ${says}: ${printable(line)} (docs/boot.md lists what that does not show)`);
  }
}
