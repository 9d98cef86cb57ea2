/** launch.sh: the programs that the bundle brings along. */
export const HOOK_SHELL = `# What has been done for hooks, and has to be undone.
hook_folder=
hook_failed=
listed=

# find_hook_folder: one that only this run can write to, and where programs can be run: /run is often mounted noexec.
find_hook_folder() {
  [ -z "$hook_folder" ] || return 0
  for base in "$work" "\${TMPDIR:-/tmp}" /dev/shm "$state_folder"; do
    [ -n "$base" ] || continue
    hook_folder=$(mktemp -d "$base/hooks.XXXXXX" 2>/dev/null) || continue
    { printf '#!/bin/sh\\n' >"$hook_folder/probe" && chmod 700 "$hook_folder/probe" && "$hook_folder/probe"; } \\
      2>/dev/null && return
    rm -rf "$hook_folder"
  done
  hook_folder=
  return 1
}

# trust_hooks: without a whole verification, what the digests of the hooks are. A stop has to be quick, and possible
# where an image is damaged.
trust_hooks() {
  [ -z "$listed" ] || return 0
  [ -f "$bundle/SHA256SUMS" ] && [ "$(wc -c <"$bundle/SHA256SUMS")" -le 1048576 ] || return 1
  sums=$(cat -- "$bundle/SHA256SUMS")
  (check_signature) || return 1
  listed=$newline
  while IFS= read -r entry || [ -n "$entry" ]; do
    read_entry "$entry" || return 1
    case $file in
      hooks/*) listed=$listed$file$newline/$digest$newline ;;
    esac
  done <<END
$sums
END
}

# copy_hook FILE: to $program; what is wrong, to $fault.
copy_hook() {
  program=
  fault=
  if ! trust_hooks; then
    fault="$1 is not run, as the bundle cannot be verified"
    return
  fi
  case $listed in
    *"$newline$1$newline/"*) ;;
    *)
      fault="$1 is not listed in SHA256SUMS"
      return
      ;;
  esac
  if ! find_hook_folder; then
    fault="$1 cannot be run: there is no folder for a private copy; /run, \${TMPDIR:-/tmp} and /dev/shm are full, not writable, or mounted noexec"
    return
  fi
  digest=\${listed#*"$newline$1$newline/"}
  digest=\${digest%%"$newline"*}
  program=$hook_folder/\${1##*/}
  rm -f "$program"
  actual=
  if { cp "$bundle/$1" "$program" && chmod 700 "$program"; } 2>/dev/null; then find_digest "$program"; fi
  [ "$actual" = "$digest" ] || fault="$1 differs from its digest in SHA256SUMS"
}

# exec_for_cell COMMAND...: in the background: what hooks get.
exec_for_cell() {
  trap - HUP INT TERM PIPE
  cd / || exit 126
  export LAUNCH_HOOK="$hook" LAUNCH_CELL="$cell_name" LAUNCH_CELL_ID="$id" LAUNCH_CELL_STATE="$state"
  export LAUNCH_BUNDLE="$bundle"
  command -v setsid >/dev/null 2>&1 && exec setsid "$@" </dev/null
  exec "$@" </dev/null
}

# The cell's number, to $id: old Jailhouse names its folder after the cell.
find_id() {
  id=
  find_cell || return 0
  id=\${found##*/}
  [ -e "$found/name" ] || { read_line "$found/id" && id=$line; }
}

# run_hook NAME: what went wrong, to $fault; nothing, where the bundle has no such hook.
run_hook() {
  hook=$1
  fault=
  case " $hooks " in
    *" $hook "*) ;;
    *) return 0 ;;
  esac
  if [ -n "$dry_run" ]; then
    print_command "$bundle/$hook_prefix$hook"
    return
  fi
  copy_hook "$hook_prefix$hook"
  [ -z "$fault" ] || return 0
  find_id
  read_state
  grouped=1
  run_cut "$step_timeout" exec_for_cell "$program"
  grouped=
  if [ "$late" -ge 5 ]; then
    fault="$hook_prefix$hook did not end within $limit s, and cannot be killed (pid $step)"
  elif [ "$late" -gt 0 ]; then
    fault="$hook_prefix$hook did not end within $limit s, and was killed; raise LAUNCH_STEP_TIMEOUT if it needs longer"
  elif [ "$code" -ne 0 ]; then
    fault="$hook_prefix$hook exited with code $code"
  fi
}

# start_hook NAME: if it fails, so does the start.
start_hook() {
  run_hook "$1"
  stop_on_signal "$1"
  [ -z "$fault" ] || abort "$1: $fault"
}

# stop_hook NAME: if it fails, the stop goes on: a cell that cannot be stopped would be worse.
stop_hook() {
  pending=
  if [ "$1" = after-stop ]; then
    # The cell is gone: what is left to do is done, whatever came meanwhile.
    pending=$signal
    signal=
  fi
  run_hook "$1"
  signal=\${signal:-$pending}
  stop_on_signal "$1"
  [ -n "$fault" ] || return 0
  hook_failed=1
  say "$1: $fault; the stop goes on, and exits with code 1"
}

# clean_up_hook: after a start that failed, once its cell is gone.
clean_up_hook() {
  find_cell && return
  run_hook after-stop
  [ -z "$fault" ] || say "clean-up: after-stop: $fault"
}
`;
