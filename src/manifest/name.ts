/** ustar has 100 bytes for a name, and 155 for the folder before it; one byte of the former is the folder's slash. */
export const NAME_LIMIT = 99;

/** For patterns of engines with and without the flag u: the JSON Schema's carry no flags. */
export const CONTROL = String.raw`\0-\x1f\x7f-\x9f`;

/** Absolute and normalized, so that the same file has one name; a backslash cannot stand in SHA256SUMS. */
export const TARGET_PATH = new RegExp(`^(?:/(?!\\.{1,2}(?:/|$))[^${CONTROL}\\\\/]+)+$`);

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** True for what the bundle's folder and each file in it may be called: short plain ASCII, no folders, nothing hidden. */
export const isBundleName = (name: string): boolean => name.length <= NAME_LIMIT && NAME.test(name);
