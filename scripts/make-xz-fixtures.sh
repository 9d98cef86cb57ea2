#!/bin/sh
# Makes the inputs of test/formats/compression/xz.test.ts and test/formats/compression/lzma.test.ts in test/fixtures/compression with xz 5.4 or
# newer. What is packed is made of numbers, so that the same files come out anywhere.
set -eu
export LC_ALL=C
unset XZ_OPT XZ_DEFAULTS

cd "$(dirname "$0")/../test/fixtures/compression"
for tool in xz node; do
  command -v "$tool" >/dev/null || {
    echo "make-xz-fixtures: $tool is missing" >&2
    exit 1
  }
done
rm -f ./*.xz ./*.lzma ./*.lzma2 text.bin branches.bin noise.bin

node -e '
const { writeFileSync } = require("node:fs");
let seed = 1;
const below = (count) => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return Math.floor((seed / 2 ** 32) * count);
};
const pick = (list) => list[below(list.length)];
const many = (count, make) => Array.from({ length: count }, make);

const words = many(150, () => String.fromCharCode(...many(2 + below(9), () => 97 + below(26))));
writeFileSync("text.bin", many(900, () => pick(words) + pick([" ", " ", ", ", ".\n"])).join(""));
writeFileSync("noise.bin", Uint8Array.from(many(1500, () => below(256))));

// opcodes and operands of branches, much denser than in real code, so that they overlap
const x86 = many(1600, () => pick([0xe8, 0xe9, 0x00, 0xff, below(256)]));
const arm = many(200, () => [below(256), below(256), below(4), pick([0xeb, 0xeb, 0xe5])]);
const thumb = many(200, () => [below(256), 0xf0 | below(12), below(256), 0xf8 | below(8)]);
const arm64 = many(200, () => [below(256), below(256), below(256), pick([0x90, 0xb0, 0xd0, 0x94, 0x97, 0xf9])]);
const near = many(200, () => [below(256), below(256), pick([0x00, 0xff, 0x3f]), pick([0x90, 0xf0])]);
writeFileSync("branches.bin", Uint8Array.from([x86, arm, thumb, arm64, near].flat(2)));
'

pack() {
  from=$1 to=$2
  shift 2
  xz --stdout "$@" "$from" >"$to"
}
lzma2() {
  pack "$1" "$2" --check=crc32 --lzma2="$3"
}

for check in none crc32 crc64 sha256; do
  pack text.bin "text-$check.xz" --check="$check"
done
pack text.bin text-fast.xz -0
pack text.bin text-best.xz -9e
pack text.bin text-blocks.xz --block-size=1500 -T1
pack text.bin text-sizes.xz --block-size=1500 -T2
lzma2 text.bin text-lc4.xz lc=4
lzma2 text.bin text-lp4.xz lc=0,lp=4,pb=0
lzma2 text.bin text-pb4.xz lc=1,lp=2,pb=4
pack noise.bin noise.xz
head -c 5000000 /dev/zero | xz --check=crc32 >zeros.xz
printf '' | xz >empty.xz
printf 'x' | xz >one.xz
for filter in x86 arm armthumb arm64; do
  pack branches.bin "branches-$filter.xz" --check=crc32 "--$filter" --lzma2=preset=6
done
pack branches.bin branches-start.xz --check=crc32 --x86=start=4294963204 --lzma2=preset=6
pack branches.bin branches-twice.xz --check=crc32 --arm=start=4096 --x86 --lzma2=preset=6
pack branches.bin branches-delta.xz --delta=dist=4 --lzma2=preset=6
pack branches.bin branches-powerpc.xz --powerpc --lzma2=preset=6

# one chunk that means the same wherever it stands
pack text.bin text.lzma2 --format=raw --lzma2=lc=0,lp=0,pb=0

pack text.bin text.lzma --format=lzma -9
pack text.bin text-fast.lzma --format=lzma -0
pack text.bin text-lc4.lzma --format=lzma --lzma1=lc=4
pack text.bin text-lp4.lzma --format=lzma --lzma1=lc=0,lp=4,pb=0
pack text.bin text-pb4.lzma --format=lzma --lzma1=lc=1,lp=2,pb=4
pack noise.bin noise.lzma --format=lzma
head -c 5000000 /dev/zero | xz --format=lzma >zeros.lzma
printf '' | xz --format=lzma >empty.lzma
printf 'x' | xz --format=lzma >one.lzma
