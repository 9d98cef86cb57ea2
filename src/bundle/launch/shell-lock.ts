/** launch.sh: who is at work on a cell, and which cell is whose. */

export const LOCK = `run_folder=/run/jailhouse-bundle

# find_start PID: when that process started, in ticks since the machine did, to $ticks; fails if it has ended.
find_start() {
  read_line "/proc/$1/stat" || return 1
  # The program's name before it may have blanks and parentheses.
  # shellcheck disable=SC2086
  set -- \${line##*)}
  ticks=\${20:-}
  case \${1:-} in
    '' | Z | X) return 1 ;;
  esac
}

# is_alive "PID TICKS ...": whether it is that process still, and no later one with its number.
is_alive() {
  find_start "\${1%% *}" || return 1
  case $1 in
    "\${1%% *} $ticks" | "\${1%% *} $ticks "*) return 0 ;;
    *) return 1 ;;
  esac
}

# Without /proc, a run has no name that lasts.
name_this_run() {
  me=$$
  if find_start $$; then me="$$ $ticks"; fi
}

# What this run holds.
locks=

# A lock is a symbolic link to "PID TICKS VERB": it is made with its content, or not at all.
# take_lock NAME WHAT: waits for it as long as for a cell.
take_lock() {
  lock=$run_folder/$1.lock
  mkdir -p "$run_folder" 2>/dev/null
  if [ "$me" = $$ ] || [ ! -d "$run_folder" ] || [ ! -w "$run_folder" ]; then
    say "lock: $run_folder: cannot be written: other runs of launch.sh cannot see that this one is at work"
    return
  fi
  waited=0
  until ln -s "$me $verb" "$lock" 2>/dev/null; do
    stop_on_signal lock
    owner=$(readlink "$lock") || owner=
    [ -z "$owner" ] || is_alive "$owner" || ! break_lock "$owner" || continue
    [ "$waited" -lt "$timeout" ] || die "lock: $(describe_lock "$2"); or raise LAUNCH_TIMEOUT"
    pause
    waited=$((waited + 1))
  done
  locks="$locks $1"
}

describe_lock() {
  if [ -z "$owner" ]; then
    printf '%s' "$lock: cannot be created"
  elif is_alive "$owner"; then
    printf '%s' "pid \${owner%% *} (launch.sh \${owner##* }) has been at work on $1 for more than $timeout s; wait until it has ended"
  else
    printf '%s' "$lock: is left of a run that has ended; remove it, and $lock.break"
  fi
}

# break_lock OWNER: one at a time, or the second would remove what was taken after the first.
break_lock() {
  ln -s "$me" "$lock.break" 2>/dev/null || return 1
  [ "$(readlink "$lock")" != "$1" ] || rm -f "$lock"
  rm -f "$lock.break"
}

drop_locks() {
  for lock in $locks; do rm -f "$run_folder/$lock.lock"; done
  locks=
}

# The number of $found, to $number: the kernel gives each folder another one, while the ids of cells are given again.
find_number() {
  # shellcheck disable=SC2012
  number=$(ls -di -- "$found" 2>/dev/null | { read -r first _ && printf '%s' "$first"; })
}

# is_own NUMBER: whether the cell is there, and is the one that this run created.
is_own() {
  find_cell && find_number && [ "$number" = "$1" ]
}

# check_own STEP
check_own() {
  [ -n "$dry_run" ] || is_own "$own" ||
    abort "$1: the cell '$cell_name' of this run is gone: another program has destroyed it"
}

# undo NUMBER: destroys the cell that this run created.
undo() {
  if [ -n "$stuck" ]; then
    say "clean-up: cell '$cell_name' is left as it is, while pid $stuck does not end; then run $stop_command"
  elif ! find_cell; then
    say "clean-up: cell '$cell_name' is gone already"
  elif ! is_own "$1"; then
    say "clean-up: the cell '$cell_name' that is there now was created by another program: it is not touched"
  elif cell_command destroy; then
    say "clean-up: cell '$cell_name' was destroyed again"
  else
    say "clean-up: 'jailhouse cell destroy' exited with code $?: cell '$cell_name' is still there; run $stop_command"
  fi
}
`;
