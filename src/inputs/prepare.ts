import { dirname } from 'node:path';
import { hasErrors, type ManifestPath } from '../base/diagnostic.ts';
import { dropConsequences } from '../checks/consequences.ts';
import type { CellRequest } from '../evaluate/cell.ts';
import { type Versioned, versionNamed } from '../formats/cell/layout-ids.ts';
import type { ParsedManifest } from '../manifest/parse.ts';
import type { FileReference } from '../manifest/references.ts';
import type { Waiver } from '../manifest/types.ts';
import { completed } from './complete.ts';
import { fileNamedAt, readContents, type RootFiles, rootReferences, seeFiles } from './contents.ts';
import { evaluate, NOTHING, planAsUpstream } from './evaluation.ts';
import { checkHooks } from './hooks.ts';
import { inputFilesOf, manifestTexts, overridesOf } from './input-files.ts';
import type { Prepared, PreparedCell, PrepareOptions, SharedMachine } from './prepared.ts';
import type { InputStore } from './store.ts';

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

/** Files that were read and checked without a manifest. */
export interface PreparedFiles extends Prepared {
  /** All files, as they were named. */
  inputs: readonly string[];
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
