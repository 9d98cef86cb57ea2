import { close, closeSync, fchmodSync, openSync, rmSync, write, writeFileSync } from 'node:fs';
import { lstat, mkdir, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { InputError } from '../base/diagnostic.ts';
import { fileFault } from './fault.ts';
import { removeLeftovers, temporaryName } from './temporary.ts';

/** Told of the temporary name, so that a signal can remove it. */
export interface Unfinished {
  begin(path: string): void;
  end(path: string): void;
}

const writeTo = promisify(write);
const closeIt = promisify(close);

/** A rename would put a file in the place of a device or a pipe. @throws InputError `output/not-a-file` */
export async function checkTarget(path: string): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there === null || there.isFile()) return;
  throw new InputError(
    'output/not-a-file',
    `cannot write ${path}: it is ${there.isDirectory() ? 'a directory' : 'not a regular file'}`,
    { fix: 'name a regular file, or one that does not exist yet' },
  );
}

/** Node's own `recursive` tries for ever where a file system has no room for folders, as /proc has not. */
async function makeFolder(path: string): Promise<void> {
  const make = (): Promise<unknown> =>
    mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  try {
    await make();
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error;
    await makeFolder(parent);
    await make();
  }
}

/** What a symbolic link points to, also where nothing is there yet; other paths are themselves. */
export async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const link = await readlink(path).catch(() => null);
    return link === null ? path : targetOf(resolve(await realpath(dirname(path)), link));
  }
}

/** Whether something is there, be it a symbolic link to nowhere. */
export const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/**
 * Writes a file that is not there yet; a symbolic link to nowhere counts as one that is. The directory is made.
 *
 * @returns false, with nothing written, if it is there
 * @throws InputError `output/unwritable`; then no part of it is left
 */
export async function writeNew(path: string, content: Uint8Array, mode = 0o666): Promise<boolean> {
  try {
    await makeFolder(dirname(path));
    const file = openSync(path, 'wx', mode);
    try {
      writeFileSync(file, content);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw fileFault('output/unwritable', `cannot write ${path}`, error);
  }
}

/** A file that is complete, and has its name not yet. */
export interface PreparedFile {
  /** Removes what has that name now. @throws InputError `output/unwritable` */
  clear(): Promise<void>;
  /** @throws InputError `output/unwritable`; then no part of it is left */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/**
 * Writes a file under a temporary name in its directory. The directory is made if it is not there, and freed of what
 * killed processes left in it; what a symbolic link points to is written, not the link; the permissions of a file that is
 * replaced stay.
 *
 * @throws InputError `output/unwritable` (a full disk, no permission), `output/not-a-file`; what `chunks` throws
 */
export async function prepareFile(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  unfinished: Unfinished,
): Promise<PreparedFile> {
  const writing = async <T>(step: () => T | Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (error) {
      throw fileFault('output/unwritable', `cannot write ${path}`, error);
    }
  };

  await checkTarget(path);
  const target = await writing(() => targetOf(path));
  const before = await stat(target).catch(() => null);
  const folder = dirname(target);
  const temporary = join(folder, temporaryName());
  await writing(() => makeFolder(folder));
  await removeLeftovers(folder);
  unfinished.begin(temporary);
  const discard = async (): Promise<void> => {
    await rm(temporary, { force: true }).catch(() => undefined); // there is an error before this one, which is told
    unfinished.end(temporary);
  };
  try {
    // Opened at once: an open that is still under way when a signal comes would leave the file behind.
    const file = await writing(() => openSync(temporary, 'wx'));
    try {
      if (before !== null) await writing(() => fchmodSync(file, before.mode & 0o777));
      for await (const chunk of chunks) {
        for (let at = 0; at < chunk.length;) {
          const { bytesWritten } = await writing(() => writeTo(file, chunk, at, chunk.length - at));
          at += bytesWritten;
        }
      }
    } finally {
      await writing(() => closeIt(file));
    }
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    clear: () => writing(() => rm(target, { force: true })),
    discard,
    commit: async () => {
      try {
        await writing(() => rename(temporary, target));
      } catch (error) {
        await discard();
        throw error;
      }
      unfinished.end(temporary);
    },
  };
}

/** Writes a file at once, as {@link prepareFile} does: nobody ever sees a part of it. */
export async function writeAtomically(
  ...[path, chunks, unfinished]: Parameters<typeof prepareFile>
): Promise<void> {
  await (await prepareFile(path, chunks, unfinished)).commit();
}
