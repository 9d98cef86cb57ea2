import { isHook, METADATA_NAME, SIGNATURE_NAME, SUMS_NAME } from './names.ts';

/** What the script is called that starts the cells of a bundle. */
export const SCRIPT_NAME = 'launch.sh';

/** The unit of a bundle for one cell. */
export const unitName = (bundle: string): string => `${bundle}.service`;

/** The unit that restarts what another one started. */
export const watchName = (unit: string): string => `${unit}-watch.service`;

/** Only these are meant to be run. */
export const isExecutable = (path: string): boolean => path === SCRIPT_NAME || isHook(path);

/** They close a bundle, each made from what is before it. */
const CLOSING: readonly string[] = [METADATA_NAME, SUMS_NAME, SIGNATURE_NAME];

/** The order of a bundle's files: that of their names, but for those that close it. */
export function byName(a: string, b: string): number {
  const rank = CLOSING.indexOf(a) - CLOSING.indexOf(b);
  if (rank !== 0) return rank;
  return a < b ? -1 : a > b ? 1 : 0;
}
