import { isAbsolute, join, resolve } from 'node:path';
import { diagnosticOf, type Diagnostic, type ManifestPath } from '../base/diagnostic.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import type { ConfigKind } from '../formats/cell/identify.ts';
import type { Versioned } from '../formats/cell/layout-ids.ts';
import type { DescriptionText } from '../formats/cell/read.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import type { InitrdEvidence } from '../formats/initrd/types.ts';
import type { ExaminedKernel } from '../formats/kernel/examine.ts';
import type { RootFacts } from '../formats/root/facts.ts';
import type { FileReference } from '../manifest/references.ts';
import { LIMITS, type SeenFile } from './files.ts';
import type { InputStore, Streamed } from './store.ts';

/** The files to read: those that a manifest names, or others as a manifest would name them. */
export interface References {
  files: readonly FileReference[];
  /** What their paths start from; `''`: the working directory. */
  folder: string;
  /** Of the binary configs among them; absent: the files show it. */
  layout?: Versioned | undefined;
}

/** Files about the root cell's Linux, named without a manifest; `null` is what was not given. */
export interface RootFiles {
  board: string | null;
  rootIomem: string | null;
  rootConfig: string | null;
}

/** As a manifest has them. */
export const rootReferences = ({ board, rootIomem, rootConfig }: RootFiles): FileReference[] =>
  (
    [
      [['board'], board],
      [['root', 'iomem'], rootIomem],
      [['root', 'kernel-config'], rootConfig],
    ] as const
  ).flatMap(([path, file]) => (file === null ? [] : [{ path, file }]));

/** Files that were looked at. */
export interface SeenFiles extends References {
  seen: ReadonlyMap<string, SeenFile>;
  store: InputStore;
  /** All that is wrong with them. */
  diagnostics: Diagnostic[];
  /** The configs among them that are described, by the key that names them. */
  descriptions: Map<string | number, DescriptionText>;
}

/** What files say. `null` is what was not named or cannot be read; a cell that is named is `unreadable` then. */
export interface Contents {
  cell: CellConfig | 'unreadable' | null;
  system: SystemConfig | null;
  kernel: ExaminedKernel | null;
  kernelConfig: Uint8Array | null;
  initrd: InitrdEvidence | null;
  dtb: Uint8Array | null;
  loaderSize: number | null;
  /** Of one that is too large to be a loader, its first bytes. */
  loader: Uint8Array | null;
  rootFacts: RootFacts;
  /** Of the project. */
  rules: readonly Rule[];
}

const keyOf = (path: ManifestPath): string => path.join('/');

/** The file that a finding's path means, by its path; `null` if it means none. */
export function fileNamedAt({ files, folder: own }: References, wanted: ManifestPath): string | null {
  const named = (key: string): FileReference | undefined => files.find(({ path }) => keyOf(path) === key);
  // A finding about several parts of an initrd is told at the first.
  const found = named(keyOf(wanted)) ?? named(keyOf([...wanted, 0]));
  if (!found) return null;
  const { file, base } = found;
  const folder = base?.folder ?? own;
  return folder === '' || isAbsolute(file) ? file : join(folder, file);
}

/** Runs a step as `attempt` does, where it takes time. */
async function attemptRead<T>(
  diagnostics: Diagnostic[],
  path: ManifestPath,
  step: () => T | Promise<T>,
): Promise<T | null> {
  try {
    return await step();
  } catch (error) {
    diagnostics.push(diagnosticOf(error, path));
    return null;
  }
}

/**
 * Looks at every file without reading it; the ones that cannot be read are reported together.
 *
 * @param onInput hears of each file before it is looked at, by a path that is relative where the folder's is
 */
export async function seeFiles(
  references: References,
  store: InputStore,
  onInput?: (path: string) => void,
): Promise<SeenFiles> {
  const seen = new Map<string, SeenFile>();
  const diagnostics: Diagnostic[] = [];
  for (const { path, file, base } of references.files) {
    const absolute = resolve(base?.folder ?? references.folder, file);
    onInput?.(fileNamedAt(references, path)!);
    const found = await attemptRead(diagnostics, path, () => store.see(absolute, file));
    if (found) seen.set(keyOf(path), found);
  }
  return { ...references, seen, store, diagnostics, descriptions: new Map() };
}

/** The file that is named at a path; `null` if none is. */
export const seenAt = ({ seen }: SeenFiles, ...path: ManifestPath): SeenFile | null =>
  seen.get(keyOf(path)) ?? null;

async function readAt(inputs: SeenFiles, path: ManifestPath): Promise<Uint8Array | null> {
  const file = seenAt(inputs, ...path);
  return file && attemptRead(inputs.diagnostics, path, () => inputs.store.config(file));
}

