#!/bin/sh
# Builds the guest kernel in every compression that Linux has for x86, with its config built in, and in two of them
# without (-plain): .cache/kernels/bzImage-COMPRESSION[-plain], the .config of each, and the kernel's own extract-ikconfig.
# One build, then final links; the kernel of example:linux is the first of them, and stays in its cache.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/lib/guest-kernel.sh
. "$root/scripts/lib/guest-kernel.sh"
folder=$root/.cache/kernels
compressions='gzip bzip2 lzma xz lzo lz4 zstd'
plain='gzip zstd'

want_tools <<END
gzip gzip
bzip2 bzip2
lzma xz-utils
lzop lzop
lz4 lz4
zstd zstd
END
open_cache
links_stamp=$( (
  echo "$stamp"
  cat "$0"
) | sha256sum)
[ "$(cat "$folder/stamp" 2>/dev/null)" != "$links_stamp" ] || exit 0

symbol_of() {
  echo "KERNEL_$(echo "$1" | tr '[:lower:]' '[:upper:]')"
}

configure() {
  for other in $compressions; do
    "$tree/scripts/config" --file "$build/.config" --disable "$(symbol_of "$other")"
  done
  "$tree/scripts/config" --file "$build/.config" --enable "$(symbol_of "$1")" "$2" IKCONFIG
  kernel_make olddefconfig
  grep -qx "CONFIG_$(symbol_of "$1")=y" "$build/.config" || die "this linux-source has no CONFIG_$(symbol_of "$1")"
}

build_guest_kernel

# lzop writes down the time of its input, and that of a pipe is now
lzop=$build/lzop
cat >"$lzop" <<'END'
#!/bin/sh
cat >"$0.input"
touch -d @0 "$0.input"
lzop "$@" <"$0.input"
END
chmod +x "$lzop"

rm -rf "$folder.new"
mkdir -p "$folder.new"
cp "$tree/scripts/extract-ikconfig" "$folder.new/"
# link COMPRESSION SWITCH NAME
link() {
  configure "$1" "$2"
  make_logged KLZOP="$lzop" bzImage
  cp "$build/arch/x86/boot/bzImage" "$folder.new/bzImage-$3"
  cp "$build/.config" "$folder.new/config-$3"
  echo "bzImage-$3: $(wc -c <"$folder.new/bzImage-$3") bytes"
}
for compression in $compressions; do
  link "$compression" --enable "$compression"
done
for compression in $plain; do
  link "$compression" --disable "$compression-plain"
done
cmp "$cache/bzImage" "$folder.new/bzImage-gzip" || die 'the gzip kernel of the last links is not that of the build'
echo "$links_stamp" >"$folder.new/stamp"
rm -rf "$folder"
mv "$folder.new" "$folder"
