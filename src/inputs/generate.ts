import { basename, dirname } from 'node:path';
import { hasErrors, type ManifestPath } from '../base/diagnostic.ts';
import { checkCell } from '../checks/cell/check.ts';
import { dropConsequences } from '../checks/consequences.ts';
import { versionNamed } from '../formats/cell/layout-ids.ts';
import type { DeviceTree } from '../formats/dtb/types.ts';
import { generateCell, type Generation } from '../machine/generate.ts';
import type { MachineState } from '../machine/request.ts';
import type { OtherText } from '../manifest/other-text.ts';
import { parseWishFile, type WishFile } from '../manifest/wish/file.ts';
import { fileNamedAt, parsedAt, readContents, seeFiles, type SeenFiles } from './contents.ts';
import { readLayers } from './layers.ts';
import type { MachineFacts } from './machine-facts.ts';
import type { InputStore } from './store.ts';

/** `linux` of `linux.cell.yaml`, `board/linux.yml`: what a cell without a name is called. */
const stemOf = (file: string): string => basename(file).replace(/(?:\.cell|\.wish)?\.ya?ml$/, '');

/** What the hypervisor shall know the cell as that a file wishes for. */
export const wishName = (name: string | null, file: string): string => name ?? stemOf(file);

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
  {
    system,
    rootFacts: facts,
    cells = [],
    ends = new Map(),
  }: MachineFacts & Partial<Pick<MachineState, 'cells' | 'ends'>>,
): Promise<Generation | null> {
  const fragment = await parsedAt(inputs, ['cell', 'generate', 'tree'], async (bytes) =>
    (await import('../formats/dtb/parse.ts')).parseDtb(bytes),
  );
  const isUnread = wish.tree !== null && fragment === null;
  if (system === null || isUnread || hasErrors(inputs.diagnostics)) return null;
  const request = { name: wishName(name, file), wish, fragment };
  const generation = generateCell(request, { system, facts, cells, ends });
  inputs.diagnostics.push(...generation.diagnostics);
  return generation;
}

/** What came of a file with a wish, and what was found on the way. */
export interface PreparedWish extends Pick<SeenFiles, 'diagnostics' | 'descriptions'> {
  /** `null` where something could not be read. */
  generation: Generation | null;
  board: DeviceTree | null;
  locate: ReturnType<typeof parseWishFile>['locate'];
  others: readonly OtherText[];
  fileAt(path: ManifestPath): string | null;
}

/** Reads a wish, or the wish of a manifest, with the machine that it names, and makes the cell. */
export async function prepareWish(file: string, text: string, store: InputStore): Promise<PreparedWish> {
  const parsed = parseWishFile(await readLayers(file, text));
  const { wish, files, problems, locate, others = [] } = parsed;
  const layout = versionNamed(wish?.layout);
  const inputs = await seeFiles({ files, folder: dirname(file), layout }, store);
  const { diagnostics, descriptions } = inputs;
  diagnostics.unshift(...problems);
  const told = {
    diagnostics,
    descriptions,
    locate,
    others,
    fileAt: (path: ManifestPath) => fileNamedAt(inputs, path),
  };
  if (wish === null || hasErrors(diagnostics)) return { ...told, generation: null, board: null };
  const contents = await readContents(inputs, wish.root?.cmdline ?? null, []);
  const system = typeof wish.system === 'string' ? contents.system : wish.system;
  const { rootFacts } = contents;
  const generation = await generateFrom(wish, file, inputs, { system, rootFacts });
  if (generation?.generated) {
    const { cell, system: changed } = generation.generated;
    // What the root cell's own config breaks is for `cell check`.
    diagnostics.push(...checkCell(changed, cell, rootFacts).filter(({ path }) => path?.[0] === 'cell'));
    dropConsequences(diagnostics);
  }
  return { ...told, generation, board: rootFacts.board };
}
