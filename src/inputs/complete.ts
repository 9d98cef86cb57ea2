import type { CellInputs } from '../evaluate/cell.ts';
import type { RootFacts } from '../formats/root/facts.ts';
import type { Manifest } from '../manifest/types.ts';
import type { Wish } from '../manifest/wish/parse.ts';
import type { Contents, SeenFiles } from './contents.ts';
import { compareFacts } from './machine-facts.ts';
import type { MadeOf, PrepareOptions, SharedMachine } from './prepared.ts';

/** All that is checked, and what the cell was made of where it is a wish. */
interface Completed {
  contents: CellInputs;
  made: MadeOf | null;
}

/** The cell of a wish, on its machine or after the other wishes of the run. */
async function wishedCell(
  manifestFile: string,
  { name, cell }: Manifest & { cell: Wish },
  inputs: SeenFiles,
  given: CellInputs & { rootFacts: RootFacts },
  { machine, neighbours }: Pick<PrepareOptions, 'neighbours'> & { machine: SharedMachine | null },
): Promise<Completed> {
  const { generateFrom, wishName } = await import('./generate.ts');
  const { system, rootFacts } = given;
  const state =
    machine ?? (system && neighbours?.machineFor(system, wishName(name, manifestFile), rootFacts)) ?? null;
  const { cells = [], ends = new Map() } = state ?? {};
  const on = { system: state?.system ?? system, rootFacts, cells, ends };
  const generation = await generateFrom({ name, cell }, manifestFile, inputs, on);
  const generated = generation?.generated;
  if (!generated || !system) return { contents: { ...given, cell: 'unreadable' }, made: null };
  if (machine === null && neighbours) {
    const { planningNote } = await import('./neighbours.ts');
    inputs.diagnostics.push(...planningNote({ ends }));
    neighbours.add(system, generated);
  }
  const { encodeDtb } = await import('../formats/dtb/encode.ts');
  const dtb = generated.tree === null ? ('none' as const) : encodeDtb(generated.tree.blob);
  return {
    contents: { ...given, cell: generated.cell, system: generated.system, dtb },
    made: { given: machine?.given ?? system, ends: generated.ends },
  };
}

/** What a manifest says beside its files: configs in place, a cell to make, and that there is no initrd or device tree. */
export async function completed(
  manifestFile: string,
  manifest: Manifest,
  inputs: SeenFiles,
  contents: Contents,
  around: Pick<PrepareOptions, 'neighbours'> & { machine: SharedMachine | null },
): Promise<Completed> {
  const { machine } = around;
  const { cell, system } = manifest;
  const own = { ...contents, system: typeof system === 'string' ? contents.system : system };
  if (machine) {
    const { given, facts } = machine;
    inputs.diagnostics.push(...compareFacts(own, { system: given, rootFacts: facts }));
  }
  const given = {
    ...own,
    ...(machine ? { system: machine.system, rootFacts: machine.facts } : {}),
    initrd: manifest.initrd === null ? ('none' as const) : contents.initrd,
    dtb: manifest.dtb === null ? ('none' as const) : contents.dtb,
  };
  if (typeof cell === 'string') return { contents: given, made: null };
  if (cell.kind === 'cell') return { contents: { ...given, cell }, made: null };
  return wishedCell(manifestFile, { ...manifest, cell }, inputs, given, around);
}
