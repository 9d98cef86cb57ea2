import { InputError } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { isBundleName, NAME_LIMIT } from '../manifest/name.ts';
import type { TarPacking } from '../base/choices.ts';

/** What follows the name of a signed file in that of its signature. */
export const SIGNATURE_SUFFIX = '.minisig';

export const SUMS_NAME = 'SHA256SUMS';
export const METADATA_NAME = 'bundle.json';
/** The signature of SHA256SUMS, in minisign's form; it is there if the bundle is signed. */
export const SIGNATURE_NAME = `${SUMS_NAME}${SIGNATURE_SUFFIX}`;
/** The format of bundle.json that this version writes and reads, of a bundle for one cell. */
export const METADATA_FORMAT = 1;
/** That of the bundle of a machine. */
export const MACHINE_FORMAT = 2;

/** The folder of a bundle's hooks, as its own entry in the tar calls it. */
export const HOOKS_FOLDER = 'hooks/';

export const isHook = (path: string): boolean => path.startsWith(HOOKS_FOLDER);

/** What a file of a bundle may be called: plainly, or so in the folder of the hooks. */
export const isFileName = (path: string): boolean =>
  isBundleName(isHook(path) ? path.slice(HOOKS_FOLDER.length) : path);

/** A bundle has about ten files; that of a machine, some for each cell. */
export const FILES_LIMIT = 256;

/** The fix for a bundle that is not as it was packed. */
export const COPY_AGAIN = 'copy the bundle again, or build it again';

/** @throws InputError `bundle/name` */
export function checkBundleName(name: string): void {
  if (isBundleName(name)) return;
  throw new InputError('bundle/name', `${shown(name)} is not allowed as a name in a bundle`, {
    fix: `use letters, digits, '.', '_' and '-', begin with a letter or digit, with at most ${NAME_LIMIT} characters`,
  });
}

const SHOWN_LIMIT = 120;

/** A name from a foreign file, quoted, cut if endless, and unable to control a terminal. */
export function shown(name: string): string {
  // A backslash too, so that the escapes cannot be taken for the name itself.
  const safe = printable(name.slice(0, SHOWN_LIMIT).replaceAll('\\', '\\u{5c}'));
  return `'${safe}${name.length > SHOWN_LIMIT ? '…' : ''}'`;
}

/** `<name>.tar` or `<name>.tar.gz`. */
export const archiveName = ({
  contents,
  compress,
}: {
  contents: { name: string };
  compress: TarPacking;
}): string => `${contents.name}.tar${compress === 'gzip' ? '.gz' : ''}`;

/** @throws InputError `bundle/name` */
export const checkFileName = (path: string): void =>
  checkBundleName(isHook(path) ? path.slice(HOOKS_FOLDER.length) : path);
