import { resolve } from 'node:path';
import type { TransformPluginContext } from 'rollup';
import { InputError } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { findCacheFolder } from '../inputs/boot/cache.ts';
import { bootOnce } from '../inputs/boot/once.ts';
import type { ReadyMachine } from '../inputs/pack-machine.ts';
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

/** Starts a bundle in QEMU. @throws InputError if it does not start, or if that cannot be found out */
export async function demandBoot(
  context: TransformPluginContext,
  ready: ReadyCell | ReadyMachine,
  store: InputStore,
  sums: Uint8Array,
  option: BootOption,
): Promise<void> {
  const without = 'build without the plugin’s option `boot`';
  if (!('input' in ready)) {
    const message = 'whether the bundle starts is not known: the bundle of a machine is not started in QEMU';
    throw new InputError('boot/unsupported', message, { fix: without });
  }
  const folder = await folderOf(option);
  const started = await bootOnce(ready, store, sums, folder, without);
  if ('code' in started) {
    const { code, message, ...more } = started;
    throw new InputError(code, message, more);
  }
  const { line, isKnown } = started;
  const says = isKnown ? 'booted in QEMU before, and is unchanged' : 'boots in QEMU';
  context.info(
    `${ready.contents.name} ${says}: ${printable(line)} (docs/boot.md lists what that does not show)`,
  );
}
