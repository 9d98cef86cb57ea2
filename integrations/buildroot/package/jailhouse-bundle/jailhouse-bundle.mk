################################################################################
#
# jailhouse-bundle
#
################################################################################

HOST_JAILHOUSE_BUNDLE_VERSION = 0.1.0
HOST_JAILHOUSE_BUNDLE_SOURCE = jailhouse-bundle-$(HOST_JAILHOUSE_BUNDLE_VERSION).mjs
HOST_JAILHOUSE_BUNDLE_PLACE = $(call qstrip,$(BR2_PACKAGE_HOST_JAILHOUSE_BUNDLE_SITE))
# A folder is a site of the method `file`.
HOST_JAILHOUSE_BUNDLE_SITE = $(if $(findstring ://,$(HOST_JAILHOUSE_BUNDLE_PLACE)),,file://)$(HOST_JAILHOUSE_BUNDLE_PLACE)
HOST_JAILHOUSE_BUNDLE_LICENSE = MIT, Apache-2.0, BSD-3-Clause, ISC
# The licences are at the end of the file.
HOST_JAILHOUSE_BUNDLE_LICENSE_FILES = jailhouse-bundle.mjs
HOST_JAILHOUSE_BUNDLE_DEPENDENCIES = host-nodejs

define HOST_JAILHOUSE_BUNDLE_EXTRACT_CMDS
	$(INSTALL) -m 0644 $(HOST_JAILHOUSE_BUNDLE_DL_DIR)/$(HOST_JAILHOUSE_BUNDLE_SOURCE) $(@D)/jailhouse-bundle.mjs
endef

define HOST_JAILHOUSE_BUNDLE_INSTALL_CMDS
	$(INSTALL) -D -m 0755 $(@D)/jailhouse-bundle.mjs $(HOST_DIR)/bin/jailhouse-bundle
endef

$(eval $(host-generic-package))
