import { type Diagnostic, diagnosticOf, type ManifestPath } from '../base/diagnostic.ts';
import type { CellRequest, EvaluateOptions } from '../evaluate/cell.ts';
import { evaluateKernel, type JudgedKernel } from '../evaluate/kernel.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import type { ConfigKind } from '../formats/cell/identify.ts';
import type { SeenFile } from './files.ts';
import type { InputStore } from './store.ts';

/** Files to check together without a manifest; `null` is what was not given. */
export interface NamedFiles {
  kernel: string | null;
  config: string | null;
  cell: string | null;
  system: string | null;
  /** Joined in order, as a manifest's list is; empty: none given. */
  initrd: readonly string[];
  dtb: string | null;
  loader: string | null;
}

export interface PreparedFiles {
  diagnostics: Diagnostic[];
  /** The file that a finding's path means. */
  fileAt(path: ManifestPath): string | null;
  /** All files, as they were named. */
  inputs: readonly string[];
  /** `null` where nothing could be judged. */
  kernel: JudgedKernel | null;
}

interface Reference {
  path: ManifestPath;
  file: string;
}

/** As a manifest has them, so that findings of both have the same paths. */
function referencesOf({ kernel, config, cell, system, initrd, dtb, loader }: NamedFiles): Reference[] {
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
    ...initrd.map((file, index) => ({ path: initrd.length > 1 ? ['initrd', index] : ['initrd'], file })),
  ];
}

const keyOf = (path: ManifestPath): string => path.join('/');

/** What nobody said without a manifest. The name is that of no bundle: none is made. */
const REQUEST: Omit<CellRequest, 'cmdline'> = {
  name: 'check',
  placement: 'exact',
  checks: { profile: null, require: {}, waive: [] },
};

/** Reads the files and checks all that they show. */
export async function prepareFiles(
  files: NamedFiles,
  cmdline: string | null,
  store: InputStore,
  { rules, ...options }: EvaluateOptions & { rules: readonly Rule[] },
): Promise<PreparedFiles> {
  const references = referencesOf(files);
  const names = new Map(references.map(({ path, file }) => [keyOf(path), file]));
  const prepared = {
    diagnostics: [] as Diagnostic[],
    // A finding about several parts of an initrd is told at the first.
    fileAt: (path: ManifestPath): string | null =>
      names.get(keyOf(path)) ?? names.get(keyOf([...path, 0])) ?? null,
    inputs: references.map(({ file }) => file),
    kernel: null,
  };
  const { diagnostics } = prepared;
  const attempt = async <T>(path: ManifestPath, step: () => Promise<T>): Promise<T | null> => {
    try {
      return await step();
    } catch (error) {
      diagnostics.push(diagnosticOf(error, path));
      return null;
    }
  };

  const seen = new Map<string, SeenFile>();
  for (const { path, file } of references) {
    const found = await attempt(path, () => store.see(file, file));
    if (found) seen.set(keyOf(path), found);
  }
  if (seen.size < references.length) return prepared;

  const at = (...path: string[]): SeenFile | null => seen.get(keyOf(path)) ?? null;
  const read = async (...path: string[]): Promise<Uint8Array | null> => {
    const file = at(...path);
    return file && attempt(path, () => store.config(file));
  };
  /** A config in either form. */
  const config = async <Kind extends ConfigKind>(kind: Kind) => {
    const content = await read(kind);
    if (content === null) return null;
    const { readConfig } = await import('../formats/cell/read.ts');
    const found = await attempt([kind], () => readConfig(content, files[kind]!, { kind }));
    if (found === null) return null;
    const { problems, description } = found;
    if (description !== null) {
      const { elsewhere } = await import('../formats/yaml/elsewhere.ts');
      const placed = problems.map((each) => elsewhere(description.name, description.text, each));
      diagnostics.push(...placed.map((each) => ({ ...each, path: [kind] })));
    }
    return found.config;
  };

  const cell = (await config('cell')) ?? 'unreadable';
  const system = await config('system');
  const kernelConfig = await read('kernel', 'config');
  const dtb = await read('dtb');
  const kernelFile = at('kernel', 'image');
  const kernel = kernelFile && (await attempt(['kernel', 'image'], () => store.kernel(kernelFile)));
  const parts = references
    .filter(({ path }) => path[0] === 'initrd')
    .map(({ path }) => seen.get(keyOf(path))!);
  const initrd =
    parts.length === 0
      ? null
      : await attempt(['initrd'], () => store.initrd(store.stream(parts, parts.length > 1)));
  if (diagnostics.some(({ code }) => code.startsWith('input/'))) return prepared;

  const request = { ...REQUEST, cmdline };
  const kernelInputs = { kernel, kernelConfig, initrd, rules };
  if (files.cell === null) {
    const { verdict, ...told } = evaluateKernel(request, kernelInputs, null, options.profile);
    diagnostics.push(...told.diagnostics, ...told.findings);
    return { ...prepared, kernel: verdict };
  }
  // What is known of cells takes longer to load than a kernel takes to check.
  const { evaluateCell } = await import('../evaluate/cell.ts');
  const loaderSize = at('loader')?.size ?? null;
  const evaluation = evaluateCell(request, { ...kernelInputs, cell, system, dtb, loaderSize }, options);
  diagnostics.push(...evaluation.diagnostics);
  return { ...prepared, kernel: evaluation.kernel };
}
