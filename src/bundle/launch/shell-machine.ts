import { SIGNATURE } from './shell-signature.ts';
import { checksShell, LOADER_OF_EACH } from './shell-checks.ts';
import { commonShell, ENVIRONMENT, EXIT_CODES } from './shell-common.ts';
import { cellShell, dispatchShell, ENABLE, launchLines, OPTIONS, SETTINGS } from './shell-verbs.ts';

const usage = (
  cells: readonly string[],
): string => `usage: launch.sh [start|stop|restart|status|verify|console|watch] [CELL...] [--enable] [--modprobe] [--dry-run]

  start      verify the files; create, load and start the cells, one after another, each when the one before it runs;
             if one fails, those that this run started are destroyed again. Without CELL, cells that run already are
             left as they are (the default)
  stop       shut the cells down and destroy them, the last one first; fine if they are not there
  restart    verify, stop the cells that are there, start all of them
  status     print the state of each cell ("absent" if it is not there)
  verify     compare the files with SHA256SUMS
  console    print the hypervisor's console, with what is known of its lines
  watch      restart the one CELL when it fails or shuts down, three times within ten minutes

  CELL       only these cells, in the order of the machine file: ${cells.join(', ')}
  --enable   start, restart: enable Jailhouse with the bundle's system config if it is off
  --modprobe start, restart: load the jailhouse driver if it is not loaded
  --dry-run  start, stop, restart: print the commands and run none
  -f         console: go on, and print what comes
  --help     print this

${ENVIRONMENT}  JAILHOUSE_NOTE       where --enable notes with which system config (default: /run/jailhouse-enabled-with)

${EXIT_CODES}status:    0 all run, 3 a cell is absent, 1 a cell is in any other state
`;

const SYSTEM = `system_digest() {
  digest=$(sha256sum <"$system_file")
  printf '%s' "\${digest%% *}"
}

note_system() {
  cell_name=$root_name
  # The number of the root cell's folder is another one each time that Jailhouse is enabled.
  if find_cell; then
    find_number
    { printf '%s %s\\n' "$number" "$(system_digest)" >"$note"; } 2>/dev/null && return
  fi
  say "enable: $note: cannot be written: later runs cannot see that Jailhouse is enabled with this system config"
}

# Jailhouse itself does not say with which system config it is enabled.
check_system() {
  read_line "$sysfs/enabled" && [ "$line" = 1 ] || return 0
  cell_name=$root_name
  if ! find_cell; then
    refuse "enabled: Jailhouse is enabled with another system config: its root cell is not '$root_name'; $enable_anew"
    return 0
  fi
  find_number
  read_line "$note"
  case $line in
    "$number $(system_digest)") ;;
    "$number "*)
      refuse "enabled: Jailhouse is enabled with another system config, that of another bundle; $enable_anew"
      ;;
    *) say "enabled: Jailhouse was not enabled by launch.sh, which cannot see its system config: it must be $system_file" ;;
  esac
}
`;

const CELLS = `# is_needed FILE: whether one of the selected cells uses it.
is_needed() {
  find_users "$1"
  for user in $users; do
    case "$selected " in
      *" $user "*) return 0 ;;
    esac
  done
  return 1
}

check_loaders() {
  checked=$newline
  for cell in $selected; do
    select_cell
    [ -n "$has_loader" ] || continue
    choose_loader
    case $checked in
      *"$newline$loader$newline"*) ;;
      *) check_loader ;;
    esac
    checked=$checked$loader$newline
  done
  cell=
}

# What has to be done: to $stopping, the last one first, and $starting.
look_at_cells() {
  for cell in $selected; do
    select_cell
    if ! find_cell; then
      starting="$starting $cell"
      continue
    fi
    read_state
    case $verb,$named,$state in
      restart,*)
        stopping="$cell $stopping"
        starting="$starting $cell"
        ;;
      start,,running | start,,running/locked)
        say "cell '$cell_name' is $state already, and left as it is"
        ;;
      *)
        starting="$starting $cell"
        refuse "start: cell '$cell_name' is there already, $state; use launch.sh restart $cell, or stop it first"
        ;;
    esac
  done
  cell=
}

# In one order for all: two runs never wait for each other.
lock_cells() {
  [ -z "$dry_run" ] || return 0
  [ -z "$enable" ] || take_lock %enable Jailhouse
  for cell in $lock_order; do
    case "$selected " in
      *" $cell "*)
        select_cell
        take_lock "$lock_name" "cell '$cell_name'"
        ;;
    esac
  done
  cell=
}

stop_cells() {
  for cell in $stopping; do
    select_cell
    stop_cell
    [ -z "$dry_run" ] || continue
    stopped="$stopped $cell"
    say "cell '$cell_name' is shut down and destroyed"
  done
  cell=
}

launch_cell() {
  choose_loader
${launchLines('[ -n "$dry_run" ] || prepared="$cell $prepared"')}}
`;

