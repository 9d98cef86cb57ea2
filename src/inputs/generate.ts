import { basename } from 'node:path';
import type { SystemConfig } from '../formats/cell/types.ts';
import type { RootFacts } from '../formats/root/facts.ts';
import { generateCell, type Generation } from '../machine/generate.ts';
import type { WishFile } from '../manifest/parse.ts';
import { parsedAt, type SeenFiles } from './contents.ts';

/** `linux` of `linux.cell.yaml`, `board/linux.yml`: what a cell without a name is called. */
const stemOf = (file: string): string => basename(file).replace(/(?:\.cell|\.wish)?\.ya?ml$/, '');

/**
 * Makes the cell that a file wishes for; what is found goes to the inputs' diagnostics.
 *
 * @param file the manifest or wish, for the cell's name
 * @returns `null` where the machine or the overlay cannot be read
 */
export async function generateFrom(
  { name, cell: wish }: Pick<WishFile, 'name' | 'cell'>,
  file: string,
  inputs: SeenFiles,
  { system, rootFacts: facts }: { system: SystemConfig | null; rootFacts: RootFacts },
): Promise<Generation | null> {
  const fragment = await parsedAt(inputs, ['cell', 'generate', 'tree'], async (bytes) =>
    (await import('../formats/dtb/parse.ts')).parseDtb(bytes),
  );
  const isUnread = wish.tree !== null && fragment === null;
  if (system === null || isUnread || inputs.diagnostics.some(({ severity }) => severity === 'error'))
    return null;
  const generation = generateCell(
    { name: name ?? stemOf(file), wish, fragment },
    { system, facts, cells: [] },
  );
  inputs.diagnostics.push(...generation.diagnostics);
  return generation;
}
