import type { FindingCode } from '../base/codes.ts';
import { type Diagnostic, InputError } from '../base/diagnostic.ts';
import {
  looksLikeUstar,
  modeOf,
  ownershipIn,
  pathIn,
  type ReadHeader,
  type TarHeader,
  typeIn,
} from './header.ts';
import { HOOKS_FOLDER, COPY_AGAIN, shown } from './names.ts';

export const fault = (code: FindingCode, what: string, offset: number): Diagnostic => ({
  code,
  severity: 'error',
  message: `${what} (offset ${offset} of the tar)`,
  fix: COPY_AGAIN,
});

export const cutShort = (where: string): InputError =>
  new InputError('bundle/truncated', `the bundle ends ${where}`, {
    fix: COPY_AGAIN,
  });

/** What the type byte of a tar header says, for what a bundle never holds (POSIX.1-2008 pax, GNU tar). */
const FOREIGN_TYPES: Readonly<Record<string, string>> = {
  '1': 'is a hard link',
  '2': 'is a symbolic link',
  '3': 'is a device',
  '4': 'is a device',
  '5': 'is a directory',
  '6': 'is a FIFO',
  x: 'has a pax header',
  g: 'has a pax header',
  L: 'has a GNU long name',
  K: 'has a GNU long name',
};

/** Whether a file that is shorter than a header begins as a bundle does: with the folder's name, padded with NULs. */
export const mayBegin = (start: Uint8Array): boolean =>
  /^[A-Za-z0-9._-]*\/?\0*$/.test(Buffer.from(start.subarray(0, 100)).toString('latin1'));

/** What a header says of its entry that is not as it is packed. */
function deviation(block: Uint8Array, header: TarHeader): string {
  const { mode, owner, group } = ownershipIn(block);
  if (mode !== modeOf(header)) {
    return `has the mode ${mode}, where ${header.path === null || header.path === HOOKS_FOLDER ? 'the folder has' : 'files have'} ${modeOf(header)}`;
  }
  if (owner !== '0') return `has the owner ${owner}, where all entries have 0`;
  if (group !== '0') return `has the group ${group}, where all entries have 0`;
  return 'has a header in another format than that of a packed file';
}

export const notAnEntry = (offset: number): InputError =>
  new InputError(
    'bundle/no-bundle',
    offset === 0
      ? 'this is neither a tar nor a gzip file'
      : `there is no file at offset ${offset} of the tar, where one must begin`,
    { fix: 'give a .tar or .tar.gz that jailhouse-bundle wrote' },
  );

export function foreign(block: Uint8Array, offset: number, read: ReadHeader | null): InputError {
  if (!looksLikeUstar(block)) return notAnEntry(offset);
  const path = read?.header.path;
  const isFolder = typeIn(block) === '5' && (path === null || path === HOOKS_FOLDER);
  const what =
    (isFolder ? undefined : FOREIGN_TYPES[typeIn(block)]) ??
    (read === null ? 'is not a file in the folder of a bundle' : deviation(block, read.header));
  return new InputError(
    'bundle/foreign',
    `${shown(pathIn(block))} (offset ${offset} of the tar) ${what}: jailhouse-bundle did not write this`,
    { fix: 'give the file that jailhouse-bundle wrote, not one that was unpacked and packed again' },
  );
}
