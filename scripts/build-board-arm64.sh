#!/bin/sh
# Makes what example-project/arm64 has of a machine: the device tree that QEMU gives to the root cell's Linux, and the
# program of the cell without Linux; with --check, fails if the committed files are not these.
set -eu
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$root/example-project/arm64
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

die() {
  echo "build-board-arm64: $1" >&2
  exit "${2:-1}"
}

case ${1-} in
  '' | --check) ;;
  *) die 'usage: build-board-arm64.sh [--check]' 2 ;;
esac
[ "$#" -le 1 ] || die 'usage: build-board-arm64.sh [--check]' 2
for tool in qemu-system-aarch64 dtc aarch64-linux-gnu-as aarch64-linux-gnu-objcopy; do
  command -v "$tool" >/dev/null ||
    die "$tool is missing; on Debian: apt-get install qemu-system-arm device-tree-compiler binutils-aarch64-linux-gnu"
done

# Without random seeds, and packed: QEMU leaves room for what it adds.
qemu-system-aarch64 -display none -cpu cortex-a57 -smp 4 -m 2G \
  -M "virt,gic-version=3,virtualization=on,its=off,dtb-randomness=off,dumpdtb=$work/dumped.dtb" 2>/dev/null
dtc -q -I dtb -O dtb -o "$work/board.dtb" "$work/dumped.dtb"

aarch64-linux-gnu-as -o "$work/hello.o" "$folder/hello.s"
aarch64-linux-gnu-objcopy -O binary -j .text "$work/hello.o" "$work/hello.bin"

for file in board.dtb hello.bin; do
  if [ "${1-}" = --check ]; then
    cmp "$work/$file" "$folder/$file" || die "$file is not what it is made from; run scripts/build-board-arm64.sh"
  else
    cp "$work/$file" "$folder/$file"
    chmod 644 "$folder/$file"
  fi
  echo "$file: $(wc -c <"$folder/$file") bytes, $(sha256sum <"$folder/$file" | cut -d' ' -f1)"
done
