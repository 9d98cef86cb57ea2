export const TOOL_NAME = 'rollup-plugin-jailhouse';
export const TOOL_VERSION = '0.1.0';

/** As package.json says under `engines`. */
export const LEAST_NODE = '20.19';

/** Of versions like `20.19.1`, by their first two numbers. */
export function isOlderVersion(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}
