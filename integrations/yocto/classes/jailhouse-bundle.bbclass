# Builds bundles of Jailhouse cells, and deploys them.
#
# A recipe that inherits this class has its manifests, and what they name, in SRC_URI. What other recipes deploy, such as
# kernels and initrds, is copied next to them:
#
#   JAILHOUSE_BUNDLE_MANIFESTS = "linux.cell.yaml"
#   JAILHOUSE_BUNDLE_DEPENDS = "virtual/kernel guest-initramfs:do_image_complete"
#   JAILHOUSE_BUNDLE_FILES = "Image guest-initramfs-${MACHINE}.cpio.gz:rootfs.cpio.gz"
#
# README.md has a whole recipe.

LICENSE ?= "CLOSED"
PACKAGE_ARCH = "${MACHINE_ARCH}"

inherit deploy nopackages

INHIBIT_DEFAULT_DEPS = "1"
# A recipe's sysroot has only what it names itself: the command, and what runs it.
DEPENDS += "jailhouse-bundle-native nodejs-native"

JAILHOUSE_BUNDLE_MANIFESTS ??= ""
JAILHOUSE_BUNDLE_MANIFESTS[doc] = "Manifests (*.cell.yaml, *.machine.yaml), relative to UNPACKDIR."

JAILHOUSE_BUNDLE_FILES ??= ""
JAILHOUSE_BUNDLE_FILES[doc] = "Files in DEPLOY_DIR_IMAGE that manifests name. FILE:NAME gives it the path NAME, relative to UNPACKDIR."

JAILHOUSE_BUNDLE_DEPENDS ??= ""
JAILHOUSE_BUNDLE_DEPENDS[doc] = "Recipes that deploy these files; RECIPE:do_TASK names a task other than do_deploy."

JAILHOUSE_BUNDLE_ARGS ??= ""
JAILHOUSE_BUNDLE_ARGS[doc] = "Options of jailhouse-bundle build, such as --profile mainline."

JAILHOUSE_BUNDLE_KEY_FILE ??= ""
JAILHOUSE_BUNDLE_KEY_FILE[doc] = "Secret key that signs the bundles, by its absolute path; empty: they are not signed."

JAILHOUSE_BUNDLE_PASSWORD_FILE ??= ""
JAILHOUSE_BUNDLE_PASSWORD_FILE[doc] = "File whose first line is the password of that key; empty: it has none."

# Releases before styhead unpack into WORKDIR.
UNPACKDIR ??= "${WORKDIR}"
S = "${UNPACKDIR}"
B = "${WORKDIR}/bundles"

do_configure[noexec] = "1"
do_install[noexec] = "1"
deltask do_populate_sysroot

python __anonymous() {
    if not d.getVar('JAILHOUSE_BUNDLE_MANIFESTS').split():
        raise bb.parse.SkipRecipe('JAILHOUSE_BUNDLE_MANIFESTS names no manifest')
    for depend in d.getVar('JAILHOUSE_BUNDLE_DEPENDS').split():
        recipe, _, task = depend.partition(':')
        d.appendVarFlag('do_compile', 'depends', ' %s:%s' % (recipe, task or 'do_deploy'))
}

do_compile[cleandirs] = "${B}"
do_compile[file-checksums] += "${@d.getVar('JAILHOUSE_BUNDLE_KEY_FILE') + ':True' if d.getVar('JAILHOUSE_BUNDLE_KEY_FILE') else ''}"
do_compile() {
    for file in ${JAILHOUSE_BUNDLE_FILES}; do
        from=${DEPLOY_DIR_IMAGE}/${file%%:*}
        to=${UNPACKDIR}/${file#*:}
        if [ ! -e "$from" ]; then
            bbfatal "JAILHOUSE_BUNDLE_FILES: $from does not exist; does JAILHOUSE_BUNDLE_DEPENDS name the recipe that deploys it?"
        fi
        install -D -m 0644 "$from" "$to"
    done

    set -- -o ${B} ${JAILHOUSE_BUNDLE_ARGS}
    if [ -n "${JAILHOUSE_BUNDLE_KEY_FILE}" ]; then
        set -- "$@" --secret-key "${JAILHOUSE_BUNDLE_KEY_FILE}"
    fi
    if [ -n "${JAILHOUSE_BUNDLE_PASSWORD_FILE}" ]; then
        set -- "$@" --password-file "${JAILHOUSE_BUNDLE_PASSWORD_FILE}"
    fi
    cd ${UNPACKDIR}
    jailhouse-bundle build ${JAILHOUSE_BUNDLE_MANIFESTS} "$@"
}

do_deploy() {
    install -d ${DEPLOYDIR}
    install -m 0644 ${B}/* ${DEPLOYDIR}/
}
addtask deploy after do_compile before do_build
