import { constants, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { InputError } from '../base/diagnostic.ts';
import { fileFault } from './fault.ts';

const MIB = 1 << 20;
const CHUNK = MIB;

/** Bytes; far more than any file of the kind has, and less than would fill the memory. */
export const LIMITS = {
  manifest: MIB,
  /** Of a cell or a system, as Jailhouse reads it. */
  binaryConfig: MIB >> 2,
  /** The same in either form, or a kernel's. */
  config: 32 * MIB,
  kernel: 512 * MIB,
  deviceTree: 16 * MIB,
  params: MIB,
  /** Of Jailhouse: a larger one fits nowhere. */
  loader: MIB,
  log: 64 * MIB,
} as const;

/** Opening a pipe that nobody writes to would wait for ever without the flag. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/** A file as it was first seen; a later read that finds another one fails. */
export interface SeenFile {
  path: string;
  /** As the manifest or the command line writes it, for messages. */
  shown: string;
  size: number;
  identity: string;
}

/** The time of the last status change is in it because nobody can set it back. */
const identityOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(':');

async function openFile({ path, shown }: Pick<SeenFile, 'path' | 'shown'>): Promise<FileHandle> {
  try {
    return await open(path, READ);
  } catch (error) {
    throw fileFault('input/unreadable', `cannot read ${shown}`, error);
  }
}

/**
 * Looks at a file without reading it.
 *
 * @throws InputError `input/unreadable`, `input/not-a-file` (a directory, a device), `input/empty`
 */
export async function seeFile(path: string, shown: string): Promise<SeenFile> {
  const handle = await openFile({ path, shown });
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) {
      throw stats.isDirectory()
        ? new InputError('input/not-a-file', `cannot read ${shown}: it is a directory`, {
            fix: 'name a file in it',
          })
        : new InputError('input/not-a-file', `cannot read ${shown}: it is not a regular file`, {
            fix: 'write it to a file first: its size must be known before it is read',
          });
    }
    if (stats.size === 0n) {
      throw new InputError('input/empty', `${shown} is empty`, {
        fix: 'build it again; an interrupted build can leave an empty file',
      });
    }
    return { path, shown, size: Number(stats.size), identity: identityOf(stats) };
  } finally {
    await handle.close();
  }
}

const changed = ({ shown }: SeenFile): InputError =>
  new InputError('input/changed', `${shown} changed while it was read`, {
    fix: 'run again when the program that writes the file has ended',
  });

/**
 * Streams a file in chunks of 1 MiB, each in a buffer of its own.
 *
 * @throws InputError `input/unreadable`, or `input/changed` if it is not the file that was seen
 */
export async function* readChunks(file: SeenFile): AsyncGenerator<Uint8Array, void> {
  const handle = await openFile(file);
  try {
    if (identityOf(await handle.stat({ bigint: true })) !== file.identity) throw changed(file);
    for (let left = file.size; left > 0;) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, left));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) throw changed(file);
      yield buffer.subarray(0, bytesRead);
      left -= bytesRead;
    }
    if (identityOf(await handle.stat({ bigint: true })) !== file.identity) throw changed(file);
  } catch (error) {
    throw fileFault('input/unreadable', `cannot read ${file.shown}`, error);
  } finally {
    await handle.close();
  }
}

/**
 * The whole of a file that must fit memory.
 *
 * @param limit bytes
 * @throws InputError `input/too-large`, and as {@link readChunks} does
 */
export async function readWhole(file: SeenFile, limit: number): Promise<Uint8Array> {
  if (file.size > limit) {
    throw new InputError('input/too-large', `${file.shown} has ${file.size} bytes`, {
      requested: `at most ${limit} bytes`,
      actual: `${file.size} bytes`,
      fix: 'this is not the kind of file that is expected here; check the path',
    });
  }
  const whole = new Uint8Array(file.size);
  let at = 0;
  for await (const chunk of readChunks(file)) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
