import { hex } from '../../base/address.ts';
import { cellWords } from '../../placement/commands.ts';
import type { LoadItem } from '../../placement/types.ts';
import { shellQuote } from '../../base/text.ts';
import { CHECKS } from './shell-checks.ts';
import { COMMON } from './shell-common.ts';
import { VERBS } from './shell-verbs.ts';
import type { LaunchFile, LaunchInput } from './types.ts';

/** A file as a shell word; `installed` (and every loader) is found when the script runs. */
function fileWord(file: LaunchFile | undefined, what: string): string {
  if (file?.in === 'bundle') return `"$bundle"/${shellQuote(file.path)}`;
  if (file?.in === 'target') return shellQuote(file.path);
  throw new Error(`the launch input has no file for the ${what}`);
}

function loadWords(item: LoadItem, files: LaunchInput['files']): string {
  if (item.kind === 'string') return `-s ${shellQuote(item.text)} -a ${hex(item.address)}`;
  const file = item.role === 'loader' ? '"$loader"' : fileWord(files[item.role], item.role);
  return item.address === null ? file : `${file} -a ${hex(item.address)}`;
}

/** Every file that a start uses and SHA256SUMS must therefore list: all whose content was known at build time. */
function digestNames({ cell, system, files }: LaunchInput): string[] {
  const placed = Object.values(files).flatMap((file) =>
    file.in === 'installed' || (file.in === 'target' && file.unverified) ? [] : [file.path],
  );
  return [cell, ...(system === null ? [] : [system]), ...placed];
}

function loaderWord(loader: LaunchFile | undefined): string {
  return loader === undefined || loader.in === 'installed' ? "''" : fileWord(loader, 'loader');
}

/** The part of the script that differs from bundle to bundle. */
function head(input: LaunchInput): string {
  const { name, cellName, machines, release, cell, system, load, files } = input;
  const named = cellWords(cellName).length > 1 ? '--name "$cell_name"' : '"$cell_name"';
  return `#!/bin/sh
# Starts and stops a Jailhouse cell. Made by rollup-plugin-jailhouse, and covered by SHA256SUMS:
# to change it, change the manifest and build the bundle again.
#
#   bundle:    ${name}
#   cell:      ${cellName}
#   Jailhouse: ${release}
#
# Texts in single quotes are meant literally:
# shellcheck disable=SC1003,SC1112,SC2016

set -u
LC_ALL=C
export LC_ALL

self=$(readlink -f -- "$0") || exit 1
bundle=\${self%/*}
cell_name=${shellQuote(cellName)}
cell_file="$bundle"/${shellQuote(cell)}
system_file=${system === null ? "''" : `"$bundle"/${shellQuote(system)}`}
bundled_loader=${loaderWord(files.loader)}
machines=${shellQuote(machines.join(', '))}

machine_fits() {
  case $1 in
    ${machines.map(shellQuote).join(' | ')}) return 0 ;;
    *) return 1 ;;
  esac
}

with_listed_files() {
  "$@" ${digestNames(input).map(shellQuote).join(' ')}
}

with_images() {
  "$@" ${load.map((item) => loadWords(item, files)).join(' \\\n    ')}
}

cell_command() {
  subcommand=$1
  shift
  invoke cell "$subcommand" ${named} "$@"
}
`;
}

/**
 * `launch.sh`: a POSIX sh script that verifies the bundle on the target and creates, loads and starts its cell.
 *
 * It needs nothing but a shell and busybox. `launch.sh --help` prints its usage and exit codes.
 */
export const launchScript = (input: LaunchInput): string => [head(input), COMMON, CHECKS, VERBS].join('\n');
