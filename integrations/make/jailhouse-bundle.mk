# Rules for bundles of Jailhouse cells.
#
#   include jailhouse-bundle.mk
#   $(eval $(call jailhouse-bundle,linux.tar,cells/linux.cell.yaml))
#
# makes $(JAILHOUSE_BUNDLE_OUT)/linux.tar of the manifest, and again if the manifest or a file that it names changed.
# The name is that which the manifest gives: `name:`, and .tar or, with `compress: gzip`, .tar.gz. A third argument has
# options of `jailhouse-bundle build` for this bundle alone. `make jailhouse-bundles` makes all.

# The command, the single file or the executable.
JAILHOUSE_BUNDLE ?= jailhouse-bundle
# A folder of bundles alone.
JAILHOUSE_BUNDLE_OUT ?= bundles
# Options of `jailhouse-bundle build` for all bundles: --profile mainline
JAILHOUSE_BUNDLE_FLAGS ?=

.PHONY: jailhouse-bundles

define jailhouse-bundle
jailhouse-bundles: $(JAILHOUSE_BUNDLE_OUT)/$(1)
$(JAILHOUSE_BUNDLE_OUT)/$(1): $(2) $(wildcard $(JAILHOUSE_BUNDLE))
	$(JAILHOUSE_BUNDLE) build '$(2)' -o '$(JAILHOUSE_BUNDLE_OUT)' --depfile '$$@.d' $(JAILHOUSE_BUNDLE_FLAGS) $(3)
	@grep -qF '$$@:' '$$@.d' || { \
	  echo >&2 '$(2) does not make $$@: its `name:` and `compress:` decide; see the line above'; exit 1; }
-include $(JAILHOUSE_BUNDLE_OUT)/$(1).d
endef
