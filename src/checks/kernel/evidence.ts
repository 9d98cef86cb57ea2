import type { Architecture, Profile } from '../../base/choices.ts';
import type { DriverNeed, StorageKind } from '../../placement/architecture.ts';
import type { CellConfig, SystemConfig } from '../../formats/cell/types.ts';
import type { CmaArea } from '../../formats/dtb/cma.ts';
import type { InitrdEvidence } from '../../formats/initrd/types.ts';
import type { KernelContents } from '../../formats/kernel/contents.ts';
import type { KernelImage } from '../../formats/kernel/recognise.ts';
import { parseCmdline, type Cmdline } from '../../formats/kernel/cmdline.ts';
import type { MissingConfig } from '../../formats/kernel/ikconfig.ts';
import { isSetTo, type KernelConfig } from '../../formats/kernel/kconfig.ts';
import { parseKernelVersion, type KernelVersion } from '../../formats/kernel/version.ts';

/** Where the kernel's config comes from, or why there is none. */
export type ConfigEvidence =
  { source: 'file' | 'embedded'; config: KernelConfig } | { source: 'none'; why: MissingConfig };

/** The cell that the kernel shall run in. */
export interface CellEvidence {
  config: CellConfig;
  system: SystemConfig | null;
  /** Whether its Jailhouse release tells the kernel which UARTs it owns (setup_data v2: revision 11 on). */
  uartFlags: boolean;
  /** Whether the cell's device tree names a console; `null` without one. */
  hasStdout: boolean | null;
  /** What the cell's device tree has that a root file system may be on; `null`: it may be anything. */
  storage: readonly StorageKind[] | null;
  /** What the cell's device tree sets aside for CMA. */
  cma: readonly CmaArea[];
  /** What the cell and its device tree ask for. */
  drivers: readonly DriverNeed[];
}

/** All that the rules look at; `null` is what nobody gave. */
export interface GivenEvidence {
  profile: Profile;
  architecture: Architecture;
  image: KernelImage | null;
  /** `null` also where the payload is out of reach. */
  contents: KernelContents | null;
  config: ConfigEvidence;
  /** As the manifest gives it. */
  cmdline: string | null;
  cell: CellEvidence | null;
  /** `null`: nobody said whether there is one. */
  initrd: InitrdEvidence | 'none' | null;
  /** The manifest's `checks.require`. */
  require: Readonly<Record<string, string>>;
}

/** {@link GivenEvidence}, read. */
export interface KernelFacts extends Omit<GivenEvidence, 'config' | 'cmdline' | 'require'> {
  config: KernelConfig | null;
  /** What the kernel will go by: the config's own command line, then the manifest's. */
  cmdline: Cmdline | null;
  version: KernelVersion | null;
}

const ARCHITECTURE_SYMBOLS: readonly (readonly [Architecture, string])[] = [
  ['x86', 'X86'],
  ['x86', 'X86_64'],
  ['arm64', 'ARM64'],
  ['arm', 'ARM'],
];

/** The architecture that a config is for; `null` if it does not say, or says another. */
export const architectureOf = (config: KernelConfig): Architecture | null =>
  ARCHITECTURE_SYMBOLS.find(([, symbol]) => isSetTo(config, symbol, 'y'))?.[0] ?? null;

/** The command line that is built into a kernel. */
interface BuiltInCmdline {
  text: string;
  /** It is all that the kernel sees. */
  overrides: boolean;
}

/** CONFIG_CMDLINE, where it is used; `null` where it is not. */
export function builtInCmdline(config: KernelConfig | null): BuiltInCmdline | null {
  const builtIn = config?.symbols.get('CMDLINE');
  if (!config || builtIn?.type !== 'string' || !isSetTo(config, 'CMDLINE_BOOL', 'y')) return null;
  return { text: builtIn.value, overrides: isSetTo(config, 'CMDLINE_OVERRIDE', 'y') };
}

/** CONFIG_CMDLINE stands in front of the boot loader's, or replaces it (Linux, arch/x86/kernel/setup.c). */
function effectiveCmdline(config: KernelConfig | null, cmdline: string): string {
  const builtIn = builtInCmdline(config);
  if (builtIn === null) return cmdline;
  return builtIn.overrides ? builtIn.text : `${builtIn.text} ${cmdline}`;
}

export function readEvidence(evidence: GivenEvidence): KernelFacts {
  const { cmdline, image, contents, ...rest } = evidence;
  const config = evidence.config.source === 'none' ? null : evidence.config.config;
  const versions = [contents?.banner, image?.version, config?.version].map((text) =>
    parseKernelVersion(text ?? ''),
  );
  return {
    ...rest,
    image,
    contents,
    config,
    cmdline: cmdline === null ? null : parseCmdline(effectiveCmdline(config, cmdline)),
    version: versions.find((version) => version !== null) ?? null,
  };
}
