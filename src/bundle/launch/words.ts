import { hex } from '../../base/address.ts';
import { shellQuote } from '../../base/text.ts';
import type { LoadItem } from '../../placement/types.ts';
import type { LaunchFile, LaunchInput, LaunchItem } from './types.ts';

// What the scripts of one cell and of a machine are made of where bundles differ.

/** What is loaded, each with its file. */
export function itemsOf({ load, files }: LaunchInput): LaunchItem[] {
  return load.map((item) => {
    if (item.kind === 'string') return item;
    const file = files[item.role] ?? (item.role === 'loader' ? ({ in: 'installed' } as const) : undefined);
    if (file === undefined) throw new Error(`the launch input has no file for the ${item.role}`);
    return { ...item, file };
  });
}

/** The path of a config of the bundle, as a shell word: that of its copy, where there is one. */
export const bundledConfig = (path: string): string => `"$configs"/${shellQuote(path)}`;

/** That of a file that is loaded. */
function imageWord(file: Exclude<LaunchFile, { in: 'installed' }>): string {
  if (file.in === 'bundle') return `"$images"/${shellQuote(file.path)}`;
  return file.unverified ? shellQuote(file.path) : `"$targets"${shellQuote(file.path)}`;
}

/** The path of a file, in the bundle or on the target; `null` for what is found when the script runs. */
export const pathOf = (file: LaunchFile | undefined): string | null =>
  file === undefined || file.in === 'installed' ? null : file.path;

/** A loader that is installed has no path before the script runs. */
export function loaderWord(loader: LaunchFile | undefined): string {
  if (loader === undefined || loader.in === 'installed') return "''";
  return imageWord(loader);
}

function fileWord({ role, file }: LaunchItem & { kind: 'image' }): string {
  // Every loader is found when the script runs.
  if (role === 'loader') return '"$loader"';
  if (file.in === 'installed') throw new Error(`the launch input has no file for the ${role ?? 'image'}`);
  return imageWord(file);
}

function itemWords(item: LaunchItem): string {
  if (item.kind === 'string') return `-s ${shellQuote(item.text)} -a ${hex(item.address)}`;
  const file = fileWord(item);
  return item.address === null ? file : `${file} -a ${hex(item.address)}`;
}

/** The words of `jailhouse cell load` behind the cell's name, an item a line; further lines begin with `indent`. */
export const loadLines = (load: readonly LaunchItem[], indent: string): string =>
  load.map(itemWords).join(` \\\n${indent}`);

/** What the lock of a cell is called: all bundles for the same cell call it so. */
export const lockName = (cellName: string): string =>
  Array.from(new TextEncoder().encode(cellName), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');

/** Of slow eMMC, or of SHA-256 in software. */
export const BYTES_PER_SECOND = 5n << 20n;

/** KiB that copies of what is loaded take, each of its files in whole pages. */
export const copiesKib = (load: readonly (LoadItem | LaunchItem)[]): bigint =>
  load.reduce((sum, item) => sum + (item.kind === 'image' ? (item.size ?? 0n) / 1024n + 4n : 0n), 0n);

/** How long it takes to read what is loaded. */
export function readSeconds(load: readonly (LoadItem | LaunchItem)[]): bigint {
  const sizes = load.map((item) => (item.kind === 'image' ? (item.size ?? 0n) : 0n));
  const bytes = sizes.reduce((sum, size) => sum + size, 0n);
  return (bytes + BYTES_PER_SECOND - 1n) / BYTES_PER_SECOND;
}

/** What of these files SHA256SUMS must list: all whose content was known when the bundle was built. */
export const verifiedPaths = (files: readonly LaunchFile[]): string[] =>
  files.flatMap((file) =>
    file.in === 'installed' || (file.in === 'target' && file.unverified) ? [] : [file.path],
  );

/** Where the target has the public keys that it trusts. */
const KEYS_FOLDER = '/etc/jailhouse/keys';

/** Where programs are looked for on a target that requires signatures. */
const SAFE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The first lines of a script. Facts must have no line ends. */
export const prologue = (
  starts: string,
  source: string,
  facts: readonly (readonly [name: string, fact: string])[],
): string => `#!/bin/sh
# Starts and stops ${starts}. Made by rollup-plugin-jailhouse, and covered by SHA256SUMS:
# to change it, change the ${source} and build the bundle again.
#
${facts.map(([name, fact]) => `#   ${`${name}:`.padEnd(10)} ${fact}`).join('\n')}
#
# Texts in single quotes are meant literally:
# shellcheck disable=SC1003,SC1112,SC2016

set -u
LC_ALL=C
export LC_ALL

self=$0
case $self in
  */*) ;;
  *) [ -f "$self" ] || self=$(command -v "$self") || exit 1 ;; # a shell found it in PATH
esac
keys=${KEYS_FOLDER}
signed_only=
if [ -e "$keys/required" ] || [ -L "$keys/required" ]; then
  # Nothing that the environment names has a say, before the first program is run.
  signed_only=1
  PATH=${SAFE_PATH}
fi
self=$(readlink -f -- "$self") || exit 1
bundle=\${self%/*}
configs=$bundle
images=$bundle
targets=
`;

/** The machines that the bundle is for, and whether one is among them. */
export const machineFits = (machines: LaunchInput['machines']): string => `machines=${shellQuote(
  machines.join(', '),
)}

machine_fits() {
  case $1 in
    ${machines.map(shellQuote).join(' | ')}) return 0 ;;
    *) return 1 ;;
  esac
}
`;

/** What the script knows of the gates before a start. */
export const gates = ({
  name,
  release,
  releases,
  version,
}: Pick<LaunchInput, 'name' | 'release' | 'releases' | 'version'>): string => `bundle_name=${shellQuote(name)}
release=${shellQuote(release)}
releases=${shellQuote(releases.join(' '))}
version=${version ?? "''"}
`;

/** What the script knows of when a cell is ready, a line each. */
export const readyLines = ({ ready }: Pick<LaunchInput, 'ready'>): string[] => [
  `ready_command=${shellQuote(ready?.command ?? '')}`,
  `ready_timeout=${ready?.timeout ?? 0}`,
  `ready_interval=${ready?.interval ?? 0}`,
];

/** A command that refuses other boards than these. */
export const boardsCheck = (compatible: readonly string[]): string =>
  compatible.length === 0 ? ':' : `check_compatible ${compatible.map(shellQuote).join(' ')}`;
