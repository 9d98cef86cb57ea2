import { dialogueOf } from '../../boot/dialogue.ts';
import { packReady, type ReadyCell } from '../pack.ts';
import type { InputStore } from '../store.ts';
import { bootBundle } from './boot.ts';
import { USUAL, type Boot, type BootOptions } from './types.ts';

/** What a manifest asks of a boot. */
export const askedOf = ({ input }: Pick<ReadyCell, 'input'>): BootOptions => ({
  ...USUAL,
  dialogue: dialogueOf(input.manifest.boot),
  timeout: input.manifest.boot.timeout,
});

/** Starts a cell that passed, as its manifest asks: with all of its files, also with those that stay on the target. */
export async function bootCell(
  ready: ReadyCell,
  store: InputStore,
  options: BootOptions = askedOf(ready),
): Promise<Boot> {
  return bootBundle(packReady(await ready.whole(), store, 0).chunks, options);
}
