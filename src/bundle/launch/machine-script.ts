import { cellWords } from '../../placement/commands.ts';
import { shellQuote } from '../../base/text.ts';
import { machineShell } from './shell-machine.ts';
import type { LaunchCell, LaunchFile, MachineLaunch } from './types.ts';
import {
  boardsCheck,
  bundledConfig,
  copiesKib,
  gates,
  loaderWord,
  loadLines,
  lockName,
  machineFits,
  prologue,
  readSeconds,
  readyLines,
  verifiedPaths,
} from './words.ts';

const filesOf = ({ load }: LaunchCell): LaunchFile[] =>
  load.flatMap((item) => (item.kind === 'image' ? [item.file] : []));

/** Every file of a cell that its start uses and SHA256SUMS must therefore list. */
const digestNames = (cell: LaunchCell): string[] => [
  cell.cell,
  ...new Set(verifiedPaths(filesOf(cell))),
  ...cell.hooks.values(),
];

/** The files that some cells use and not all, by who uses them. */
function usersOf(cells: readonly LaunchCell[]): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const cell of cells) {
    for (const path of digestNames(cell)) users.set(path, [...(users.get(path) ?? []), cell.name]);
  }
  const files = new Map<string, string[]>();
  for (const [path, names] of users) {
    if (names.length === cells.length) continue;
    const key = names.join(' ');
    files.set(key, [...(files.get(key) ?? []), path]);
  }
  return files;
}

/** A case for each cell; the lines of each begin without indentation. */
const eachCell = (cells: readonly LaunchCell[], lines: (cell: LaunchCell) => readonly string[]): string =>
  cells
    .map((cell) =>
      [`    ${cell.name})`, ...lines(cell).map((line) => `      ${line}`), '      ;;'].join('\n'),
    )
    .join('\n');

/** The cells by their locks' names: the order is the same in each bundle for these cells. */
const lockOrder = (cells: readonly LaunchCell[]): string =>
  cells
    .map((cell) => ({ name: cell.name, lock: lockName(cell.cellName) }))
    .toSorted((a, b) => (a.lock < b.lock ? -1 : 1))
    .map(({ name }) => name)
    .join(' ');

function selection(cell: LaunchCell): string[] {
  const loader = cell.load.find((item) => item.kind === 'image' && item.role === 'loader');
  return [
    `cell_name=${shellQuote(cell.cellName)}`,
    `name_option=${cellWords(cell.cellName).length > 1 ? '--name' : ''}`,
    `lock_name=${lockName(cell.cellName)}`,
    `load_seconds=${readSeconds(cell.load)}`,
    `hooks=${shellQuote([...cell.hooks.keys()].join(' '))}`,
    `hook_prefix=hooks/${cell.name}.`,
    ...readyLines(cell),
    `cell_file=${bundledConfig(cell.cell)}`,
    `cell_size=${copiesKib(cell.load)}`,
    `has_loader=${loader === undefined ? '' : '1'}`,
    `bundled_loader=${loader?.kind === 'image' ? loaderWord(loader.file) : "''"}`,
  ];
}

function usedBy(cells: readonly LaunchCell[]): string {
  const users = [...usersOf(cells)];
  return users
    .map(([names, paths]) => `    ${paths.map(shellQuote).join(' | ')}) users=${shellQuote(names)} ;;\n`)
    .join('');
}

/** The part of the script that differs from machine to machine. */
function head(machine: MachineLaunch): string {
  const { name, machines, release, system, rootName, cells } = machine;
  const names = cells.map((cell) => cell.name);
  const facts = [
    ['bundle', name],
    ['cells', names.join(', ')],
    ['Jailhouse', release],
  ] as const;
  return `${prologue('the cells of a machine', 'machine file', facts)}cells=${shellQuote(names.join(' '))}
lock_order=${shellQuote(lockOrder(cells))}
${gates(machine)}root_name=${shellQuote(rootName)}

name_files() {
  system_file=${bundledConfig(system)}
}
name_files

${machineFits(machines)}
# What is known of the cell that $cell names; without it, messages are about all.
select_cell() {
  case $cell in
${eachCell(cells, selection)}
  esac
}

# find_users FILE: the cells that use it, to $users.
find_users() {
  case $1 in
${usedBy(cells)}    *) users=$cells ;;
  esac
}

check_boards() {
  ${boardsCheck(machine.compatible)}
  for cell in $selected; do
    case $cell in
${cells.map((cell) => `      ${cell.name}) ${boardsCheck(cell.compatible)} ;;`).join('\n')}
    esac
  done
  cell=
}

with_cell_files() {
  case $cell in
${cells.map((cell) => `    ${cell.name}) "$@" ${digestNames(cell).map(shellQuote).join(' ')} ;;`).join('\n')}
  esac
}

with_listed_files() {
  "$@" ${shellQuote(system)}
  for cell in $selected; do with_cell_files "$@"; done
  cell=
}

# KiB of all that is loaded; what several cells have in common is counted for each.
images_size() {
  size=0
  for cell in $selected; do
    select_cell
    size=$((size + cell_size))
  done
  printf '%s' "$size"
}

with_images() {
  case $cell in
${eachCell(cells, ({ load }) => [`"$@" ${loadLines(load, '        ')}`])}
  esac
}

cell_command() {
  subcommand=$1
  shift
  invoke cell "$subcommand" \${name_option:+"$name_option"} "$cell_name" "$@"
}
`;
}

/**
 * `launch.sh` of a machine: a POSIX sh script that verifies the bundle on the target, and creates, loads and starts its
 * cells in their order, or some of them.
 *
 * It needs nothing but a shell and busybox. `launch.sh --help` prints its usage and exit codes.
 */
export const machineScript = (machine: MachineLaunch): string =>
  [head(machine), machineShell(machine.cells.map(({ name }) => name))].join('\n');
