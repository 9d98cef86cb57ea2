/** launch.sh: signals, time limits, and running the `jailhouse` tool. */

/** What comes before the first command: a signal is noted, and handled where it is known what has been created. */
export const SIGNALS = `# A signal is noted here and handled between two steps, when it is known what has been created.
# What may be cut short is $child: it is ended at once.
signal=
child=
interrupted=
late=0
stuck=
grouped=
# end_step SIGNAL PID: with $grouped, all that it started.
end_step() {
  if [ -n "$grouped" ] && kill -s "$1" -- "-$2" 2>/dev/null; then return; fi
  kill -s "$1" "$2" 2>/dev/null
}
note_signal() {
  signal=$1
  interrupted=1
  [ -z "$child" ] || end_step TERM "$child"
}
trap 'note_signal 1' HUP
trap 'note_signal 2' INT
trap 'note_signal 15' TERM
trap 'late=$((late + 1)) interrupted=1' ALRM
`;

export const STEPS = `# await PID: its exit code, to $code. wait ends at a signal, too; where the command ended at that moment, bash may have
# lost its code, and would wait on. After the alarm, the command is killed; one that does not end even then is given up.
await() {
  while :; do
    interrupted=
    wait "$1" 2>/dev/null
    code=$?
    [ -n "$interrupted" ] && kill -0 "$1" 2>/dev/null || return 0
    [ "$late" -eq 0 ] || end_step KILL "$1"
    [ "$late" -lt 5 ] || return 0
  done
}

# await_child PID: of what a signal may cut short.
await_child() {
  late=0
  child=$1
  [ -z "$signal" ] || end_step TERM "$child"
  await "$child"
  child=
}

# A second, or less if there is a signal.
pause() {
  sleep 1 &
  await_child $!
}

# set_alarm SECONDS: after that time, this script gets a signal each second.
set_alarm() {
  (
    trap '' HUP INT TERM
    trap 'kill -KILL "$sleeper"; exit 0' USR1
    sleep "$1" &
    sleeper=$!
    wait "$sleeper"
    while is_alive "$me" && kill -ALRM "$$"; do sleep 1; done
  ) </dev/null >/dev/null 2>&1 &
  alarm=$!
}

clear_alarm() {
  kill -USR1 "$alarm" 2>/dev/null
  wait "$alarm" 2>/dev/null
}

# run_cut SECONDS COMMAND...: a signal ends it. Its exit code, to $code.
run_cut() {
  limit=$1
  shift
  set_alarm "$limit"
  "$@" &
  step=$!
  await_child "$step"
  clear_alarm
}

# run_whole SECONDS COMMAND...: a signal does not.
run_whole() {
  limit=$1
  shift
  set_alarm "$limit"
  (
    trap '' HUP INT TERM
    exec "$@"
  ) &
  step=$!
  late=0
  await "$step"
  clear_alarm
}

# invoke ARGUMENTS OF jailhouse
invoke() {
  if [ -n "$dry_run" ]; then
    print_command "$jailhouse" "$@"
    return
  fi
  case $2 in
    load) run_cut $((step_timeout + load_seconds)) "$jailhouse" "$@" ;;
    *) run_whole "$step_timeout" "$jailhouse" "$@" ;; # only its exit code shows whether there is a cell now
  esac
  [ "$late" -lt 5 ] || stuck=$step
  return "$code"
}

# failed STEP CODE NEXT: the message for a command that failed.
failed() {
  next=$3
  [ "$(id -u)" = 0 ] || next='run it as root (the tool needs /dev/jailhouse)'
  message="$1: 'jailhouse $1' exited with code $2; $next"
  [ "$late" -eq 0 ] ||
    message="$1: 'jailhouse $1' did not end within $limit s, and was killed; see dmesg and the hypervisor's console, or raise LAUNCH_STEP_TIMEOUT"
  [ -z "$stuck" ] ||
    message="$1: 'jailhouse $1' did not end within $limit s, and cannot be killed (pid $stuck); see dmesg and the hypervisor's console"
}
`;
