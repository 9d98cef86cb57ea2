import { dirname } from 'node:path';
import { hasErrors, type Diagnostic, type ManifestPath } from '../base/diagnostic.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import type { CellInputs, CellRequest, EvaluateOptions, Evaluation } from '../evaluate/cell.ts';
import type { SystemConfig } from '../formats/cell/types.ts';
import { evaluateKernel } from '../evaluate/kernel.ts';
import type { MachineState } from '../machine/request.ts';
import type { FileReference, ParsedManifest } from '../manifest/parse.ts';
import type { Manifest, Waiver } from '../manifest/types.ts';
import {
  fileNamedAt,
  readContents,
  type RootFiles,
  rootReferences,
  seeFiles,
  type Contents,
  type SeenFiles,
} from './contents.ts';
import { compareFacts } from './machine-facts.ts';
import type { ReadyCell } from './pack.ts';
import type { InputStore } from './store.ts';

type Evaluated = Omit<Evaluation, 'diagnostics'>;

/** What was read and checked together. */
export interface Prepared extends Evaluated {
  diagnostics: Diagnostic[];
  /** The file that the value at `path` names, as its reader can find it; `null` if it names none. */
  fileAt(path: ManifestPath): string | null;
  /** Descriptions of cells and systems in files of their own, by the key that names them. */
  descriptions: SeenFiles['descriptions'];
}

/** A manifest, read and checked with all that it names. */
export interface PreparedCell extends Prepared {
  locate: ParsedManifest['locate'];
  /** Of the bundle; `null`: it cannot be told. */
  name: string | null;
  /** `null` where there is an error among the diagnostics. */
  ready: ReadyCell | null;
  /** Findings that the manifest accepts. */
  waivers: readonly Waiver[];
}

/** Files that were read and checked without a manifest. */
export interface PreparedFiles extends Prepared {
  /** All files, as they were named. */
  inputs: readonly string[];
}

export interface PrepareOptions extends EvaluateOptions {
  /** Of the project, beside those that the manifest names. */
  rules?: readonly Rule[];
  /** Lay the bundle out with all of its files in it, wherever the manifest leaves them. */
  whole?: boolean;
  /** Lay it out in spite of errors, where that can be done. */
  force?: boolean;
  /** Told of each file before it is looked at. */
  onInput?: (path: string) => void;
}

/** Files to check together without a manifest; `null` is what was not given. */
export interface NamedFiles extends RootFiles {
  kernel: string | null;
  config: string | null;
  cell: string | null;
  system: string | null;
  /** Joined in order, as a manifest's list is; empty: none given. */
  initrd: readonly string[];
  dtb: string | null;
  loader: string | null;
}

/** A machine that several cells are cut out of. */
export interface SharedMachine extends MachineState {
  /** As it was given; `system` has the links of the cells so far, too. */
  given: SystemConfig;
}

/** The date in UTC, as manifests write dates: `2027-06-30`. */
export const today = (): string => new Date().toISOString().slice(0, 10);

const NOTHING: Evaluated = { planned: null, machine: null, kernel: null };

/** Checks all that was read; nothing, where some file cannot be read. */
async function evaluate(
  { diagnostics }: SeenFiles,
  request: CellRequest,
  contents: CellInputs,
  options: EvaluateOptions,
): Promise<Evaluated> {
  if (diagnostics.some(({ code }) => code.startsWith('input/'))) return NOTHING;
  if (contents.cell === null) {
    const { verdict, ...told } = evaluateKernel(request, contents, null, options.profile);
    diagnostics.push(...told.diagnostics, ...told.findings);
    return { ...NOTHING, kernel: verdict };
  }
  // What is known of cells takes longer to load than a kernel takes to check.
  const { evaluateCell } = await import('../evaluate/cell.ts');
  const { diagnostics: found, ...evaluated } = evaluateCell(request, contents, options);
  diagnostics.push(...found);
  return evaluated;
}

/** Nothing stays on the target. */
const ALL_BUNDLED = { kernel: true, initrd: true, loader: true } as const;

/** What a manifest says beside its files: configs in place, a cell to make, and that there is no initrd or device tree. */
async function completed(
  manifestFile: string,
  manifest: Manifest,
  inputs: SeenFiles,
  contents: Contents,
  machine: SharedMachine | null,
): Promise<CellInputs> {
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
  if (typeof cell === 'string') return given;
  if (cell.kind === 'cell') return { ...given, cell };
  const { generateFrom } = await import('./generate.ts');
  const generation = await generateFrom({ ...manifest, cell }, manifestFile, inputs, {
    ...given,
    cells: machine?.cells ?? [],
  });
  const made = generation?.generated;
  if (!made) return { ...given, cell: 'unreadable' };
  const { encodeDtb } = await import('../formats/dtb/encode.ts');
  const dtb = made.tree === null ? ('none' as const) : encodeDtb(made.tree.blob);
  return { ...given, cell: made.cell, system: made.system, dtb };
}

