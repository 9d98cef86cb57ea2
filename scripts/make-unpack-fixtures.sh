#!/bin/sh
# Packs the inputs of the tests in test/formats/compression and test/formats/initrd into test/fixtures/compression, with the real
# tools. The packed bytes may differ with other versions of the tools; what they unpack to does not.
set -eu
export LC_ALL=C TZ=UTC

output=$(cd "$(dirname "$0")/.." && pwd)/test/fixtures/compression

for tool in bzip2 cpio gzip lz4 lzop openssl xz zstd; do
  command -v "$tool" >/dev/null || {
    echo "make-unpack-fixtures: $tool is missing; on Debian: apt-get install $tool (xz: xz-utils)" >&2
    exit 1
  }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"

# The same inputs as test/helpers/packed.ts makes.
: >empty
seq 1 6000 >text
head -c 3000 /dev/zero |
  openssl enc -aes-128-ctr -K 00000000000000000000000000000000 -iv 00000000000000000000000000000000 >random
i=0
while [ "$i" -lt 100 ]; do
  cat random
  i=$((i + 1))
done >repeats
i=0
while [ "$i" -lt 29 ]; do
  cat repeats
  i=$((i + 1))
done >large
mkdir -p tree/bin
echo '#!/bin/sh' >tree/init
cp text tree/bin/numbers
ln -s numbers tree/bin/digits
chmod 755 tree tree/bin tree/init
chmod 644 tree/bin/numbers
touch -h -d @0 empty text random repeats large tree/bin/* tree/bin tree/init tree
(cd tree && find . | sort | cpio --quiet --reproducible -R 0:0 -o -H newc) >tree.cpio
touch -d @0 tree.cpio

mkdir -p "$output"
cp tree.cpio "$output"

lz4 -q -f -l -1 text "$output/text.1.lz4"
for input in empty text random large tree.cpio; do
  lz4 -q -f -l -9 "$input" "$output/$input.9.lz4"
done
lz4 -q -f -9 text "$output/text.frame.lz4"

for level in 1 3; do
  lzop "-$level" -c text >"$output/text.$level.lzo"
done
for input in empty text random repeats tree.cpio; do
  lzop -9 -c "$input" >"$output/$input.9.lzo"
done
lzop -9 --crc32 -c repeats >"$output/repeats.crc32.lzo"
# the levels from 7 on always store a checksum
lzop -3 -F -c text >"$output/text.unchecked.lzo"

zstd -q -f -1 text -o "$output/text.1.zst"
for input in empty text random repeats large tree.cpio; do
  zstd -q -f -19 "$input" -o "$output/$input.19.zst"
  # the kernel's build pipes its input, so that no frame says how much it holds
  zstd -q -22 --ultra <"$input" >"$output/$input.piped.zst"
done
zstd -q -f -19 --no-check text -o "$output/text.unchecked.zst"
zstd -q -19 --no-check <empty >"$output/empty.unchecked.zst"

bzip2 -1 -c text >"$output/text.1.bz2"
bzip2 -1 -c repeats >"$output/repeats.1.bz2"
for input in empty text random repeats tree.cpio; do
  bzip2 -9 -c "$input" >"$output/$input.9.bz2"
done

gzip -9 -n -c tree.cpio >"$output/tree.cpio.gz"
xz --check=crc32 -c tree.cpio >"$output/tree.cpio.xz"
xz --format=lzma -c tree.cpio >"$output/tree.cpio.lzma"
