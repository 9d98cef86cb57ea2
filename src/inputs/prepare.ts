import { dirname, isAbsolute, join, resolve } from 'node:path';
import { readConfig } from '../formats/cell/read.ts';
import { encodeConfig } from '../formats/cell/yaml/compile.ts';
import { elsewhere } from '../formats/yaml/elsewhere.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import type { BundleFile } from '../bundle/input.ts';
import { BUNDLE_NAMES, bundleContents, type BundleContents } from '../bundle/contents.ts';
import { type Diagnostic, diagnosticOf, hasErrors, type ManifestPath } from '../base/diagnostic.ts';
import {
  evaluateCell,
  type CellOnMachine,
  type EvaluateOptions,
  type PlannedCell,
} from '../evaluate/cell.ts';
import type { JudgedKernel } from '../evaluate/kernel.ts';
import { decodeRulesText, parseRulesFile, type KnownRules } from '../checks/kernel/project/file.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import { parseManifest, type ParsedManifest } from '../manifest/parse.ts';
import type { Manifest, Waiver } from '../manifest/types.ts';
import type { SeenFile } from './files.ts';
import type { InputStore, Streamed } from './store.ts';

/** A manifest, read and checked with all that it names. */
export interface PreparedCell {
  diagnostics: Diagnostic[];
  locate: ParsedManifest['locate'];
  /** The file that the manifest names at `path`, from where the manifest's own path starts; `null` if it names none. */
  fileAt(path: ManifestPath): string | null;
  /** `null` where there is an error among the diagnostics. */
  ready: ReadyCell | null;
  /** For checks of several cells together; `null` where the cell config cannot be read. */
  machine: CellOnMachine | null;
  /** The kernel that the rules were held against; `null` where nothing could be judged. */
  kernel: JudgedKernel | null;
  /** Findings that the manifest accepts. */
  waivers: readonly Waiver[];
}

/** A cell that passed: what packs its bundle. */
export interface ReadyCell {
  manifest: Manifest;
  planned: PlannedCell;
  contents: BundleContents;
  /** What is streamed into the bundle, by its name there, so that its digest can be learnt on the way. */
  streams: ReadonlyMap<string, Streamed>;
}

export interface PrepareOptions extends EvaluateOptions {
  /** Of the project, beside those that the manifest names. */
  rules?: readonly Rule[];
  /** Told of each file before it is looked at. */
  onInput?: (path: string) => void;
}

type SeenFiles = ReadonlyMap<string, SeenFile>;

const keyOf = (path: ManifestPath): string => path.join('/');

/** Looks at every file that the manifest names; the ones that cannot be read are reported together. */
async function seeFiles(
  parsed: ParsedManifest,
  folder: string,
  store: InputStore,
  options: PrepareOptions,
): Promise<{ seen: SeenFiles; problems: Diagnostic[] }> {
  const seen = new Map<string, SeenFile>();
  const problems: Diagnostic[] = [];
  for (const { path, file } of parsed.files) {
    const absolute = resolve(folder, file);
    options.onInput?.(absolute);
    try {
      seen.set(keyOf(path), await store.see(absolute, file));
    } catch (error) {
      problems.push(diagnosticOf(error, path));
    }
  }
  return { seen, problems };
}

/** The file behind a manifest's key; it was looked at before. */
function fileAt(seen: SeenFiles, ...path: (string | number)[]): SeenFile {
  const file = seen.get(keyOf(path));
  if (file === undefined) throw new Error(`the manifest's ${keyOf(path)} was not looked at`);
  return file;
}

