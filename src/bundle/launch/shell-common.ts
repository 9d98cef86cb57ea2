import { CONSOLE } from './shell-console.ts';
import { COPIES } from './shell-copies.ts';
import { GATES } from './shell-gates.ts';
import { HOOK_SHELL } from './shell-hooks.ts';
import { LOCK } from './shell-lock.ts';
import { READY } from './shell-ready.ts';
import { SIGNALS, STEPS } from './shell-steps.ts';

/** launch.sh, first part: usage, messages, signals, and running the `jailhouse` tool. */

/** What the scripts of one cell and of a machine say of environment and exit codes. */
export const ENVIRONMENT = `environment:
  JAILHOUSE            the jailhouse tool (default: from PATH, else /usr/local/sbin/jailhouse)
  JAILHOUSE_SYSFS      Jailhouse's folder in sysfs (default: /sys/devices/jailhouse)
  LINUX_LOADER         the loader (default: the bundle's, else the installed linux-loader.bin)
  LAUNCH_KEY           the public key that the bundle must be signed with (default: those in /etc/jailhouse/keys)
  LAUNCH_TIMEOUT       whole seconds to wait until the cell runs, and for other runs of launch.sh (default: 10)
  LAUNCH_STEP_TIMEOUT  whole seconds until a jailhouse command is killed (default: 60; longer to load large images)
`;

export const EXIT_CODES = `exit code: 0 fine, 1 failure, 2 usage; 129, 130, 143 after SIGHUP, SIGINT, SIGTERM
`;

/** Where the script of a machine differs from that of one cell. */
export interface CommonParts {
  usage: string;
  /** The words of `say`. */
  message: string;
  /** What is destroyed on failure, and the lines that do it. */
  created: { what: string; undo: string };
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

# clean TEXT: to $text. A terminal must not act on what other files and programs say.
clean() {
  text=$1
  case $text in
    *[!\\ -~]*)
      text=$(printf '%s' "$text" | tr '\\000-\\010\\012-\\037\\177' '?' | sed "$c1_controls")
      ;;
  esac
}

say() {
  clean ${message}
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

${SIGNALS}
created=
enabled=

# abort MESSAGE [EXIT_CODE]: destroys ${created.what} Jailhouse itself is never disabled:
# other cells may be running by now.
abort() {
  trap '' HUP INT TERM
  say "$1"
  case \${1%%:*} in
    enable | cell\\ * | wait | ready) [ -n "$signal" ] || say_console ;;
  esac
  signal= # what cleans up is not cut short by it
  ${created.undo}
  [ -z "$enabled" ] || say 'clean-up: Jailhouse, enabled by this run, stays enabled'
  [ -z "$loaded" ] || say 'clean-up: the jailhouse driver, loaded by this run, stays loaded'
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

${STEPS}
${LOCK}
${COPIES}
${GATES}
${CONSOLE}
${HOOK_SHELL}
${READY}`;
