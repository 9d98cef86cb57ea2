include $(sort $(wildcard $(BR2_EXTERNAL_JAILHOUSE_BUNDLE_PATH)/package/*/*.mk))
