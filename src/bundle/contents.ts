import { createHash } from 'node:crypto';
import { releaseNumbers } from '../formats/cell/layout-ids.ts';
import { launchScript } from './launch/script.ts';
import { systemdUnit, watchUnit } from './launch/service.ts';
import type { BundleFile, BundleFiles, BundleInput } from './input.ts';
import type { LaunchFile, LaunchInput } from './launch/types.ts';
import { bundleFacts, bundleMetadata, releaseName, type BundleFacts } from './metadata.ts';
import { byName, SCRIPT_NAME, unitName, watchName } from './layout.ts';
import { HOOKS_FOLDER, METADATA_NAME, SUMS_NAME } from './names.ts';
import type { Hook } from '../base/choices.ts';
import { formatSums } from './sums.ts';
import type { BundleEntry, ByteSource, FileDigest } from './tar.ts';

/** What the files are called in the bundle. */
export const BUNDLE_NAMES = {
  cell: 'cell.cell',
  system: 'system.cell',
  params: 'params',
  kernel: 'kernel',
  initrd: 'initrd',
  loader: 'linux-loader.bin',
  script: SCRIPT_NAME,
} as const;

/** What packing a bundle takes: its entries in order, and the closing ones, made from the digests of those before. */
export interface BundleContents<Facts = BundleFacts> {
  name: string;
  facts: Facts;
  /** Bytes of all entries, which is what there is to do. */
  size: number;
  entries: BundleEntry[];
  last(digests: ReadonlyMap<string, FileDigest>): Promise<BundleEntry[]>;
}

const digestOf = (content: Uint8Array): FileDigest => ({
  size: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
});

export const text = (content: string): Uint8Array => new TextEncoder().encode(content);

/** Where the launch script finds a file that is called so in the bundle. */
export function launchFile(file: BundleFile, name: string): LaunchFile {
  if (file.in === 'bundle') return { in: 'bundle', path: name };
  if (file.in === 'target') {
    return { in: 'target', path: file.path, ...(file.digest === null ? { unverified: true as const } : {}) };
  }
  return file;
}

/** What the launch script says of a cell with Linux, its files being placed. */
export const launchInput = (
  { planned: { name, cellName, cell, plan, machines }, manifest }: Pick<BundleInput, 'planned' | 'manifest'>,
  placed: Pick<LaunchInput, 'cell' | 'system' | 'files' | 'hooks'>,
): LaunchInput => ({
  name,
  cellName,
  machines,
  release: releaseName(cell),
  releases: releaseNumbers(cell),
  compatible: manifest.compatible,
  version: manifest.version,
  ready: manifest.ready,
  restart: manifest.restart,
  load: plan.load,
  ...placed,
});

/** @param before what the names begin with */
export const hookPaths = (hooks: BundleFiles['hooks'], before: string): Map<Hook, string> =>
  new Map([...hooks.keys()].map((hook) => [hook, `${HOOKS_FOLDER}${before}${hook}`]));

export const hookEntries = (hooks: BundleFiles['hooks'], paths: LaunchInput['hooks']): BundleEntry[] =>
  [...hooks].map(([hook, source]) => ({ path: paths.get(hook)!, executable: true, source }));

/** What a bundle for one cell calls its files. */
const ownNames = ({
  system,
  kernel,
  initrd,
  loader,
  hooks,
}: BundleFiles): Parameters<typeof launchInput>[1] => ({
  cell: BUNDLE_NAMES.cell,
  system: system === null ? null : BUNDLE_NAMES.system,
  files: {
    loader: launchFile(loader, BUNDLE_NAMES.loader),
    kernel: launchFile(kernel, BUNDLE_NAMES.kernel),
    ...(initrd === null ? {} : { initrd: launchFile(initrd, BUNDLE_NAMES.initrd) }),
    params: { in: 'bundle', path: BUNDLE_NAMES.params },
  },
  hooks: hookPaths(hooks, ''),
});

/** Digests of the files that stay on the target, by their path there. */
export function targetDigests({ kernel, initrd, loader }: BundleFiles): Map<string, FileDigest> {
  const digests = new Map<string, FileDigest>();
  for (const file of [kernel, initrd, loader]) {
    if (file?.in === 'target' && file.digest !== null) digests.set(file.path, file.digest);
  }
  return digests;
}

export const sizeOf = (source: ByteSource): number =>
  source instanceof Uint8Array ? source.length : source.size;

export const byPath = (a: BundleEntry, b: BundleEntry): number => byName(a.path, b.path);

/** The entries that close a bundle: bundle.json, and the digests of all files. */
export async function closing(
  files: ReadonlyMap<string, FileDigest>,
  metadataOf: (files: ReadonlyMap<string, FileDigest>) => Promise<object>,
): Promise<BundleEntry[]> {
  const metadata = text(`${JSON.stringify(await metadataOf(files), null, 2)}\n`);
  const sums = formatSums(new Map([...files, [METADATA_NAME, digestOf(metadata)]]));
  return [
    { path: METADATA_NAME, source: metadata },
    { path: SUMS_NAME, source: text(sums) },
  ];
}

/** Lays out a bundle: every file that makes the cell ready to boot, sorted; bundle.json and SHA256SUMS close it. */
export function bundleContents(input: BundleInput): BundleContents {
  const { planned, files } = input;
  const launch = launchInput(input, ownNames(files));
  const shipped = (path: string, file: BundleFile | null): BundleEntry[] =>
    file?.in === 'bundle' ? [{ path, source: file.source }] : [];
  const entries: BundleEntry[] = [
    { path: BUNDLE_NAMES.cell, source: files.cell },
    ...(files.system === null ? [] : [{ path: BUNDLE_NAMES.system, source: files.system }]),
    ...shipped(BUNDLE_NAMES.kernel, files.kernel),
    ...shipped(BUNDLE_NAMES.initrd, files.initrd),
    ...shipped(BUNDLE_NAMES.loader, files.loader),
    { path: BUNDLE_NAMES.params, source: planned.plan.params },
    { path: BUNDLE_NAMES.script, executable: true, source: text(launchScript(launch)) },
    { path: unitName(planned.name), source: text(systemdUnit(launch)) },
    ...(launch.restart === 'always'
      ? [{ path: watchName(planned.name), source: text(watchUnit(launch)) }]
      : []),
    ...hookEntries(files.hooks, launch.hooks),
  ];
  return {
    name: planned.name,
    facts: bundleFacts(input, launch),
    size: entries.reduce((sum, { source }) => sum + sizeOf(source), 0),
    entries: entries.toSorted(byPath),
    last: (digests) =>
      closing(new Map([...digests, ...targetDigests(files)]), (all) => bundleMetadata(input, launch, all)),
  };
}
