/** launch.sh, last fixed part: the verbs and the command line. */
export const VERBS = `# failed STEP CODE NEXT: the message for a command that failed.
failed() {
  next=$3
  [ "$(id -u)" = 0 ] || next='run it as root (the tool needs /dev/jailhouse)'
  message="$1: 'jailhouse $1' exited with code $2; $next"
}

wait_until_running() {
  waited=0
  while :; do
    stop_on_signal wait
    read_state
    case $state in
      running | running/locked) return ;;
      failed | 'shut down' | absent)
        abort "wait: cell '$cell_name' is not running: its state is '$state'; look at its console and at the hypervisor's"
        ;;
    esac
    [ "$waited" -lt "$timeout" ] ||
      abort "wait: cell '$cell_name' is not running after $timeout s: its state is '$state'; look at its console, or raise LAUNCH_TIMEOUT"
    sleep 1
    waited=$((waited + 1))
  done
}

stop_cell() {
  cell_command shutdown || {
    failed 'cell shutdown' $? "the cell may refuse it; nothing was destroyed"
    die "$message"
  }
  stop_on_signal shutdown
  cell_command destroy || {
    failed 'cell destroy' $? "the cell is shut down but still there; try launch.sh stop again"
    die "$message"
  }
  stop_on_signal destroy
}

create_cell() {
  invoke cell create "$cell_file"
  code=$?
  if [ "$code" -eq 0 ]; then
    [ -n "$dry_run" ] || created=1
    stop_on_signal create
    return
  fi
  if find_cell; then
    abort "cell create: 'jailhouse cell create' exited with code $code: another program has created '$cell_name'; it is not touched, see launch.sh status"
  fi
  failed 'cell create' "$code" "see dmesg and the hypervisor's console"
  abort "$message"
}

start() {
  verify
  check_machine
  find_jailhouse
  find_loader
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
  if [ -n "$must_enable" ]; then
    invoke enable "$system_file" || {
      failed enable $? "see dmesg; the system config must fit this machine"
      abort "$message"
    }
    [ -n "$dry_run" ] || enabled=1
    stop_on_signal enable
  fi
  create_cell
  with_images cell_command load
  code=$?
  stop_on_signal load
  [ "$code" -eq 0 ] || {
    failed 'cell load' "$code" "see dmesg and the hypervisor's console"
    abort "$message"
  }
  cell_command start
  code=$?
  stop_on_signal start
  [ "$code" -eq 0 ] || {
    failed 'cell start' "$code" "see dmesg and the hypervisor's console"
    abort "$message"
  }
  [ -z "$dry_run" ] || return 0
  wait_until_running
  say "cell '$cell_name' is $state"
}

stop() {
  if find_cell; then
    find_jailhouse
    stop_cell
    [ -n "$dry_run" ] || say "cell '$cell_name' is shut down and destroyed"
  else
    say "cell '$cell_name' is not there; nothing to stop"
  fi
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
dry_run=
for word in "$@"; do
  case $word in
    start | stop | restart | status | verify)
      [ -z "$verb" ] || usage_error "'$verb' and '$word': one verb at a time"
      verb=$word
      ;;
    --enable) enable=1 ;;
    --dry-run) dry_run=1 ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) usage_error "unknown argument '$word'" ;;
  esac
done
verb=\${verb:-start}

[ -z "$enable" ] || [ -n "$system_file" ] ||
  usage_error "--enable: the bundle has no system config; name one in the manifest ('system:'), or enable Jailhouse yourself"
sysfs=\${JAILHOUSE_SYSFS:-/sys/devices/jailhouse}
timeout=\${LAUNCH_TIMEOUT:-10}
case $timeout in
  *[!0-9]* | ??????*) usage_error "LAUNCH_TIMEOUT is '$timeout': whole seconds, at most 99999" ;;
esac

case $verb in
  start | restart) start ;;
  stop) stop ;;
  status) status ;;
  verify)
    verify
    say "verify: all files are as built"
    ;;
esac
`;
