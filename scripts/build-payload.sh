#!/bin/sh
# Assembles example-project/payload into payload.bzImage; with --check, fails if the committed file is not what the source gives.
set -eu
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$root/example-project/payload
output=$folder/payload.bzImage

die() {
  echo "build-payload: $1" >&2
  exit "${2:-1}"
}

case ${1-} in
  '' | --check) ;;
  *) die 'usage: build-payload.sh [--check]' 2 ;;
esac
[ "$#" -le 1 ] || die 'usage: build-payload.sh [--check]' 2

# on another machine than a PC, Debian's cross binutils do as well
prefix=
case $(uname -m) in
  x86_64 | i?86) ;;
  *) prefix=x86_64-linux-gnu- ;;
esac
for tool in as ld; do
  command -v "$prefix$tool" >/dev/null ||
    die "$prefix$tool is missing; on Debian: apt-get install binutils${prefix:+-x86-64-linux-gnu}"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$folder"
# one unit: the macros of uart.s come first
"${prefix}as" --64 -o "$work/payload.o" uart.s header.s main.s setup_data.s sha256.s
"${prefix}ld" -T payload.ld -o "$work/payload.bzImage" "$work/payload.o"

if [ "${1-}" = --check ]; then
  cmp "$work/payload.bzImage" "$output" || die 'payload.bzImage is not what its source gives; run scripts/build-payload.sh'
else
  cp "$work/payload.bzImage" "$output"
  chmod 644 "$output"
fi
echo "payload.bzImage: $(wc -c <"$output") bytes, $(sha256sum <"$output" | cut -d' ' -f1)"
