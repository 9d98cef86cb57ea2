#!/bin/sh
# Builds the kernel of example:linux; scripts/lib/guest-kernel.sh says from what, and where.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/lib/guest-kernel.sh
. "$root/scripts/lib/guest-kernel.sh"
output=$root/example-project/build/linux/bzImage

open_cache
guest_kernel_is_cached || build_guest_kernel
mkdir -p "$(dirname "$output")"
cp "$cache/bzImage" "$output.new"
mv "$output.new" "$output"
echo "${output#"$root"/}: $(wc -c <"$output") bytes"
