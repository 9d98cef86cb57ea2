import { SIGNATURE } from './shell-signature.ts';
import { checksShell, ONE_LOADER } from './shell-checks.ts';
import { commonShell, ENVIRONMENT, EXIT_CODES } from './shell-common.ts';
import { cellShell, dispatchShell, ENABLE, launchLines, OPTIONS, SETTINGS } from './shell-verbs.ts';

const USAGE = `usage: launch.sh [start|stop|restart|status|verify|console|watch] [--enable] [--modprobe] [--dry-run]

  start      verify the bundle; create, load and start the cell; wait until it runs (the default)
  stop       shut the cell down and destroy it; fine if it is not there
  restart    verify, stop the cell if it is there, start it
  status     print the cell's state ("absent" if it is not there)
  verify     compare all files with SHA256SUMS
  console    print the hypervisor's console, with what is known of its lines
  watch      restart the cell when it fails or shuts down, three times within ten minutes

  --enable   start, restart: enable Jailhouse with the bundle's system config if it is off
  --modprobe start, restart: load the jailhouse driver if it is not loaded
  --dry-run  start, stop, restart: print the commands and run none
  -f         console: go on, and print what comes
  --help     print this

${ENVIRONMENT}
${EXIT_CODES}status:    0 running, 1 any other state, 3 absent
`;

const COMMON = commonShell({
  usage: USAGE,
  message: '"$1"',
  created: {
    what: 'the cell if this run created it.',
    undo: 'stop_command="launch.sh stop"\n  [ -z "$created" ] || undo "$created"\n  [ -z "$prepared" ] || clean_up_hook',
  },
});

const VERBS = `lock_cells() {
  [ -z "$dry_run" ] || return 0
  [ -z "$enable" ] || take_lock %enable Jailhouse
  take_lock "$lock_name" "cell '$cell_name'"
}

start() {
  [ -n "$dry_run" ] || copying=1
  verify
  check_machine
  check_boards
  check_release
  find_jailhouse
  find_loader
  lock_cells
  check_version # only now: another run may have noted a later one
  load_driver
  check_enabled
  stop_on_signal checks
  if find_cell; then
    if [ "$verb" = restart ]; then
      stop_cell
    else
      read_state
      refuse "start: cell '$cell_name' is there already, $state; use launch.sh restart, or stop it first"
    fi
  fi
${ENABLE}${launchLines('[ -n "$dry_run" ] || prepared=1')}  note_version
  [ -z "$hook_failed" ] || exit 1
}

stop() {
  lock_cells
  if find_cell; then
    find_jailhouse
    stop_cell
    [ -n "$dry_run" ] || say "cell '$cell_name' is shut down and destroyed"
  else
    say "cell '$cell_name' is not there; nothing to stop"
  fi
  [ -z "$hook_failed" ] || exit 1
}

status() {
  read_state
  printf '%s\\n' "$state"
  case $state in
    running | running/locked) exit 0 ;;
    absent) exit 3 ;;
    *) exit 1 ;;
  esac
}

verb=
enable=
load_driver=
prepared=
follow=
dry_run=
for word in "$@"; do
  case $word in
    start | stop | restart | status | verify | console | watch)
      [ -z "$verb" ] || usage_error "'$verb' and '$word': one verb at a time"
      verb=$word
      ;;
${OPTIONS}    *) usage_error "unknown argument '$word'" ;;
  esac
done
verb=\${verb:-start}

[ -z "$enable" ] || [ -n "$system_file" ] ||
  usage_error "--enable: the bundle has no system config; name one in the manifest ('system:'), or enable Jailhouse yourself"
${SETTINGS}
${dispatchShell('all files are as built', 'watch')}`;

/** All of the script for one cell that is the same in each. */
export const ONE_CELL = [
  COMMON,
  SIGNATURE,
  checksShell({ isSkipped: '', loader: ONE_LOADER }),
  `${cellShell({ giveUp: 'die', created: 'created=$own' })}\n${VERBS}`,
].join('\n');