/** Reads what a manifest names, checks everything, and lays out the bundle. */
export async function prepareCell(
  manifestFile: string,
  text: string,
  store: InputStore,
  options: PrepareOptions,
): Promise<PreparedCell> {
  const { parseManifest } = await import('../manifest/parse.ts');
  return prepareParsed(manifestFile, parseManifest(text), store, options, null);
}

/**
 * Reads what a manifest that was parsed names, checks everything, and lays out the bundle.
 *
 * @param machine what its machine file says, with the cells before it; `null`: it says so itself
 */
export async function prepareParsed(
  manifestFile: string,
  { manifest, files, problems, locate }: ParsedManifest,
  store: InputStore,
  { rules = [], onInput, whole = false, force = false, ...options }: PrepareOptions,
  machine: SharedMachine | null,
): Promise<PreparedCell> {
  const inputs = await seeFiles({ files, folder: dirname(manifestFile) }, store, onInput);
  const { diagnostics } = inputs;
  diagnostics.unshift(...problems);
  const told = {
    diagnostics,
    locate,
    fileAt: (path: ManifestPath) => fileNamedAt(inputs, path),
    descriptions: inputs.descriptions,
    name: manifest?.name ?? null,
    waivers: manifest?.checks.waive ?? [],
  };
  if (manifest === null || hasErrors(diagnostics)) return { ...told, ...NOTHING, ready: null };

  const read = await readContents(inputs, manifest.root?.cmdline ?? null, rules);
  const contents = await completed(manifestFile, manifest, inputs, read, machine);
  const evaluated = await evaluate(inputs, manifest, contents, options);
  const { planned } = evaluated;
  const { kernel, system } = contents;
  const named = { ...told, name: planned?.name ?? told.name };
  if (planned === null || kernel === null || (hasErrors(diagnostics) && !force)) {
    return { ...named, ...evaluated, ready: null };
  }
  const { layOutBundle } = await import('./pack.ts');
  const bundled = whole ? { ...manifest, bundle: { ...manifest.bundle, ...ALL_BUNDLED } } : manifest;
  const ready = await layOutBundle(inputs, { manifest: bundled, planned, kernel, system });
  return { ...named, ...evaluated, ready };
}

/** As a manifest has them, so that findings of both have the same paths. */
function referencesOf(named: NamedFiles): FileReference[] {
  const { kernel, config, cell, system, initrd, dtb, loader } = named;
  const single: readonly (readonly [ManifestPath, string | null])[] = [
    [['kernel', 'image'], kernel],
    [['kernel', 'config'], config],
    [['cell'], cell],
    [['system'], system],
    [['dtb'], dtb],
    [['loader'], loader],
  ];
  return [
    ...single.flatMap(([path, file]) => (file === null ? [] : [{ path, file }])),
    ...rootReferences(named),
    ...initrd.map((file, index) => ({ path: initrd.length > 1 ? ['initrd', index] : ['initrd'], file })),
  ];
}

/** What nobody said without a manifest. The name is that of no bundle: none is made. */
const REQUEST: Omit<CellRequest, 'cmdline'> = {
  name: 'check',
  placement: 'exact',
  checks: { profile: null, require: {}, waive: [] },
};

type PrepareFilesOptions = Omit<PrepareOptions, 'onInput' | 'whole' | 'force'> & {
  /** Of the root cell's Linux; `null`: not given. */
  rootCmdline?: string | null;
};

/** Reads the files and checks all that they show. */
export async function prepareFiles(
  named: NamedFiles,
  cmdline: string | null,
  store: InputStore,
  { rules = [], rootCmdline = null, ...options }: PrepareFilesOptions,
): Promise<PreparedFiles> {
  const inputs = await seeFiles({ files: referencesOf(named), folder: '' }, store);
  const { diagnostics, files } = inputs;
  const told = {
    diagnostics,
    fileAt: (path: ManifestPath) => fileNamedAt(inputs, path),
    descriptions: inputs.descriptions,
    inputs: files.map(({ file }) => file),
  };
  if (hasErrors(diagnostics)) return { ...told, ...NOTHING };
  const contents = await readContents(inputs, rootCmdline, rules);
  return { ...told, ...(await evaluate(inputs, { ...REQUEST, cmdline }, contents, options)) };
}
