SUMMARY = "Checks and bundles the cells of the Jailhouse hypervisor"
LICENSE = "MIT & Apache-2.0 & BSD-3-Clause & ISC"
LIC_FILES_CHKSUM = "file://${COMMON_LICENSE_DIR}/MIT;md5=0835ade698e0bcf8506ecda2f7b4f302"

# The single file; see README.md.
SRC_URI = "file://jailhouse-bundle.mjs"

DEPENDS = "nodejs-native"

inherit native

# Releases before styhead unpack into WORKDIR.
UNPACKDIR ??= "${WORKDIR}"
S = "${UNPACKDIR}"

do_configure[noexec] = "1"
do_compile[noexec] = "1"

do_install() {
    install -d ${D}${bindir}
    install -m 0755 ${UNPACKDIR}/jailhouse-bundle.mjs ${D}${bindir}/jailhouse-bundle
}
