export const TOOL_NAME = 'rollup-plugin-jailhouse';
export const TOOL_VERSION = '0.1.0';
