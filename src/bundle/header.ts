import { pack } from 'tar-stream';

import { isBundleName } from '../manifest/name.ts';
import { HOOKS_FOLDER, isFileName, shown } from './names.ts';

export const BLOCK = 512;

/** The largest size in the 11 octal digits of a tar header. */
export const SIZE_LIMIT = 8 ** 11 - 1;

/** The latest time that every tar and file system reads alike: 2038-01-19. */
export const MTIME_LIMIT = 2 ** 31 - 1;

/**
 * What a header in a bundle can say; all else in it is fixed. `path: null` is the folder itself, {@link HOOKS_FOLDER} the
 * one in it.
 */
export interface TarHeader {
  folder: string;
  path: string | null;
  size: number;
  /** Seconds since 1970. */
  mtime: number;
  executable: boolean;
}

/** The number of zero bytes behind `size` bytes of content. */
export const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

const isFolder = (path: string | null): boolean => path === null || path === HOOKS_FOLDER;

const fullPath = (header: { folder: string; path: string | null }): string =>
  `${header.folder}/${header.path ?? ''}`;

/** In octal digits. */
export const modeOf = ({ path, executable }: Pick<TarHeader, 'path' | 'executable'>): string =>
  isFolder(path) || executable ? '0755' : '0644';

/** The one header block (ustar) that stands for `header` in a bundle. */
export async function encodeHeader(header: TarHeader): Promise<Uint8Array> {
  const archive = pack();
  // The object is made anew for each entry: tar-stream changes it. A Date for the time, else it takes the clock's.
  const entry = archive.entry({
    name: fullPath(header),
    type: isFolder(header.path) ? 'directory' : 'file',
    mode: Number.parseInt(modeOf(header), 8),
    size: header.size,
    mtime: new Date(header.mtime * 1000),
    uid: 0,
    gid: 0,
    uname: '',
    gname: '',
  });
  // Only the header is taken from the entry; dropping the rest is no error.
  entry.on('error', () => undefined);
  for await (const block of archive) return block as Uint8Array;
  throw new Error(`no header for ${fullPath(header)}`);
}

const text = (block: Uint8Array, start: number, length: number): string => {
  const field = Buffer.from(block.buffer, block.byteOffset + start, length).toString('latin1');
  const end = field.indexOf('\0');
  return end < 0 ? field : field.slice(0, end);
};

const octal = (block: Uint8Array, start: number, length: number): number => {
  const digits = /^ *([0-7]+) ?$/.exec(text(block, start, length))?.[1];
  return digits === undefined ? Number.NaN : Number.parseInt(digits, 8);
};

/** Offset and length of the fields of a ustar header (POSIX.1-1988) that are read here. */
const NAME = [0, 100] as const;
const MODE = [100, 8] as const;
const OWNER = [108, 8] as const;
const GROUP = [116, 8] as const;
const SIZE = [124, 12] as const;
const MTIME = [136, 12] as const;
const CHECKSUM = [148, 8] as const;
const TYPE = 156;
const MAGIC = 257;
const OWNER_NAME = [265, 32] as const;
const GROUP_NAME = [297, 32] as const;
const PREFIX = [345, 155] as const;
const USTAR = Buffer.from('ustar\x0000');
const GNU = Buffer.from('ustar  \0');

/** The path as a tar block gives it, whether or not the rest makes sense. */
export function pathIn(block: Uint8Array): string {
  const prefix = text(block, ...PREFIX);
  return prefix === '' ? text(block, ...NAME) : `${prefix}/${text(block, ...NAME)}`;
}

export const typeIn = (block: Uint8Array): string => String.fromCharCode(block[TYPE]!);

/** Mode, owner and group as a block gives them: octal digits, and a name where there is one. */
export function ownershipIn(block: Uint8Array): { mode: string; owner: string; group: string } {
  const owner = (id: readonly [number, number], name: readonly [number, number]): string =>
    text(block, ...name) === '' ? String(octal(block, ...id)) : shown(text(block, ...name));
  return {
    mode: octal(block, ...MODE)
      .toString(8)
      .padStart(4, '0'),
    owner: owner(OWNER, OWNER_NAME),
    group: owner(GROUP, GROUP_NAME),
  };
}

/** Magic and version of a ustar header, or of GNU tar's, with up to two wrong bytes. */
export const looksLikeUstar = (block: Uint8Array): boolean =>
  [USTAR, GNU].some((magic) => magic.filter((byte, i) => byte !== block[MAGIC + i]).length <= 2);

export function hasValidChecksum(block: Uint8Array): boolean {
  const [start, length] = CHECKSUM;
  let sum = length * 0x20;
  for (let i = 0; i < block.length; i++) if (i < start || i >= start + length) sum += block[i]!;
  return sum === octal(block, ...CHECKSUM);
}

/** How many bytes differ in the fields that hold the path. */
export function pathDistance(a: Uint8Array, b: Uint8Array): number {
  let distance = 0;
  for (const [start, length] of [NAME, PREFIX]) {
    for (let i = start; i < start + length; i++) if (a[i] !== b[i]) distance++;
  }
  return distance;
}

/** The reading of a block, and in how many bytes a bundle's own header for that reading differs from it. */
export interface ReadHeader {
  header: TarHeader;
  differences: number;
}

/** @returns null for a block that reads as no header that a bundle can have */
export async function readHeader(block: Uint8Array): Promise<ReadHeader | null> {
  if (!looksLikeUstar(block)) return null;
  const whole = pathIn(block);
  const end = whole.indexOf('/');
  const folder = end < 0 ? whole : whole.slice(0, end);
  const path = end < 0 ? '' : whole.slice(end + 1);
  const header: TarHeader = {
    folder,
    path: path === '' ? null : path,
    size: octal(block, ...SIZE),
    mtime: octal(block, ...MTIME),
    executable: path !== '' && path !== HOOKS_FOLDER && (octal(block, ...MODE) & 0o100) !== 0,
  };
  if (!isBundleName(folder)) return null;
  if (isFolder(header.path) ? header.size !== 0 : !isFileName(path)) return null;
  if (!(header.size <= SIZE_LIMIT && header.mtime <= MTIME_LIMIT)) return null;
  const canonical = await encodeHeader(header);
  return { header, differences: canonical.reduce((sum, byte, i) => sum + (byte === block[i] ? 0 : 1), 0) };
}
