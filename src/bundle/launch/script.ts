import { cellWords } from '../../placement/commands.ts';
import { shellQuote } from '../../base/text.ts';
import { ONE_CELL } from './shell-one-cell.ts';
import type { LaunchInput } from './types.ts';
import {
  boardsCheck,
  bundledConfig,
  copiesKib,
  gates,
  itemsOf,
  loaderWord,
  loadLines,
  lockName,
  machineFits,
  prologue,
  readSeconds,
  readyLines,
  verifiedPaths,
} from './words.ts';

/** Every file that a start uses and SHA256SUMS must therefore list. */
const digestNames = ({ cell, system, files, hooks }: LaunchInput): string[] => [
  cell,
  ...(system === null ? [] : [system]),
  ...verifiedPaths(Object.values(files)),
  ...hooks.values(),
];

/** The part of the script that differs from bundle to bundle. */
function head(input: LaunchInput): string {
  const { name, cellName, machines, release, cell, system, files, load, hooks } = input;
  const named = cellWords(cellName).length > 1 ? '--name "$cell_name"' : '"$cell_name"';
  const facts = [
    ['bundle', name],
    ['cell', cellName],
    ['Jailhouse', release],
  ] as const;
  return `${prologue('a Jailhouse cell', 'manifest', facts)}cell_name=${shellQuote(cellName)}
${gates(input)}lock_name=${lockName(cellName)}
load_seconds=${readSeconds(load)}
hooks=${shellQuote([...hooks.keys()].join(' '))}
hook_prefix=hooks/
${readyLines(input).join('\n')}

name_files() {
  cell_file=${bundledConfig(cell)}
  system_file=${system === null ? "''" : bundledConfig(system)}
  bundled_loader=${loaderWord(files.loader)}
}
name_files

# KiB of all that is loaded.
images_size() {
  printf '%s' ${copiesKib(load)}
}

${machineFits(machines)}
check_boards() {
  ${boardsCheck(input.compatible)}
}

with_listed_files() {
  "$@" ${digestNames(input).map(shellQuote).join(' ')}
}

with_cell_files() {
  with_listed_files "$@"
}

with_images() {
  "$@" ${loadLines(itemsOf(input), '    ')}
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
export const launchScript = (input: LaunchInput): string => [head(input), ONE_CELL].join('\n');
