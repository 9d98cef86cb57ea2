/** launch.sh, third part: what the verbs do to one cell. */

/**
 * @param giveUp what ends a stop that fails, with a message
 * @param created how a cell is remembered that this run created
 */
export const cellShell = ({
  giveUp,
  created,
}: {
  giveUp: string;
  created: string;
}): string => `wait_until_running() {
  waited=0
  while :; do
    stop_on_signal wait
    check_own wait
    read_state
    case $state in
      running | running/locked) return ;;
      failed* | 'shut down' | 'Comm ABI mismatch' | absent)
        abort "wait: cell '$cell_name' is not running: its state is '$state'; look at its console and at the hypervisor's"
        ;;
    esac
    [ "$waited" -lt "$timeout" ] ||
      abort "wait: cell '$cell_name' is not running after $timeout s: its state is '$state'; look at its console, or raise LAUNCH_TIMEOUT"
    pause
    waited=$((waited + 1))
  done
}

stop_cell() {
  stop_hook before-stop
  cell_command shutdown || {
    failed 'cell shutdown' $? "the cell may refuse it; nothing was destroyed"
    ${giveUp} "$message"
  }
  stop_on_signal shutdown
  cell_command destroy || {
    failed 'cell destroy' $? "the cell is shut down but still there; try launch.sh stop again"
    ${giveUp} "$message"
  }
  stop_hook after-stop
}

create_cell() {
  invoke cell create "$cell_file"
  code=$?
  # The code is that of a signal to this script: what sysfs shows counts.
  if [ -n "$signal" ] && [ "$code" -gt 128 ] && [ "$late" -eq 0 ] && find_cell; then code=0; fi
  if [ "$code" -eq 0 ]; then
    if [ -z "$dry_run" ]; then
      own=gone
      if find_cell && find_number; then own=$number; fi
      ${created}
    fi
    stop_on_signal create
    return
  fi
  if [ "$late" -eq 0 ] && find_cell; then
    abort "cell create: 'jailhouse cell create' exited with code $code: another program has created '$cell_name'; it is not touched, see launch.sh status"
  fi
  failed 'cell create' "$code" "see dmesg and the hypervisor's console"
  if find_cell; then message="$message; cell '$cell_name' is there now, and is left as it is: see launch.sh status"; fi
  abort "$message"
}
`;

/** Lines of a function: enables Jailhouse where that is to be done. */
export const ENABLE = `  if [ -n "$must_enable" ]; then
    invoke enable "$system_file" || {
      failed enable $? "see dmesg; the system config must fit this machine"
      abort "$message"
    }
    [ -n "$dry_run" ] || enabled=1
    stop_on_signal enable
  fi
`;

/**
 * Lines of a function: creates, loads and starts the cell.
 *
 * @param prepared how it is remembered that the hook before it was run
 */
export const launchLines = (prepared: string): string => `  ${prepared}
  start_hook before-start
  create_cell
  [ -n "$dry_run" ] || with_cell_files recheck
  check_own 'cell load'
  with_images cell_command load
  code=$?
  stop_on_signal load
  [ "$code" -eq 0 ] || {
    failed 'cell load' "$code" "see dmesg and the hypervisor's console"
    abort "$message"
  }
  check_own 'cell start'
  cell_command start
  code=$?
  stop_on_signal start
  [ "$code" -eq 0 ] || {
    failed 'cell start' "$code" "see dmesg and the hypervisor's console"
    abort "$message"
  }
  [ -n "$dry_run" ] || wait_until_running
  start_hook after-start
  wait_until_ready
  [ -z "$dry_run" ] || return 0
  say "cell '$cell_name' is $state\${ready_command:+, and ready}"
`;

/** Cases of a word of the command line. */
export const OPTIONS = `    --enable) enable=1 ;;
    --modprobe) load_driver=1 ;;
    --dry-run) dry_run=1 ;;
    -f | --follow) follow=1 ;;
    -h | --help)
      usage
      exit 0
      ;;
`;

/** What the environment says. */
export const SETTINGS = `[ -z "$follow" ] || [ "$verb" = console ] || usage_error "-f: only for launch.sh console"
sysfs=\${JAILHOUSE_SYSFS:-/sys/devices/jailhouse}
timeout=\${LAUNCH_TIMEOUT:-10}
case $timeout in
  *[!0-9]* | ??????*) usage_error "LAUNCH_TIMEOUT is '$timeout': whole seconds, at most 99999" ;;
esac
step_timeout=\${LAUNCH_STEP_TIMEOUT:-60}
case $step_timeout in
  *[!0-9]* | ??????* | 0*) usage_error "LAUNCH_STEP_TIMEOUT is '$step_timeout': whole seconds, 1 to 99999" ;;
esac
`;

/**
 * @param intact what `verify` says in the end
 * @param watch what watches
 */
export const dispatchShell = (intact: string, watch: string): string => `name_this_run
trap leave EXIT

case $verb in
  start | restart) start ;;
  stop) stop ;;
  status) status ;;
  console) console ;;
  watch) ${watch} ;;
  verify)
    verify
    say "verify: ${intact}"
    ;;
esac
`;
