import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileFault } from './fault.ts';

/** Told of the temporary name, so that a signal can remove it. */
export interface Unfinished {
  begin(path: string): void;
  end(path: string): void;
}

/**
 * Writes a file under a temporary name in its directory and renames it when it is complete: nobody ever sees a part.
 * The directory is made if it is not there.
 *
 * @throws InputError `output/unwritable` (a full disk, no permission); what `chunks` throws
 */
export async function writeAtomically(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  unfinished: Unfinished,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const writing = async <T>(step: Promise<T>): Promise<T> => {
    try {
      return await step;
    } catch (error) {
      throw fileFault('output/unwritable', `cannot write ${path}`, error);
    }
  };

  await writing(mkdir(dirname(path), { recursive: true }));
  unfinished.begin(temporary);
  try {
    const handle = await writing(open(temporary, 'wx'));
    try {
      for await (const chunk of chunks) {
        for (let at = 0; at < chunk.length;) {
          const { bytesWritten } = await writing(handle.write(chunk, at, chunk.length - at));
          at += bytesWritten;
        }
      }
    } finally {
      await writing(handle.close());
    }
    await writing(rename(temporary, path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    unfinished.end(temporary);
  }
}
