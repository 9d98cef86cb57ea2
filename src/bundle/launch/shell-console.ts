import { KNOWN_LINES } from './known-lines.ts';

/** launch.sh: what the hypervisor printed. */
export const CONSOLE = `# What jailhouse-bundle explain says of a line, to $known; this script has the most frequent lines only.
explain_line() {
  known=
  case $1 in
${KNOWN_LINES}  esac
}

# Of a start that failed.
say_console() {
  [ -z "$dry_run" ] && [ -r "$sysfs/console" ] || return 0
  lines=$(tail -n 12 "$sysfs/console" 2>/dev/null)
  [ -n "$lines" ] || return 0
  say "console: the last lines of the hypervisor; for all of them, run launch.sh console"
  while IFS= read -r line; do
    say "console: | $line"
    explain_line "$line"
    [ -z "$known" ] || say "console: ^ $known"
  done <<END
$lines
END
}

# Standard input, line by line; ends $child if its own output is closed.
show_lines() {
  while IFS= read -r line || [ -n "$line" ]; do
    explain_line "$line"
    clean "$line"
    printf '%s\\n' "$text" 2>/dev/null &&
      { [ -z "$known" ] || printf '%s\\n' "  ^ $known" 2>/dev/null; } && continue
    [ -z "$child" ] || kill "$child" 2>/dev/null
    return
  done
}

# The tool, as long as it prints: a signal ends it.
follow_console() {
  if ! work=$(mktemp -d) || ! mkfifo "$work/lines"; then
    die 'console: mktemp -d or mkfifo failed; see whether /tmp is full, or set TMPDIR'
  fi
  "$jailhouse" console "$@" >"$work/lines" 2>&1 &
  child=$!
  show_lines <"$work/lines" &
  reader=$!
  await_child "$child"
  result=$code
  wait "$reader"
  [ -z "$signal" ] || exit $((128 + signal))
  [ "$result" -lt 128 ] || return 0 # ended by show_lines
  [ "$result" -eq 0 ] || die "console: 'jailhouse console' exited with code $result; run it as root, with the driver loaded"
}

console() {
  if [ -z "$follow" ] && [ -r "$sysfs/console" ]; then
    show_lines <"$sysfs/console"
    return
  fi
  find_jailhouse
  follow_console \${follow:+-f}
}
`;
