import { hex } from '../base/address.ts';
import { layoutIdOf, releasesOf, type Versioned } from '../formats/cell/layout-ids.ts';
import { diagnosticFacts } from '../base/diagnostic-text.ts';
import type { Architecture } from '../base/choices.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import type { CellConfig } from '../formats/cell/types.ts';
import { formatProtocol } from '../formats/kernel/bzimage.ts';
import type { LaunchInput } from './launch/types.ts';
import { pathOf } from './launch/words.ts';
import { loadCommands, type FileNames } from '../placement/commands.ts';
import type { ImageRole, LoadItem } from '../placement/types.ts';
import { TOOL_NAME, TOOL_VERSION } from '../base/version.ts';
import type { BundleInput } from './input.ts';
import { inputFacts } from './inputs.ts';
import { METADATA_FORMAT } from './names.ts';
import type { FileDigest } from './tar.ts';

/** Where the commands look for a loader that the bundle does not name. */
const INSTALLED_LOADER = 'linux-loader.bin';

/** What the load commands call the files: relative to the bundle's folder, or on the target. */
const commandNames = ({ files }: LaunchInput): FileNames => ({
  loader: pathOf(files.loader) ?? INSTALLED_LOADER,
  ...Object.fromEntries(
    (['kernel', 'initrd', 'params'] as const).flatMap((role) => {
      const path = pathOf(files[role]);
      return path === null ? [] : [[role, path]];
    }),
  ),
});

/** One argument group of the load command: a file, or (arm) a text. `file` is null for an installed loader. */
export type LoadFact =
  | { role: ImageRole; file: string | null; address: string | null; size: number | null }
  | { string: string; address: string };

/** What a program wants to know of a bundle. JSON values; addresses are hex texts. */
export interface BundleFacts {
  /** What is loaded, in order. */
  load: readonly LoadFact[];
  /** Where the loader enters the kernel. */
  entry: string;
  /** The shell commands that create, load and start the cell; an installed loader is `linux-loader.bin` in them. */
  commands: readonly string[];
}

function describeItem(item: LoadItem, launch: LaunchInput): LoadFact {
  if (item.kind === 'string') return { string: item.text, address: hex(item.address) };
  const address = item.address === null ? null : hex(item.address);
  const size = item.size === null ? null : Number(item.size);
  return { role: item.role, file: pathOf(launch.files[item.role]), address, size };
}

/** The Jailhouse releases that read configs of a layout, in words. */
export const releaseName = (version: Versioned): string => {
  const { revision, layout } = version;
  return releasesOf(version) ?? `revision ${revision}${layout === undefined ? '' : `, layout ${layout}`}`;
};

/** How a config is to be read, whatever its bytes show. */
export const versionFacts = (version: Versioned) => ({
  revision: version.revision,
  layout: layoutIdOf(version),
  release: releasesOf(version),
});

/** What bundle.json says of a cell config; not all of them say themselves what their architecture is. */
export const cellFacts = (
  file: string,
  name: string,
  config: CellConfig,
  architecture: Architecture,
): object => ({ file, name, architecture, ...versionFacts(config) });

/** What bundle.json says of a cell with Linux: what it runs, and where that goes. */
export const linuxFacts = (
  { manifest, planned, kernel }: Pick<BundleInput, 'manifest' | 'planned' | 'kernel'>,
  launch: LaunchInput,
): object => ({
  kernel: {
    format: kernel.image.format,
    version: kernel.image.version ?? kernel.contents?.banner ?? null,
    protocol: 'protocol' in kernel.image ? formatProtocol(kernel.image.protocol) : null,
    config: planned.configSource,
  },
  profile: planned.profile,
  cmdline: manifest.cmdline,
  placement: planned.plan.placement,
  ...planned.plan.details,
  ...bundleFacts({ planned }, launch),
  ...(launch.ready === null ? {} : { ready: launch.ready }),
  ...(launch.restart === 'never' ? {} : { restart: launch.restart }),
  ...(launch.hooks.size > 0 ? { hooks: Object.fromEntries(launch.hooks) } : {}),
});

/** What bundle.json says of files, by their names, or by their paths on the target. */
export const fileFacts = (files: ReadonlyMap<string, FileDigest>): object =>
  Object.fromEntries([...files].map(([path, { size, sha256 }]) => [path, { size, sha256 }]));

export const TOOL = { name: TOOL_NAME, version: TOOL_VERSION };

/** Of a finding what says where the bundle stands; what to do about it was told when it was built. */
export function describeFinding(diagnostic: Diagnostic): object {
  const { rule, severity, message, requested, actual, waived } = diagnosticFacts(diagnostic);
  return { rule, severity, message, requested, actual, waived };
}

/** What the plan comes to: where everything goes, and the commands that put it there. */
export function bundleFacts({ planned }: Pick<BundleInput, 'planned'>, launch: LaunchInput): BundleFacts {
  const { plan } = planned;
  return {
    load: plan.load.map((item) => describeItem(item, launch)),
    entry: hex(plan.entry),
    commands: loadCommands(planned.cellName, launch.cell, plan.load, commandNames(launch)),
  };
}

/** The content of bundle.json: what is in the bundle, where it goes, and what was found. */
export async function bundleMetadata(
  input: BundleInput,
  launch: LaunchInput,
  files: ReadonlyMap<string, FileDigest>,
): Promise<object> {
  const { manifest, planned, system, diagnostics, inputs, overrides } = input;
  return {
    format: METADATA_FORMAT,
    name: planned.name,
    version: manifest.version,
    compatible: manifest.compatible,
    tool: TOOL,
    cell: cellFacts(launch.cell, planned.cellName, planned.cell, planned.plan.architecture),
    system: launch.system === null ? null : { file: launch.system, layout: layoutIdOf(system!) },
    ...linuxFacts(input, launch),
    files: fileFacts(files),
    inputs: await inputFacts(inputs),
    ...(overrides.length === 0 ? {} : { overrides }),
    findings: diagnostics.map(describeFinding),
    waivers: manifest.checks.waive,
  };
}
