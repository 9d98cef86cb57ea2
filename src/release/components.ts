import type { FileDigest } from '../bundle/tar.ts';
import { parseKernelVersion } from '../formats/kernel/version.ts';
import type { InitrdPackages } from '../formats/initrd/packages.ts';
import { identifyLinux } from './linux.ts';
import { partsOf, type Part, type PartRole } from './parts.ts';
import { packageUrl } from './purl.ts';
import type { ReleasedBundle } from './subject.ts';

/** The licences that are known: of Linux (its COPYING), and of what this package writes into a bundle. */
const LINUX_LICENSE = 'GPL-2.0-only WITH Linux-syscall-note';
const OWN_LICENSE = 'MIT';

/** A part of a bundle, in what a bill of materials says of it. */
export interface Component {
  /** Unique among all of a bundle. */
  ref: string;
  role: PartRole | 'bundle' | 'initrd part' | 'package';
  name: string;
  version: string | null;
  description: string;
  /** An SPDX expression; `null`: not known. */
  license: string | null;
  purl: string | null;
  cpe: string | null;
  /** In the bundle, or absolute on the target. */
  path: string | null;
  digest: FileDigest | null;
  /** `elsewhere`: on the target, so the bundle needs it and does not hold it. */
  place: 'inside' | 'elsewhere';
  contents: readonly Component[];
  /** Whether `contents` has all that is in it. */
  known: 'all' | 'some' | 'unknown';
}

const DESCRIPTIONS: Readonly<Record<PartRole, string>> = {
  kernel: 'kernel',
  initrd: 'initial RAM disk',
  loader: "Jailhouse's loader for Linux in a cell",
  params: 'boot parameters of the kernel',
  'device tree': 'device tree of the cell',
  image: 'image of a cell without Linux',
  'cell config': 'Jailhouse cell config',
  'system config': 'Jailhouse system config, of the root cell',
  'launch script': 'script that starts and stops what is in the bundle',
  hook: 'program that the launch script runs',
  'systemd unit': 'systemd unit that calls the launch script',
  'bundle list': 'what is in the bundle, with digests',
  other: 'file of the bundle',
};

/** Where Jailhouse's loader is installed, the launch script finds it by this name. */
const INSTALLED_LOADER = 'linux-loader.bin';

/** What has no identity but its content. */
const generic = (name: string, digest: FileDigest | null, version: string | null = null): string | null =>
  digest &&
  packageUrl({ type: 'generic', name, version, qualifiers: { checksum: `sha256:${digest.sha256}` } });

/** Programs and their data; configs and lists are named by their digests alone. */
const HAS_PURL = new Set<PartRole>(['kernel', 'initrd', 'loader', 'image']);
const IS_OWN = new Set<PartRole>(['launch script', 'systemd unit']);

function identityOf(
  part: Part,
  name: string,
  toolVersion: string,
): Pick<Component, 'name' | 'version' | 'license' | 'purl' | 'cpe'> {
  const { role, version, digest } = part;
  if (version !== null && parseKernelVersion(version) !== null) {
    return { name: 'linux', license: LINUX_LICENSE, ...identifyLinux(version, digest?.sha256 ?? null) };
  }
  const isOwn = IS_OWN.has(role);
  return {
    name,
    // Of a kernel that is not Linux, its first word.
    version: isOwn ? toolVersion : (version?.split(' ', 1)[0] ?? null),
    license: isOwn ? OWN_LICENSE : null,
    purl: HAS_PURL.has(role) ? generic(name, digest) : null,
    cpe: null,
  };
}

function packageComponent(
  parent: string,
  { manager, distribution }: InitrdPackages,
  { name, version, architecture }: InitrdPackages['packages'][number],
): Component {
  const distro =
    distribution && [distribution.id, distribution.version].filter((each) => each !== null).join('-');
  const isDeb = manager === 'dpkg' && distribution !== null;
  return {
    ref: [parent, name, version, architecture ?? ''].join('#'),
    role: 'package',
    name,
    version,
    description: `package of the initial RAM disk, by its ${manager} database`,
    license: null,
    purl: packageUrl({
      type: isDeb ? 'deb' : 'generic',
      namespace: isDeb ? distribution.id : null,
      name,
      version,
      qualifiers: { arch: architecture, distro },
    }),
    cpe: null,
    path: null,
    digest: null,
    place: 'inside',
    contents: [],
    known: 'unknown',
  };
}

/** A file that was joined with others in an initrd; two of them may be the same. */
const joinedComponent = (
  parent: string,
  { file, digest }: Part['joined'][number],
  index: number,
): Component => ({
  ref: `${parent}#${index}`,
  role: 'initrd part',
  name: file,
  version: null,
  description: `part ${index + 1} of the initial RAM disk`,
  license: null,
  purl: generic(file.slice(file.lastIndexOf('/') + 1), digest),
  cpe: null,
  path: null,
  digest,
  place: 'inside',
  contents: [],
  known: 'unknown',
});

function componentOf(part: Part, { metadata, packages }: ReleasedBundle): Component {
  const { role, path, digest } = part;
  const name = path === null ? INSTALLED_LOADER : path.slice(path.lastIndexOf('/') + 1);
  const installed = path === null ? undefined : packages.get(path);
  const ref = path ?? `installed:${name}`;
  return {
    ref: `file:${ref}`,
    role,
    description: DESCRIPTIONS[role],
    ...identityOf(part, name, metadata.tool.version),
    path,
    digest,
    place: path === null || path.startsWith('/') ? 'elsewhere' : 'inside',
    contents: [
      ...part.joined.map((each, index) => joinedComponent(ref, each, index)),
      ...(installed?.packages ?? []).map((each) => packageComponent(ref, installed!, each)),
    ],
    known: installed === undefined ? 'unknown' : 'some',
  };
}

/** A bundle with all of its parts. */
export function bundleComponent(bundle: ReleasedBundle): Component {
  const { name, digest, metadata } = bundle;
  const { tool } = metadata;
  return {
    ref: 'bundle',
    role: 'bundle',
    name,
    version: null,
    description: `Jailhouse bundle, written by ${tool.name} ${tool.version}`,
    license: null,
    purl: generic(name, digest),
    cpe: null,
    path: bundle.file,
    digest,
    place: 'inside',
    contents: partsOf(bundle).map((part) => componentOf(part, bundle)),
    known: 'all',
  };
}

/** A component and all that is in it. */
export const withContents = (component: Component): Component[] => [
  component,
  ...component.contents.flatMap(withContents),
];
