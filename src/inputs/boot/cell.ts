import { dialogueOf } from '../../boot/dialogue.ts';
import { packCell, type ReadyCell } from '../pack.ts';
import type { InputStore } from '../store.ts';
import { bootBundle } from './boot.ts';
import { USUAL, type Boot, type BootOptions } from './types.ts';

/** What a manifest asks of a boot. */
export const askedOf = ({ manifest }: Pick<ReadyCell, 'manifest'>): BootOptions => ({
  ...USUAL,
  dialogue: dialogueOf(manifest.boot),
  timeout: manifest.boot.timeout,
});

/** Starts a cell that passed, as its manifest asks: with all of its files, also with those that stay on the target. */
export async function bootCell(
  ready: ReadyCell,
  store: InputStore,
  options: BootOptions = askedOf(ready),
): Promise<Boot> {
  return bootBundle(packCell(await ready.whole(), store, 0).chunks, options);
}