/** A config in either form; `null` if none is named, or if it cannot be read. */
async function readConfigAt<Kind extends ConfigKind>(inputs: SeenFiles, kind: Kind) {
  const content = await readAt(inputs, [kind]);
  if (content === null) return null;
  const { readConfig } = await import('../formats/cell/read.ts');
  const name = fileNamedAt(inputs, [kind])!;
  const found = await attemptRead(inputs.diagnostics, [kind], () =>
    readConfig(content, name, { kind, layout: inputs.layout }),
  );
  if (found === null) return null;
  const { config, problems, description } = found;
  if (description !== null) inputs.descriptions.set(kind, description);
  inputs.diagnostics.push(...problems.map((each) => ({ ...each, path: [kind, ...(each.path ?? [])] })));
  return config;
}

/** The project's own rules, after the `given` ones; ids are unique over all files. */
async function readRules(inputs: SeenFiles, given: readonly Rule[]): Promise<readonly Rule[]> {
  const files = inputs.files.filter(({ path }) => path[0] === 'checks');
  if (files.length === 0) return given;
  // The libraries for YAML take longer to load than a kernel takes to check.
  const { decodeRulesText, parseRulesFile } = await import('../checks/kernel/project/file.ts');
  const { elsewhere } = await import('../formats/yaml/elsewhere.ts');
  const rules = [...given];
  const known = new Map(rules.map(({ id }) => [id, 'a file of --rules']));
  for (const { path, file } of files) {
    const content = await readAt(inputs, path);
    const text =
      content && (await attemptRead(inputs.diagnostics, path, () => decodeRulesText(content, file)));
    if (text === null) continue;
    const parsed = parseRulesFile(text, file, known);
    rules.push(...parsed.rules);
    inputs.diagnostics.push(
      ...parsed.problems.map((problem) => ({ ...elsewhere(file, text, problem), path })),
    );
  }
  return rules;
}

/** A file that a manifest may name, parsed; what reads it is loaded only then. */
export async function parsedAt<T>(
  inputs: SeenFiles,
  path: ManifestPath,
  parse: (bytes: Uint8Array) => Promise<T>,
): Promise<T | null> {
  const bytes = await readAt(inputs, path);
  return bytes && attemptRead(inputs.diagnostics, path, () => parse(bytes));
}

/** @param cmdline of the root cell's Linux, `null` if nobody said */
export async function readRootFacts(inputs: SeenFiles, cmdline: string | null): Promise<RootFacts> {
  return {
    cmdline,
    board: await parsedAt(inputs, ['board'], async (bytes) =>
      (await import('../formats/dtb/parse.ts')).parseDtb(bytes),
    ),
    iomem: await parsedAt(inputs, ['root', 'iomem'], async (bytes) =>
      (await import('../formats/root/iomem.ts')).parseIomem(new TextDecoder().decode(bytes)),
    ),
    kernelConfig: await parsedAt(inputs, ['root', 'kernel-config'], async (bytes) =>
      (await import('../formats/kernel/kconfig.ts')).parseKernelConfig(bytes),
    ),
  };
}

/** The initrd; as a list, its parts are joined. */
export function streamInitrd({ files, seen, store }: SeenFiles): Streamed | null {
  const parts = files.filter(({ path }) => path[0] === 'initrd').map(({ path }) => path);
  if (parts.length === 0) return null;
  return store.stream(
    parts.map((path) => seen.get(keyOf(path))!),
    parts[0]!.length > 1,
  );
}

/**
 * @param rootCmdline of the root cell's Linux, `null` if nobody said
 * @param rules of the project, beside those that are read
 */
export async function readContents(
  inputs: SeenFiles,
  rootCmdline: string | null,
  rules: readonly Rule[],
): Promise<Contents> {
  const { store, diagnostics } = inputs;
  const kernel = seenAt(inputs, 'kernel', 'image');
  const initrd = streamInitrd(inputs);
  const loader = seenAt(inputs, 'loader');
  return {
    cell: (await readConfigAt(inputs, 'cell')) ?? (seenAt(inputs, 'cell') && 'unreadable'),
    system: await readConfigAt(inputs, 'system'),
    kernelConfig: await readAt(inputs, ['kernel', 'config']),
    dtb: await readAt(inputs, ['dtb']),
    rules: await readRules(inputs, rules),
    rootFacts: await readRootFacts(inputs, rootCmdline),
    kernel: kernel && (await attemptRead(diagnostics, ['kernel', 'image'], () => store.kernel(kernel))),
    initrd: initrd && (await attemptRead(diagnostics, ['initrd'], () => store.initrd(initrd))),
    loaderSize: loader?.size ?? null,
    loader: loader && (await attemptRead(diagnostics, ['loader'], () => store.head(loader, LIMITS.loader))),
  };
}
