/** launch.sh: whether the bundle is for this board and this Jailhouse, and is not an old one. */

export const GATES = `# The board's names, by its device tree and by its firmware, to $boards, each on a line.
find_boards() {
  boards=$newline
  [ ! -r "$tree_file" ] || boards=$newline$(tr '\\000' '\\n' <"$tree_file")$newline
  if read_line "$product_file"; then boards=$boards$line$newline; fi
}
tree_file=/proc/device-tree/compatible
product_file=/sys/class/dmi/id/product_name

# check_compatible BOARD...: whether this one is among them.
check_compatible() {
  find_boards
  required=
  for board in "$@"; do
    case $boards in
      *"$newline$board$newline"*) return 0 ;;
    esac
    required=$required\${required:+, }$board
  done
  here=
  while IFS= read -r board; do
    [ -z "$board" ] || here=$here\${here:+, }$board
  done <<END
$boards
END
  refuse "compatible: this board is \${here:-of unknown kind: neither $tree_file nor $product_file names it}; the bundle is for $required"
}

# The driver says its release where it was built from one; a build of git says how far it is from the last.
check_release() {
  read_line "$release_file" && [ -n "$line" ] || return 0
  installed=\${line#v}
  case $installed in
    *-dirty*) ;;
    *' (0-g'*) installed=\${installed%% *} ;;
  esac
  case $installed,$releases in
    *[!0-9.]*,* | *,)
      say "release: the installed Jailhouse is $line, the bundle is for $release: not compared, as one of them is not a release"
      return
      ;;
  esac
  case " $releases " in
    *" $installed "*) ;;
    *)
      refuse "release: the installed Jailhouse is $line, the bundle is for $release; install that, or build the bundle with a cell config of the installed one"
      ;;
  esac
}
release_file=/sys/module/jailhouse/version

# Whether a later version of the bundle was started before: noted where this folder is.
check_version() {
  version_file=$state_folder/$bundle_name.version
  [ -d "$state_folder" ] && [ -e "$version_file" ] || return 0
  read_line "$version_file"
  case $line in
    '' | *[!0-9]* | ???????????*)
      refuse "version: $version_file: is not a version; to start this bundle, remove that file"
      return
      ;;
  esac
  if [ -z "$version" ] || [ "$version" -lt "$line" ]; then
    refuse "version: version $line of '$bundle_name' was started before, and this bundle has \${version:-no version}; to go back, remove $version_file"
  fi
}
state_folder=/var/lib/jailhouse-bundle

note_version() {
  [ -d "$state_folder" ] && [ -n "$version" ] || return 0
  { printf '%s\\n' "$version" >"$version_file.new" && mv -f "$version_file.new" "$version_file"; } 2>/dev/null ||
    say "version: $version_file: cannot be written: later runs cannot see that version $version was started"
}
`;