/** Reads what a manifest names, checks everything, and lays out the bundle. */
export async function prepareCell(
  manifestFile: string,
  text: string,
  store: InputStore,
  options: PrepareOptions,
): Promise<PreparedCell> {
  const parsed = parseManifest(text);
  const { seen, problems } = await seeFiles(parsed, dirname(manifestFile), store, options);
  const diagnostics = [...parsed.problems, ...problems];
  const { manifest, locate } = parsed;
  const fileNamedAt = (wanted: ManifestPath): string | null => {
    const named = parsed.files.find(({ path }) => keyOf(path) === keyOf(wanted))?.file;
    if (named === undefined) return null;
    return isAbsolute(named) ? named : join(dirname(manifestFile), named);
  };
  const waivers = manifest?.checks.waive ?? [];
  const told = { diagnostics, locate, fileAt: fileNamedAt, waivers };
  if (manifest === null || hasErrors(diagnostics)) {
    return { ...told, ready: null, machine: null, kernel: null };
  }

  const read = async <T>(path: ManifestPath, step: () => Promise<T>): Promise<T | null> => {
    try {
      return await step();
    } catch (error) {
      diagnostics.push(diagnosticOf(error, path));
      return null;
    }
  };
  const file = (...path: string[]): Promise<Uint8Array | null> =>
    read(path, () => store.config(fileAt(seen, ...path)));
  /** A config from a file in either form, or as it is described in place. */
  const config = async <Config extends CellConfig | SystemConfig>(
    kind: Config['kind'],
    wanted: string | Config | null,
  ): Promise<Config | null> => {
    if (typeof wanted !== 'string') return wanted;
    const content = await file(kind);
    const found = content && (await read([kind], () => readConfig(content, wanted, { kind })));
    if (found === null) return null;
    const { problems, description } = found;
    const { name, text } = description ?? { name: wanted, text: '' };
    diagnostics.push(...problems.map((problem) => ({ ...elsewhere(name, text, problem), path: [kind] })));
    return found.config as Config | null;
  };

  /** Ids are unique over all files. */
  const readRules = async (names: readonly string[]): Promise<Rule[]> => {
    const rules = [...(options.rules ?? [])];
    const known: KnownRules = new Map(rules.map(({ id }) => [id, 'a file of --rules']));
    for (const [index, name] of names.entries()) {
      const path = ['checks', 'rules', ...(seen.has(keyOf(['checks', 'rules'])) ? [] : [index])];
      const text = await read(path, async () =>
        decodeRulesText(await store.config(fileAt(seen, ...path)), name),
      );
      if (text === null) continue;
      const parsed = parseRulesFile(text, name, known);
      rules.push(...parsed.rules);
      diagnostics.push(...parsed.problems.map((problem) => ({ ...problem, path })));
    }
    return rules;
  };

  const cell = await config<CellConfig>('cell', manifest.cell);
  const system = await config<SystemConfig>('system', manifest.system);
  const kernelConfig = manifest.kernel.config === null ? null : await file('kernel', 'config');
  const dtb = manifest.dtb === null ? 'none' : await file('dtb');
  const rules = await readRules(manifest.checks.rules);
  const kernelFile = fileAt(seen, 'kernel', 'image');
  const kernel = await read(['kernel', 'image'], () => store.kernel(kernelFile));
  const initrd = manifest.initrd && store.stream(initrdFiles(manifest.initrd, seen), manifest.initrd.joined);
  const initrdEvidence = initrd && (await read(['initrd'], () => store.initrd(initrd)));
  const loaderFile = manifest.loader === null ? null : fileAt(seen, 'loader');
  if (hasErrors(diagnostics.filter(({ code }) => code.startsWith('input/')))) {
    return { ...told, ready: null, machine: null, kernel: null };
  }

  const evaluation = evaluateCell(
    manifest,
    {
      cell: cell ?? 'unreadable',
      system,
      kernel,
      kernelConfig,
      initrd: initrd ? initrdEvidence : 'none',
      dtb,
      loaderSize: loaderFile && loaderFile.size,
      rules,
    },
    options,
  );
  diagnostics.push(...evaluation.diagnostics);
  const { planned, machine, kernel: judged } = evaluation;
  if (planned === null || kernel === null || hasErrors(diagnostics)) {
    return { ...told, ready: null, machine, kernel: judged };
  }

  const { bundle } = manifest;
  const streams = new Map<string, Streamed>();
  const bundled = async (role: 'kernel' | 'initrd' | 'loader', streamed: Streamed): Promise<BundleFile> => {
    const place = bundle[role];
    if (place !== true) return { in: 'target', path: place, digest: await store.digest(streamed) };
    streams.set(BUNDLE_NAMES[role], streamed);
    return { in: 'bundle', source: store.source(streamed) };
  };
  const loader: BundleFile =
    loaderFile !== null
      ? await bundled('loader', store.stream([loaderFile], false))
      : bundle.loader === true
        ? { in: 'installed' }
        : { in: 'target', path: bundle.loader, digest: null };
  const contents = bundleContents({
    manifest,
    planned,
    kernel,
    diagnostics,
    files: {
      cell: encodeConfig(planned.cell),
      system: system && encodeConfig(system),
      kernel: await bundled(
        'kernel',
        kernel.unwrapped === null
          ? store.stream([kernelFile], false)
          : store.content(kernelFile, kernel.unwrapped),
      ),
      initrd: initrd && (await bundled('initrd', initrd)),
      loader,
    },
  });
  return { ...told, ready: { manifest, planned, contents, streams }, machine, kernel: judged };
}

const initrdFiles = ({ paths, joined }: NonNullable<Manifest['initrd']>, seen: SeenFiles): SeenFile[] =>
  paths.map((_, index) => (joined ? fileAt(seen, 'initrd', index) : fileAt(seen, 'initrd')));
