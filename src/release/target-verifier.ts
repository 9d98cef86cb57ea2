/**
 * A script for the image of a target: it verifies a bundle's folder with nothing of the bundle itself. Needs minisign,
 * and sha256sum of coreutils or busybox.
 */
export const TARGET_VERIFIER = `#!/bin/sh
# Verifies the folder of a bundle of rollup-plugin-jailhouse before anything in it is run:
#   verify-bundle /opt/jailhouse/NAME && /opt/jailhouse/NAME/launch.sh start
# Ship it in the image of the target, with the public keys in /etc/jailhouse/keys. Only root may write to these
# places, and to the folder of the bundle.
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
keys=/etc/jailhouse/keys
signed='' CDPATH=''
die() {
  printf 'verify-bundle: %s\\n' "$1" | tr '\\001-\\011\\013-\\037\\177' '?' >&2
  exit 1
}
[ $# -eq 1 ] && cd -- "$1" || die 'give the folder of a bundle'
command -v minisign >/dev/null || die 'minisign is not installed'
[ -f SHA256SUMS.minisig ] || die 'the bundle is not signed'
for key in "$keys"/*.pub; do
  [ -e "$key" ] || [ -L "$key" ] || die "there is no public key in $keys"
  line=$(sed -n 2p "$key" 2>/dev/null) || die "$key cannot be read"
  ! cat "$keys"/revoked/* 2>/dev/null | cut -c 15-56 | grep -qxF -e "$(printf %s "$line" | cut -c 15-56)" || continue
  minisign -V -q -p "$key" -m SHA256SUMS -x SHA256SUMS.minisig >/dev/null 2>&1 && signed=1 && break
done
[ -n "$signed" ] || die "the bundle is not signed by a key in $keys"
sha256sum -c SHA256SUMS >/dev/null || die 'the bundle is not as it was built'
for file in * .[!.]* ..?* hooks/* hooks/.[!.]* hooks/..?*; do
  [ -e "$file" ] || [ -L "$file" ] || continue
  [ "$file" != hooks ] || [ -L hooks ] || [ ! -d hooks ] || continue
  [ -f "$file" ] && [ ! -L "$file" ] || die "$file is not a regular file"
  case $file in SHA256SUMS | SHA256SUMS.minisig) continue ;; esac
  [ "$(printf %s "$file" | wc -l)" -eq 0 ] && cut -c 67- SHA256SUMS | grep -qxF -e "$file" ||
    die "$file is not part of the bundle"
done
`;
