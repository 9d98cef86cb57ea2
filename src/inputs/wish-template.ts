import { InputError } from '../base/diagnostic.ts';
import { offer } from '../machine/offer.ts';
import { rootReferences, readContents, seeFiles } from './contents.ts';
import { InputStore } from './store.ts';

/**
 * A wish with what a machine offers.
 *
 * @throws InputError where a file cannot be read
 */
export async function wishTemplate(system: string, board: string | null): Promise<string> {
  const files = [
    { path: ['system'], file: system },
    ...rootReferences({ board, rootIomem: null, rootConfig: null }),
  ];
  const inputs = await seeFiles({ files, folder: '' }, new InputStore());
  const contents = await readContents(inputs, null, []);
  const [first] = inputs.diagnostics;
  if (first !== undefined) {
    const { code, message, ...more } = first;
    throw new InputError(code, message, more);
  }
  return offer(
    { system: contents.system!, facts: contents.rootFacts, cells: [], ends: new Map() },
    system,
    board,
  );
}
