#!/bin/sh
# Bundles cells after Buildroot has made its images. In the configuration:
#
#   BR2_ROOTFS_POST_IMAGE_SCRIPT="$(BR2_EXTERNAL_JAILHOUSE_BUNDLE_PATH)/post-image.sh"
#   BR2_ROOTFS_POST_SCRIPT_ARGS="board/acme/cells"
#
# The folder has manifests (*.cell.yaml, *.machine.yaml) and what these name. It is copied to `cells` next to the images,
# where its manifests find them as ../bzImage and ../rootfs.cpio.gz. The bundles are then with the images.
# JAILHOUSE_BUNDLE_ARGS in the environment has options of `jailhouse-bundle build`.
set -eu

say() {
	echo "jailhouse-bundle: $*" >&2
}

if [ $# -ne 2 ] || [ ! -d "$2" ]; then
	say "BR2_ROOTFS_POST_SCRIPT_ARGS must be one folder with manifests; the arguments are: $*"
	exit 1
fi
images=$1
folder=$2
command=$HOST_DIR/bin/jailhouse-bundle
if [ ! -x "$command" ]; then
	say "$command does not exist: set BR2_PACKAGE_HOST_JAILHOUSE_BUNDLE=y"
	exit 1
fi
PATH=$HOST_DIR/bin:$PATH

copy=$images/cells
rm -rf "$copy"
cp -R "$folder" "$copy"
# Patterns that match nothing stay as they are.
set --
for manifest in "$copy"/*.cell.yaml "$copy"/*.machine.yaml; do
	[ ! -f "$manifest" ] || set -- "$@" "$manifest"
done
if [ $# -eq 0 ]; then
	say "$folder has no *.cell.yaml and no *.machine.yaml"
	exit 1
fi
# shellcheck disable=SC2086 # options, each a word
exec "$command" build "$@" -o "$images" ${JAILHOUSE_BUNDLE_ARGS-}
