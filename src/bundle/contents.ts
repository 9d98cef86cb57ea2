import { createHash } from 'node:crypto';
import { releaseOf } from '../formats/cell/releases.ts';
import { launchScript } from './launch/script.ts';
import { systemdUnit } from './launch/service.ts';
import type { BundleFile, BundleFiles, BundleInput } from './input.ts';
import type { LaunchFile, LaunchInput } from './launch/types.ts';
import { bundleFacts, bundleMetadata, type BundleFacts } from './metadata.ts';
import { METADATA_NAME, SUMS_NAME } from './names.ts';
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
  script: 'launch.sh',
} as const;

/** What packing a bundle takes: its entries in order, and the closing ones, made from the digests of those before. */
export interface BundleContents {
  name: string;
  facts: BundleFacts;
  /** Bytes of all entries, which is what there is to do. */
  size: number;
  entries: BundleEntry[];
  last(digests: ReadonlyMap<string, FileDigest>): BundleEntry[];
}

const digestOf = (content: Uint8Array): FileDigest => ({
  size: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
});

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

function launchFile(file: BundleFile, name: string): LaunchFile {
  if (file.in === 'bundle') return { in: 'bundle', path: name };
  if (file.in === 'target') {
    return { in: 'target', path: file.path, ...(file.digest === null ? { unverified: true as const } : {}) };
  }
  return file;
}

function launchInput({ planned, files }: BundleInput): LaunchInput {
  const { cell, plan, machines } = planned;
  return {
    name: planned.name,
    cellName: planned.cellName,
    machines,
    release: releaseOf(cell.revision) ?? `revision ${cell.revision}`,
    cell: BUNDLE_NAMES.cell,
    system: files.system === null ? null : BUNDLE_NAMES.system,
    load: plan.load,
    files: {
      loader: launchFile(files.loader, BUNDLE_NAMES.loader),
      kernel: launchFile(files.kernel, BUNDLE_NAMES.kernel),
      ...(files.initrd === null ? {} : { initrd: launchFile(files.initrd, BUNDLE_NAMES.initrd) }),
      params: { in: 'bundle', path: BUNDLE_NAMES.params },
    },
  };
}

/** Digests of the files that stay on the target, by their path there. */
function targetDigests({ kernel, initrd, loader }: BundleFiles): Map<string, FileDigest> {
  const digests = new Map<string, FileDigest>();
  for (const file of [kernel, initrd, loader]) {
    if (file?.in === 'target' && file.digest !== null) digests.set(file.path, file.digest);
  }
  return digests;
}

const sizeOf = (source: ByteSource): number => (source instanceof Uint8Array ? source.length : source.size);

const byPath = (a: BundleEntry, b: BundleEntry): number => (a.path < b.path ? -1 : 1);

/** Lays out a bundle: every file that makes the cell ready to boot, sorted; bundle.json and SHA256SUMS close it. */
export function bundleContents(input: BundleInput): BundleContents {
  const { planned, files } = input;
  const launch = launchInput(input);
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
    { path: `${planned.name}.service`, source: text(systemdUnit(launch)) },
  ];
  return {
    name: planned.name,
    facts: bundleFacts(input, launch),
    size: entries.reduce((sum, { source }) => sum + sizeOf(source), 0),
    entries: entries.toSorted(byPath),
    last(digests) {
      const all = new Map([...digests, ...targetDigests(files)]);
      const metadata = text(`${JSON.stringify(bundleMetadata(input, launch, all), null, 2)}\n`);
      all.set(METADATA_NAME, digestOf(metadata));
      return [
        { path: METADATA_NAME, source: metadata },
        { path: SUMS_NAME, source: text(formatSums(all)) },
      ];
    },
  };
}
