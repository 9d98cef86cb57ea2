import { dirname } from 'node:path';
import { hasErrors, type Diagnostic, type ManifestPath } from '../base/diagnostic.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import { dropConsequences } from '../checks/consequences.ts';
import type { CellInputs, CellRequest, EvaluateOptions, Evaluation, PlannedCell } from '../evaluate/cell.ts';
import { versionNamed, type Versioned } from '../formats/cell/layout-ids.ts';
import type { SystemConfig } from '../formats/cell/types.ts';
import type { InputFile } from '../bundle/inputs.ts';
import type { RootFacts } from '../formats/root/facts.ts';
import { profileNote } from '../evaluate/profile-note.ts';
import { statesOfKernel } from '../evaluate/states.ts';
import { evaluateKernel, waivedFindings } from '../evaluate/kernel.ts';
import type { LinkEnds, MachineState } from '../machine/request.ts';
import type { ParsedManifest } from '../manifest/parse.ts';
import type { FileReference } from '../manifest/references.ts';
import type { Manifest, Waiver } from '../manifest/types.ts';
import type { Wish } from '../manifest/wish/parse.ts';
import {
  fileNamedAt,
  readContents,
  type RootFiles,
  rootReferences,
  seeFiles,
  type Contents,
  type SeenFiles,
} from './contents.ts';
import { checkHooks } from './hooks.ts';
import { compareFacts } from './machine-facts.ts';
import { inputFilesOf, manifestTexts, overridesOf } from './input-files.ts';
import type { Neighbours } from './neighbours.ts';
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

/** What a cell was made of. */
interface MadeOf {
  /** As it was named; the cell's may have more links. */
  given: SystemConfig;
  ends: LinkEnds;
}

/** What a manifest says and names, as far as it could be read. */
interface ReadInputs {
  /** What the kernel gets; `null`: there is no kernel, or nobody knows. */
  cmdline: string | null;
  /** `null`: they were not read, because of an error. */
  contents: CellInputs | null;
  /** With the manifest itself. */
  files: readonly InputFile[];
}

/** Of what cannot be read. */
export const NOTHING_READ: ReadInputs = { cmdline: null, contents: null, files: [] };

/** A manifest, read and checked with all that it names. */
export interface PreparedCell extends Prepared {
  locate: ParsedManifest['locate'];
  others?: ParsedManifest['others'];
  /** Of the bundle; `null`: it cannot be told. */
  name: string | null;
  /** `null` where there is an error among the diagnostics (with `force`, not even then), or none is laid out. */
  ready: ReadyCell | null;
  /** Findings that the manifest accepts. */
  waivers: readonly Waiver[];
  read: ReadInputs;
  /** Of a cell that was made of a wish; `null`: its config is given, or it cannot be made. */
  made: MadeOf | null;
}

/** What is told of what nothing is planned for. */
export const NOTHING_PREPARED = {
  planned: null,
  machine: null,
  kernel: null,
  states: null,
  ready: null,
  name: null,
  waivers: [],
  read: NOTHING_READ,
  made: null,
};

/** Files that were read and checked without a manifest. */
export interface PreparedFiles extends Prepared {
  /** All files, as they were named. */
  inputs: readonly string[];
}

export interface PrepareOptions extends EvaluateOptions {
  /** Of the project, beside those that the manifest names. */
  rules?: readonly Rule[];
  /** Where those are from. */
  ruleFiles?: readonly InputFile[];
  /** Lay it out in spite of errors, where that can be done: as upstream's tool, if exact placement has no place. */
  force?: boolean;
  /** `false`: the verdict is wanted alone, and no bundle of a manifest is laid out. */
  layOut?: boolean;
  /** Told of each file before it is looked at, by a path that is relative if the manifest's is. */
  onInput?: (path: string) => void;
  /** Other manifests of the run, whose cells a wish leaves alone. */
  neighbours?: Neighbours;
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
  /** Of the cell's and the system's binary config. */
  layout?: Versioned | undefined;
}

/** A machine that several cells are cut out of. */
export interface SharedMachine extends MachineState {
  /** As it was given; `system` has the links of the cells so far, too. */
  given: SystemConfig;
  /** Of the binary configs of cells that name none. */
  layout: Manifest['layout'];
}

/** The date in UTC, as manifests write dates: `2027-06-30`. */
export const today = (): string => new Date().toISOString().slice(0, 10);

const NOTHING: Evaluated = { planned: null, machine: null, kernel: null, states: null };

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
    const findings = waivedFindings(request, contents, { verdict, ...told }, options.today);
    diagnostics.push(...told.diagnostics, ...findings);
    diagnostics.push(...profileNote(request.checks.profile, options.profile, verdict, diagnostics));
    return { ...NOTHING, kernel: verdict, states: statesOfKernel(verdict) };
  }
  // What is known of cells takes longer to load than a kernel takes to check.
  const { evaluateCell } = await import('../evaluate/cell.ts');
  const { diagnostics: found, ...evaluated } = evaluateCell(request, contents, options);
  diagnostics.push(...found);
  return evaluated;
}