const UNDO = `for each in $created; do
    cell=\${each%=*}
    select_cell
    stop_command="launch.sh stop $cell"
    undo "\${each##*=}"
  done
  for cell in $prepared; do
    select_cell
    clean_up_hook
  done
  cell=
  [ -z "$stopped" ] || say "clean-up: stopped by this run, and not started again:$stopped"`;

const VERBS = `start() {
  [ -n "$dry_run" ] || copying=1
  verify
  check_machine
  check_boards
  check_release
  find_jailhouse
  check_loaders
  lock_cells
  check_version # only now: another run may have noted a later one
  load_driver
  check_enabled
  [ -n "$must_enable" ] || check_system
  stop_on_signal checks
  look_at_cells
  stop_cells
${ENABLE}  [ -z "$enabled" ] || note_system
  for cell in $starting; do
    select_cell
    launch_cell
  done
  cell=
  [ -n "$dry_run" ] || note_version
  [ -z "$hook_failed" ] || exit 1
}

stop() {
  lock_cells
  for cell in $selected; do
    select_cell
    if find_cell; then
      stopping="$cell $stopping"
    else
      say "cell '$cell_name' is not there; nothing to stop"
    fi
  done
  cell=
  [ -z "$stopping" ] || find_jailhouse
  stop_cells
  [ -z "$hook_failed" ] || exit 1
}

status() {
  worst=0
  for cell in $selected; do
    select_cell
    read_state
    printf '%s: %s\\n' "$cell" "$state"
    case $state in
      running | running/locked) ;;
      absent) [ "$worst" -ne 0 ] || worst=3 ;;
      *) worst=1 ;;
    esac
  done
  exit "$worst"
}

watch_one() {
  # shellcheck disable=SC2086
  set -- $selected
  [ $# -eq 1 ] || usage_error 'watch: name one cell'
  cell=$1
  watched=$1
  select_cell
  watch
}

verb=
named=
enable=
load_driver=
prepared=
follow=
dry_run=
cell=
for word in "$@"; do
  case $word in
${OPTIONS}    -* | '' | *[!A-Za-z0-9._-]*) usage_error "unknown argument '$word'" ;;
    *)
      if [ -n "$verb" ]; then
        case " $cells " in
          *" $word "*) named="$named $word" ;;
          *) usage_error "no cell '$word' in this bundle; its cells are: $cells" ;;
        esac
      else
        case $word in
          start | stop | restart | status | verify | console | watch) verb=$word ;;
          *) usage_error "unknown verb '$word'" ;;
        esac
      fi
      ;;
  esac
done
verb=\${verb:-start}

selected=
for each in $cells; do
  case "$named " in
    ' ' | *" $each "*) selected="$selected $each" ;;
  esac
done
stopping=
starting=
stopped=

enable_anew="stop all cells, run jailhouse disable, then launch.sh start --enable"
note=\${JAILHOUSE_NOTE:-/run/jailhouse-enabled-with}
${SETTINGS}
${dispatchShell('all files${named:+ of$named} are as built', 'watch_one')}`;

/** All of a machine's script that is the same in each, but for the names of its cells. */
export const machineShell = (cells: readonly string[]): string =>
  [
    commonShell({
      usage: usage(cells),
      message: '"${cell:+$cell: }$1"',
      created: {
        what: 'the cells that this run created.',
        undo: UNDO,
      },
    }),
    SIGNATURE,
    checksShell({ isSkipped: '  is_needed "$file" || return 0\n', loader: LOADER_OF_EACH }),
    cellShell({ giveUp: 'abort', created: 'created="$cell=$own $created"' }),
    SYSTEM,
    CELLS,
    VERBS,
  ].join('\n');
