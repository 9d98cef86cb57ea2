import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { HOOKS_FOLDER, isHook } from '../../bundle/names.ts';
import { join } from 'node:path';
import { InputError } from '../../base/diagnostic.ts';
import type { FileOnDisk } from '../../boot/subject.ts';
import { verifyBundle, type VerifiedBundle } from '../../bundle/verify.ts';

export interface Unpacked {
  bundle: VerifiedBundle;
  files: ReadonlyMap<string, FileOnDisk>;
}

const written = (stream: WriteStream, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });

const ended = (stream: WriteStream): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.once('error', reject).end(resolve);
  });

/** Below the folder of the box, which has files of its own. */
const FOLDER = 'bundle';

/** Writes a bundle's files to a folder in that of the box. @throws InputError for the first thing that is wrong with it */
export async function unpack(source: AsyncIterable<Uint8Array>, box: string): Promise<Unpacked> {
  const folder = join(box, FOLDER);
  await mkdir(folder);
  const streams = new Map<string, WriteStream>();
  const bundle = await verifyBundle(source, (path, bytes) => {
    let stream = streams.get(path);
    if (stream === undefined) {
      // Names in a bundle have no dots in front, and no slashes but that of the hooks' folder.
      if (isHook(path)) mkdirSync(join(folder, HOOKS_FOLDER), { recursive: true });
      stream = createWriteStream(join(folder, path));
      stream.on('error', () => undefined); // the write's own callback tells
      streams.set(path, stream);
    }
    return written(stream, bytes);
  });
  await Promise.all([...streams.values()].map(ended));
  const first = bundle.diagnostics.find(({ severity }) => severity === 'error');
  if (first !== undefined) {
    const { code, message, ...more } = first;
    throw new InputError(code, message, more);
  }
  const files = [...bundle.files].map(
    ([path, { size }]) => [path, { file: join(folder, path), size }] as const,
  );
  return { bundle, files: new Map(files) };
}
