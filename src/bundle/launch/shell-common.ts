/** launch.sh, first part: usage, messages, signals, and running the `jailhouse` tool. */

/** What the scripts of one cell and of a machine say of environment and exit codes. */
export const ENVIRONMENT = `environment:
  JAILHOUSE        the jailhouse tool (default: from PATH, else /usr/local/sbin/jailhouse)
  JAILHOUSE_SYSFS  Jailhouse's folder in sysfs (default: /sys/devices/jailhouse)
  LINUX_LOADER     the loader (default: the bundle's, else the installed linux-loader.bin)
  LAUNCH_TIMEOUT   whole seconds to wait until the cell runs (default: 10)
`;

export const EXIT_CODES = `exit code: 0 fine, 1 failure, 2 usage; 129, 130, 143 after SIGHUP, SIGINT, SIGTERM
`;

/** Where the script of a machine differs from that of one cell. */
export interface CommonParts {
  usage: string;
  /** The words of `say`. */
  message: string;
  /** What is destroyed on failure; around what is done for each; and what destroys it later. */
  created: { what: string; open: string; close: string; stop: string };
}

export const commonShell = ({ usage, message, created }: CommonParts): string => `usage() {
  cat <<'END'
${usage}END
}

# Whoever reads the messages may be gone: that ends nothing.
trap '' PIPE
(: >&2) || exec 2>/dev/null
(: >&1) || exec >/dev/null
(: <&0) || exec </dev/null

# A terminal must not act on names that other files gave.
say() {
  text=${message}
  case $text in
    *[!\\ -~]*)
      text=$(printf '%s' "$text" | tr '\\000-\\010\\012-\\037\\177' '?' | sed "$c1_controls")
      ;;
  esac
  printf 'launch.sh: %s\\n' "$text" >&2 2>/dev/null || :
}
c1_controls=$(printf 's/\\302[\\200-\\237]/?/g')

die() {
  say "$1"
  exit 1
}

usage_error() {
  say "$1; see launch.sh --help"
  exit 2
}

# What stops a start is only reported in a dry run, which may run on another machine.
refuse() {
  [ -n "$dry_run" ] || die "$1"
  say "$1"
}

# A signal is noted here and handled between two steps, when it is known what has been created.
signal=
child=
note_signal() {
  signal=$1
  [ -z "$child" ] || kill "$child" 2>/dev/null
}
trap 'note_signal 1' HUP
trap 'note_signal 2' INT
trap 'note_signal 15' TERM

created=
enabled=

# abort MESSAGE [EXIT_CODE]: destroys ${created.what} Jailhouse itself is never disabled:
# other cells may be running by now.
abort() {
  trap '' HUP INT TERM
  say "$1"
  ${created.open}
    if cell_command destroy; then
      say "clean-up: cell '$cell_name' was destroyed again"
    else
      say "clean-up: 'jailhouse cell destroy' exited with code $?: cell '$cell_name' is still there; run ${created.stop}"
    fi
  ${created.close}
  [ -z "$enabled" ] || say 'clean-up: Jailhouse, enabled by this run, stays enabled'
  exit "\${2:-1}"
}

# stop_on_signal STEP
stop_on_signal() {
  [ -z "$signal" ] || abort "$1: interrupted by signal $signal" $((128 + signal))
}

# quoted TEXT: prints it as one shell word.
quoted() {
  case $1 in
    '' | *[!A-Za-z0-9_@+:,./-]*) ;;
    *)
      printf '%s' "$1"
      return
      ;;
  esac
  rest=$1
  word=
  while :; do
    case $rest in
      *\\'*)
        word=$word\${rest%%\\'*}"'\\\\''"
        rest=\${rest#*\\'}
        ;;
      *) break ;;
    esac
  done
  printf "'%s'" "$word$rest"
}

print_command() {
  separator=
  for argument in "$@"; do
    printf '%s' "$separator"
    quoted "$argument"
    separator=' '
  done
  printf '\\n'
}

# Not to be cut short: only its exit code shows whether there is a cell now.
run_to_its_end() {
  (
    trap '' HUP INT TERM
    exec "$jailhouse" "$@"
  )
}

run_until_signal() {
  "$jailhouse" "$@" &
  child=$!
  [ -z "$signal" ] || kill "$child" 2>/dev/null
  wait "$child" 2>/dev/null
  code=$?
  # wait also ends when a signal arrives, before the command has ended
  while kill -0 "$child" 2>/dev/null; do
    wait "$child" 2>/dev/null
    code=$?
  done
  child=
  return "$code"
}

# invoke ARGUMENTS OF jailhouse
invoke() {
  if [ -n "$dry_run" ]; then
    print_command "$jailhouse" "$@"
  elif [ "$2" = load ]; then
    run_until_signal "$@"
  else
    run_to_its_end "$@"
  fi
}
`;
