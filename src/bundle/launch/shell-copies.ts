/** launch.sh: what was verified is what is loaded. */

export const COPIES = `# Files could be replaced after they were verified: so they are copied to a folder of this run first, and the copies
# are verified and loaded. Images need room; without it, they are verified again directly before they are loaded.
work=
copying=
room=

# make_folder: to $work. What killed runs have left is removed.
make_folder() {
  [ "$me" != $$ ] && mkdir -p "$run_folder" 2>/dev/null || return 0
  for left in "$run_folder"/files.*; do
    owner=\${left##*/files.}
    owner=\${owner%.*}
    is_alive "\${owner%%.*} \${owner#*.}" || rm -rf "$left" 2>/dev/null
  done
  work=$(mktemp -d "$run_folder/files.$$.\${me#* }.XXXXXX" 2>/dev/null) || work=
}

# For copies of the images, and for what else the machine does meanwhile.
find_room() {
  room=
  [ -n "$work" ] || return 0
  free=$(df -P -k "$work" 2>/dev/null | { read -r _ && read -r _ _ _ free _ && printf '%s' "$free"; })
  available=
  while read -r key value _; do
    [ "$key" != MemAvailable: ] || available=$value
  done 2>/dev/null <"$memory_file"
  case $free,$available in
    ,* | *, | *[!0-9,]*) return 0 ;;
  esac
  needed=$(images_size)
  if [ "$free" -gt $((needed + 1024)) ] && [ "$available" -gt $((2 * needed + 32768)) ]; then room=1; fi
}
memory_file=/proc/meminfo

# is_copied FILE: whether that file of SHA256SUMS is; cell configs always are.
is_copied() {
  [ -n "$copying" ] && [ -n "$work" ] || return 1
  case $used in
    *"$newline$1$newline"*) ;;
    *) return 1 ;;
  esac
  case $1 in
    *.cell) return 0 ;;
    *) [ -n "$room" ] ;;
  esac
}

note_used() {
  for file in "$@"; do used=$used$file$newline; done
}

# locate FILE OF SHA256SUMS: to $path, and $stays for a file that is not part of the bundle but stays on the target.
locate() {
  stays=
  case $1 in
    /*) path=$1 stays=1 ;;
    *) path=$bundle/$1 ;;
  esac
}

# copy_file FILE: $path is the copy then.
copy_file() {
  case $1 in
    /*) copy=$work/target$1 ;;
    *) copy=$work/files/$1 ;;
  esac
  mkdir -p "\${copy%/*}" 2>/dev/null || return 1
  cp "$path" "$copy" 2>/dev/null &
  await_child $!
  path=$copy
  return "$code"
}

# find_digest PATH: to $actual
find_digest() {
  if [ -n "$work" ]; then
    sha256sum 2>/dev/null <"$1" >"$work/digest" &
    await_child $!
    read_line "$work/digest"
    actual=\${line%% *}
    return "$code"
  fi
  actual=$(sha256sum 2>/dev/null <"$1") || return 1
  actual=\${actual%% *}
}

# Commands get the copies from here on.
use_copies() {
  [ -z "$work" ] || configs=$work/files
  # shellcheck disable=SC2034 # not all bundles have files on the target
  [ -z "$room" ] || images=$work/files targets=$work/target
  name_files
}

# recheck FILE...: those that are not copied, before they are loaded.
recheck() {
  for file in "$@"; do
    is_copied "$file" && continue
    digest=\${listed#*"$newline$file$newline/"}
    digest=\${digest%%"$newline"*}
    locate "$file"
    find_digest "$path" || actual=
    stop_on_signal verify
    [ "$actual" = "$digest" ] || abort "verify: $file: was changed after it was verified, and is not loaded"
  done
}

# On every way out.
leave() {
  [ -z "$work" ] || rm -rf "$work"
  [ -z "$hook_folder" ] || rm -rf "$hook_folder"
  drop_locks
}
`;
