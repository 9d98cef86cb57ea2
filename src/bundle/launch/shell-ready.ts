/** launch.sh: whether a cell is of use, and what is done when it no longer is. */
export const READY = `# Seconds since the machine was started, to $now.
now=0
find_now() {
  if read_line /proc/uptime; then now=\${line%%.*}; else now=$((now + 1)); fi
}

# By the command of the manifest; without one, a cell that runs is ready.
wait_until_ready() {
  [ -n "$ready_command" ] || return 0
  hook=ready
  if [ -n "$dry_run" ]; then
    print_command sh -c "$ready_command"
    return
  fi
  said=/dev/null
  [ -z "$work" ] || said=$work/ready
  find_now
  deadline=$((now + ready_timeout))
  while :; do
    check_own ready
    find_id
    read_state
    case $state in
      running | running/locked) ;;
      *) abort "ready: cell '$cell_name' is no longer running: its state is '$state'; look at its console and at the hypervisor's" ;;
    esac
    left=$((deadline - now))
    [ "$left" -gt 0 ] || left=1
    grouped=1
    run_cut "$left" exec_for_cell sh -c "$ready_command" >"$said" 2>&1
    grouped=
    result="exited with code $code"
    [ "$late" -eq 0 ] || result='did not end'
    stop_on_signal ready
    [ "$result" != 'exited with code 0' ] || return 0
    find_now
    [ "$now" -lt "$deadline" ] || break
    waited=0
    while [ "$waited" -lt "$ready_interval" ]; do
      pause
      stop_on_signal ready
      waited=$((waited + 1))
    done
    find_now
    [ "$now" -lt "$deadline" ] || break
  done
  line=$(tail -n 1 "$said" 2>/dev/null)
  [ -z "$line" ] || say "ready: it said: $line"
  abort "ready: cell '$cell_name' is not ready after $ready_timeout s: '$ready_command' $result; try it by hand, or raise ready.timeout in the manifest"
}

restart_limit=3
restart_window=600

# is_at_work: whether another run is.
is_at_work() {
  owner=$(readlink "$run_folder/$lock_name.lock" 2>/dev/null) && is_alive "$owner"
}

# The cell's word on the command line of a machine's script.
watched=

# watch: restarts the cell when it fails or shuts down, seen twice, and no run is at work on it. A cell that
# is absent was stopped, if it was not this run that could not start it.
watch() {
  restarts=0
  first=0
  seen=
  again=
  while :; do
    stop_on_signal watch
    read_state
    case $state in
      running | running/locked)
        seen=
        again=
        ;;
      absent) [ -n "$again" ] || seen= ;;
    esac
    case $state,$again in
      running,* | running/locked,* | absent,) ;;
      *)
        if is_at_work; then
          seen=
        elif [ -n "$again" ] || [ "$seen" = "$state" ]; then
          restart_cell
          seen=
        else
          seen=$state
        fi
        ;;
    esac
    pause
  done
}

restart_cell() {
  find_now
  if [ "$restarts" -eq 0 ] || [ $((now - first)) -ge "$restart_window" ]; then
    restarts=0
    first=$now
  fi
  [ "$restarts" -lt "$restart_limit" ] ||
    die "watch: cell '$cell_name' is '$state', and was restarted $restart_limit times within $restart_window s: it is left as it is; see the messages above, and its console"
  restarts=$((restarts + 1))
  say "watch: cell '$cell_name' is '$state': restart $restarts of $restart_limit within $restart_window s"
  say_console
  again=
  sh "$self" restart \${watched:+"$watched"} &
  await_child $!
  stop_on_signal watch
  [ "$code" -eq 0 ] && return
  say "watch: the restart exited with code $code"
  again=1
}
`;