/** Where upstream's tool puts everything, whether that can be loaded or not; `null`: it has no place, either. */
async function planAsUpstream(
  manifest: Manifest,
  contents: CellInputs,
  options: EvaluateOptions,
): Promise<PlannedCell | null> {
  if (manifest.placement === 'upstream' || contents.cell === null) return null;
  const { evaluateCell } = await import('../evaluate/cell.ts');
  return evaluateCell({ ...manifest, placement: 'upstream' }, contents, options).planned;
}

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
async function completed(
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

/** Reads what a manifest names, checks everything, and lays out the bundle. */
export async function prepareCell(
  manifestFile: string,
  text: string,
  store: InputStore,
  options: PrepareOptions,
): Promise<PreparedCell> {
  const { parseLayers } = await import('../manifest/parse.ts');
  const { readLayers } = await import('./layers.ts');
  const parsed = parseLayers(await readLayers(manifestFile, text, options));
  return prepareParsed(manifestFile, text, parsed, store, options, null);
}

/**
 * Reads what a manifest that was parsed names, checks everything, and lays out the bundle.
 *
 * @param text of it; `null`: it is a part of a machine file
 * @param machine what its machine file says, with the cells before it; `null`: it says so itself
 */
export async function prepareParsed(
  manifestFile: string,
  text: string | null,
  { manifest, files, problems, locate, others = [] }: ParsedManifest,
  store: InputStore,
  {
    rules = [],
    ruleFiles = [],
    onInput,
    neighbours,
    force = false,
    layOut = true,
    ...options
  }: PrepareOptions,
  machine: SharedMachine | null,
): Promise<PreparedCell> {
  const layout = versionNamed(manifest?.layout ?? machine?.layout);
  const inputs = await seeFiles({ files, folder: dirname(manifestFile), layout }, store, onInput);
  const { diagnostics } = inputs;
  diagnostics.unshift(...problems);
  const sources = text === null ? [] : manifestTexts(manifestFile, text, others);
  // A machine file has what all of its cells are checked by.
  const inputFiles = [...inputFilesOf(inputs, sources), ...(machine === null ? ruleFiles : [])];
  const told = {
    diagnostics,
    locate,
    others,
    fileAt: (path: ManifestPath) => fileNamedAt(inputs, path),
    descriptions: inputs.descriptions,
    name: manifest?.name ?? null,
    waivers: manifest?.checks.waive ?? [],
    read: { cmdline: manifest?.cmdline ?? null, contents: null, files: inputFiles },
    made: null,
  };
  if (manifest === null || hasErrors(diagnostics)) return { ...told, ...NOTHING, ready: null };

  await checkHooks(inputs);
  const read = await readContents(inputs, manifest.root?.cmdline ?? null, rules);
  const around = { machine, ...(neighbours ? { neighbours } : {}) };
  const { contents, made } = await completed(manifestFile, manifest, inputs, read, around);
  const evaluated = await evaluate(inputs, manifest, contents, options);
  dropConsequences(diagnostics);
  const planned = evaluated.planned ?? (force ? await planAsUpstream(manifest, contents, options) : null);
  const { kernel, system } = contents;
  const named = { ...told, read: { ...told.read, contents }, name: planned?.name ?? told.name, made };
  if (!layOut || planned === null || kernel === null || (hasErrors(diagnostics) && !force)) {
    return { ...named, ...evaluated, ready: null };
  }
  const { layOutBundle } = await import('./pack.ts');
  const overrides = overridesOf(others, files);
  const ready = await layOutBundle(inputs, {
    manifest,
    planned,
    kernel,
    system,
    inputs: inputFiles,
    overrides,
  });
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

export type PrepareFilesOptions = Omit<PrepareOptions, 'onInput' | 'force' | 'ruleFiles' | 'layOut'> & {
  /** Of the root cell's Linux; `null`: not given. */
  rootCmdline?: string | null;
  /** Findings that are accepted. */
  waivers?: readonly Waiver[];
};

/** Reads the files and checks all that they show. */
export async function prepareFiles(
  named: NamedFiles,
  cmdline: string | null,
  store: InputStore,
  { rules = [], rootCmdline = null, waivers = [], ...options }: PrepareFilesOptions,
): Promise<PreparedFiles> {
  const inputs = await seeFiles({ files: referencesOf(named), folder: '', layout: named.layout }, store);
  const { diagnostics, files } = inputs;
  const told = {
    diagnostics,
    fileAt: (path: ManifestPath) => fileNamedAt(inputs, path),
    descriptions: inputs.descriptions,
    inputs: files.map(({ file }) => file),
  };
  if (hasErrors(diagnostics)) return { ...told, ...NOTHING };
  const contents = await readContents(inputs, rootCmdline, rules);
  const request = { ...REQUEST, cmdline, checks: { ...REQUEST.checks, waive: [...waivers] } };
  return { ...told, ...(await evaluate(inputs, request, contents, options)) };
}
