/** launch.sh: who made the bundle, and whether its folder has nothing else in it. */

/** What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410), in octal escapes. */
const DER_PREFIX = String.raw`\060\052\060\005\006\003\053\145\160\003\041\000`;

/** Before `checksShell`, which calls `read_sums` and `check_folder`. */
export const SIGNATURE = `# second_line FILE: to $line. That of a public key has 56 characters: 2 bytes "Ed", 8 of a number, 32 of the key.
second_line() {
  line=
  {
    IFS= read -r line
    IFS= read -r line
  } 2>/dev/null <"$1"
}

read_key() {
  second_line "$1"
  case $line in
    *"$return") die "signature: $1: has the line ends of Windows; get it again, as it is" ;;
  esac
  [ "\${#line}" -eq 56 ] ||
    die "signature: $1: is not a public key of minisign; get it again"
}

return=$(printf '\\r')

# Others than root could replace what is not root's.
check_owner() {
  # shellcheck disable=SC2046
  set -- "$1" $(ls -ldLn -- "$1" 2>/dev/null)
  [ $# -gt 3 ] || die "signature: $1: cannot be read; remove it, or get it again"
  case $2 in
    ?????w* | ????????w*) ;;
    *) [ "$4" != 0 ] && [ "$4" != "$(id -u)" ] || return 0 ;;
  esac
  die "signature: $1: others than root can write to it; chown root and chmod go-w what is in $keys"
}

# Whether the key of $line, whatever its number, is among those that are revoked.
is_revoked() {
  candidate=$line
  for revoked in "$keys"/revoked/*; do
    [ -e "$revoked" ] || [ -L "$revoked" ] || continue
    read_key "$revoked"
    [ "\${line#??????????????}" != "\${candidate#??????????????}" ] || return 0
  done
  line=$candidate
  return 1
}

# The number of the key of $line, or of the key that made its signature.
key_number() {
  printf '%s' "$line" | openssl base64 -d -A | head -c 10 | tail -c 8 | openssl base64 -A
}

# openssl has what signatures of minisign are made of: BLAKE2b, and from 3.0 on Ed25519 of raw bytes.
openssl_verify() {
  printf '%s' "$line" | openssl base64 -d -A | tail -c 32 >"$signed/raw"
  { printf '${DER_PREFIX}' && cat "$signed/raw"; } >"$signed/key"
  number=$(key_number)
  second_line "$signed/signature"
  case $line in
    RU*) ;;
    *) return 1 ;;
  esac
  [ "$(key_number)" = "$number" ] || return 1
  printf '%s' "$line" | openssl base64 -d -A | tail -c 64 >"$signed/bytes"
  openssl dgst -blake2b512 -binary <"$signed/sums" >"$signed/digest" &&
    openssl pkeyutl -verify -rawin -in "$signed/digest" -sigfile "$signed/bytes" \\
      -pubin -keyform DER -inkey "$signed/key"
}

# is_signed_by KEY, whose second line is $line
is_signed_by() {
  if [ "$tool" = minisign ]; then
    minisign -V -q -p "$1" -m "$signed/sums" -x "$signed/signature"
  else
    openssl_verify
  fi >/dev/null 2>&1
}

find_tool() {
  tool=minisign
  command -v minisign >/dev/null 2>&1 && return
  tool=openssl
  openssl pkeyutl -help 2>&1 | grep -q -e -rawin && return
  die 'signature: neither minisign nor openssl 3.0 or later is in PATH; install minisign'
}

# To $signer: which of the keys made the signature of $sums. It is looked at in a folder of its own.
find_signer() {
  signer=
  signed=$(mktemp -d) || die "signature: mktemp -d failed; see whether /tmp is full, or set TMPDIR"
  printf '%s\\n' "$sums" >"$signed/sums"
  cat -- "$bundle/SHA256SUMS.minisig" >"$signed/signature"
  for key in "$@"; do
    read_key "$key"
    ! is_revoked || continue
    is_signed_by "$key" && signer=$key && break
  done
  rm -rf -- "$signed"
}

# Who can write to these folders decides which keys count.
check_keys() {
  [ -d "$keys" ] || return 0
  check_owner "\${keys%/*}"
  check_owner "$keys"
  for path in "$keys"/*; do
    case \${path##*/} in
      *.pub | required) ;;
      revoked)
        check_owner "$path"
        for revoked in "$path"/*; do
          if [ -e "$revoked" ] || [ -L "$revoked" ]; then check_owner "$revoked"; fi
        done
        ;;
      *.[Pp][Uu][Bb] | [Rr][Ee][Qq][Uu][Ii][Rr][Ee][Dd] | [Rr][Ee][Vv][Oo][Kk][Ee][Dd])
        die "signature: $path: does not count with capital letters in its name; rename it in small letters, or remove it"
        ;;
    esac
  done
}

# Before anything of the bundle is believed. $sums is what was signed.
check_signature() {
  set --
  check_keys
  if [ -n "$signed_only" ]; then
    [ -z "\${LAUNCH_KEY:-}" ] || say "signature: LAUNCH_KEY is not used, because there is $keys/required"
    must=$keys/required
  elif [ -n "\${LAUNCH_KEY+set}" ]; then
    [ -n "$LAUNCH_KEY" ] || die 'signature: LAUNCH_KEY is empty; set it to a public key, or unset it'
    [ -f "$LAUNCH_KEY" ] || die "signature: LAUNCH_KEY is '$LAUNCH_KEY', which is not a file; set it to a public key"
    must=LAUNCH_KEY
    set -- "$LAUNCH_KEY"
  else
    must=
  fi
  if [ $# -eq 0 ]; then
    for key in "$keys"/*.pub; do
      [ -e "$key" ] || [ -L "$key" ] || continue
      check_owner "$key"
      set -- "$@" "$key"
    done
  fi
  if [ ! -f "$bundle/SHA256SUMS.minisig" ]; then
    [ -z "$must" ] || die "signature: the bundle is not signed, and $must requires a signature; install a signed bundle"
    [ $# -eq 0 ] || say "signature: the bundle is not signed; with a file $keys/required such bundles are refused"
  elif [ $# -gt 0 ]; then
    find_tool
    find_signer "$@"
    [ -n "$signer" ] ||
      die "signature: the bundle is not signed by a key that counts here ($*); do not use it, or add the public key of who built it"
    [ "$verb" != verify ] || say "signature: it is by $signer"
  elif [ -n "$must" ]; then
    die "signature: there is no public key in $keys, and $must requires a signature; copy the public key there"
  elif [ "$verb" = verify ]; then
    say "signature: not checked, because there is no public key in $keys"
  fi
}

# Files in the bundle's folder that SHA256SUMS does not list.
check_folder() {
  for path in "$bundle"/* "$bundle"/.[!.]* "$bundle"/..?* "$bundle"/hooks/* "$bundle"/hooks/.[!.]* "$bundle"/hooks/..?*; do
    [ -e "$path" ] || [ -L "$path" ] || continue
    file=\${path#"$bundle/"}
    case $listed in
      *"$newline$file$newline"*) continue ;;
    esac
    case $file in
      SHA256SUMS | SHA256SUMS.minisig) continue ;;
      hooks) [ -L "$path" ] || [ ! -d "$path" ] || continue ;;
    esac
    say "verify: $file: is in the bundle's folder, and not listed in SHA256SUMS; remove it"
    faults=$((faults + 1))
  done
}
`;
