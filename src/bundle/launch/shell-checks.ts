import { DRIVER } from './shell-driver.ts';

/** launch.sh, second part: what is read before anything is changed. */

/** To $loader: the one that is given, the bundle's, or the installed one. */
const CHOOSE_LOADER = `  loader=\${LINUX_LOADER:-$bundled_loader}
  if [ -z "$loader" ]; then
    loader=/usr/local/libexec/jailhouse/linux-loader.bin
    [ -f "$loader" ] || [ ! -f /usr/libexec/jailhouse/linux-loader.bin ] ||
      loader=/usr/libexec/jailhouse/linux-loader.bin
  fi`;

const CHECK_LOADER = `  if [ ! -e "$loader" ]; then
    refuse "loader: $loader: is missing; install Jailhouse's inmates, or set LINUX_LOADER to linux-loader.bin"
  elif [ ! -f "$loader" ]; then
    refuse "loader: $loader: is not a file; set LINUX_LOADER to linux-loader.bin itself"
  elif [ ! -s "$loader" ]; then
    refuse "loader: $loader: is empty; install Jailhouse's inmates again"
  fi`;

export const ONE_LOADER = `find_loader() {
${CHOOSE_LOADER}
${CHECK_LOADER}
}
`;

export const LOADER_OF_EACH = `choose_loader() {
${CHOOSE_LOADER}
}

check_loader() {
${CHECK_LOADER}
}
`;

/**
 * @param isSkipped lines of `check_digest` that leave out what a file of SHA256SUMS is not needed for
 * @param loader of the script: how the loader is found
 */
export const checksShell = ({
  isSkipped,
  loader,
}: {
  isSkipped: string;
  loader: string;
}): string => `# read_line FILE: its first line, with or without a newline at its end, to $line.
read_line() {
  line=
  { IFS= read -r line || [ -n "$line" ]; } 2>/dev/null <"$1"
}

# The cell's folder in sysfs, to $found. Old Jailhouse names the folder after the cell, later ones after its id.
find_cell() {
  for found in "$sysfs"/cells/*/; do
    found=\${found%/}
    [ -d "$found" ] || continue
    if [ -e "$found/name" ]; then
      read_line "$found/name" || continue
    else
      line=\${found##*/}
    fi
    [ "$line" = "$cell_name" ] && return 0
  done
  return 1
}

# To $state: "absent" without the cell. Jailhouse calls a cell running as long as one of its CPUs does.
read_state() {
  state=absent
  find_cell || return 0
  read_line "$found/state"
  state=$line
  case $state in
    running*)
      read_line "$found/cpus_failed_list"
      [ -z "$line" ] || state="failed CPUs $line"
      ;;
  esac
}

newline='
'

# read_entry LINE OF SHA256SUMS: to $digest and $file. Shells look for a blank in an endless line for minutes.
read_entry() {
  [ "\${#1}" -ge 67 ] && [ "\${#1}" -le 4200 ] || return 1
  digest=\${1%%[ *]*}
  file=\${1#* [ *]}
  [ "\${#digest}" -eq 64 ] && [ "\${#file}" -eq $((\${#1} - 66)) ] || return 1
  case $digest in
    *[!0-9a-f]*) return 1 ;;
  esac
}

# Compares $file with $digest: sets $fault to what is wrong with it, or to nothing.
check_digest() {
  fault=
  locate "$file"
  listed=$listed$file$newline/$digest$newline # a slash: no name in a folder is read as one of these digests
${isSkipped}  if [ ! -f "$path" ]; then
    fault='is missing'
  elif is_copied "$file" && ! copy_file "$file"; then
    fault="cannot be copied to $work"
  elif ! find_digest "$path"; then
    fault='cannot be read'
  elif [ "$actual" != "$digest" ]; then
    fault="differs from its digest in SHA256SUMS"
  fi
}

check_listed() {
  for file in "$@"; do
    case $listed in
      *"$newline$file$newline"*) ;;
      *)
        say "verify: $file: is not listed in SHA256SUMS"
        faults=$((faults + 1))
        ;;
    esac
  done
}

verify() {
  [ -f "$bundle/SHA256SUMS" ] || die "verify: $bundle/SHA256SUMS: is missing; install the whole bundle again"
  [ -s "$bundle/SHA256SUMS" ] || die "verify: $bundle/SHA256SUMS: is empty; install the whole bundle again"
  command -v sha256sum >/dev/null 2>&1 || die 'verify: sha256sum: not found in PATH; install coreutils or busybox'
  [ "$(wc -c <"$bundle/SHA256SUMS")" -le 1048576 ] ||
    die "verify: $bundle/SHA256SUMS: is larger than 1 MiB; install the whole bundle again"
  sums=$(cat -- "$bundle/SHA256SUMS")
  check_signature
  make_folder
  used=$newline
  with_listed_files note_used
  [ -z "$copying" ] || find_room
  listed=$newline
  entries=0
  faults=0
  strangers=0
  while IFS= read -r entry || [ -n "$entry" ]; do
    entries=$((entries + 1))
    if ! read_entry "$entry"; then
      say "verify: SHA256SUMS: line $entries is malformed"
      faults=$((faults + 1))
      continue
    fi
    check_digest
    stop_on_signal verify
    [ -z "$fault" ] && continue
    if [ -z "$stays" ]; then
      say "verify: $file: $fault"
      faults=$((faults + 1))
      continue
    fi
    say "verify: $file: $fault; it stays on the target and must be the file that the bundle was built with"
    [ -n "$dry_run" ] && [ ! -e "$file" ] || strangers=$((strangers + 1))
  done <<END
$sums
END
  check_listed launch.sh bundle.json
  with_listed_files check_listed
  check_folder
  [ "$faults" -eq 0 ] || die "verify: the bundle is not as it was built; install the whole bundle again"
  [ "$strangers" -eq 0 ] ||
    die "verify: files on the target are not those that the bundle was built with; copy those to the target, or build the bundle with the files of the target"
  [ -z "$copying" ] || use_copies
}

check_machine() {
  machine=$(uname -m)
  machine_fits "$machine" ||
    refuse "machine: this is $machine, the bundle is for $machines; build one for $machine"
}

find_jailhouse() {
  jailhouse=\${JAILHOUSE:-}
  case $jailhouse in
    '')
      jailhouse=jailhouse
      command -v jailhouse >/dev/null 2>&1 && return
      [ -x /usr/local/sbin/jailhouse ] && jailhouse=/usr/local/sbin/jailhouse && return
      refuse 'jailhouse: the tool is neither in PATH nor in /usr/local/sbin; install it, or set JAILHOUSE to its path'
      ;;
    */*)
      if [ ! -f "$jailhouse" ] || [ ! -x "$jailhouse" ]; then
        refuse "jailhouse: $jailhouse: is not a program; set JAILHOUSE to the tool's path"
      fi
      ;;
    *)
      command -v "$jailhouse" >/dev/null 2>&1 ||
        refuse "jailhouse: $jailhouse: is not in PATH; set JAILHOUSE to the tool's path"
      ;;
  esac
}

${loader}
${DRIVER}`;
