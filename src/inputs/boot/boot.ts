import { diagnosticOf } from '../../base/diagnostic.ts';
import { readChunks, seeFile } from '../files.ts';
import { endingOnSignals } from '../signals.ts';
import { dropBoxFolder, makeBoxFolder } from './folder.ts';
import { readUnpacked } from './read.ts';
import { startBox } from './start.ts';
import { NOTHING, type Boot, type BootOptions } from './types.ts';
import { unpack } from './unpack.ts';

/**
 * Starts a bundle in QEMU; whatever is wrong with it, or with QEMU, is the boot's problem.
 *
 * @param source the bundle: .tar or .tar.gz
 */
export async function bootBundle(source: AsyncIterable<Uint8Array>, options: BootOptions): Promise<Boot> {
  try {
    return await endingOnSignals(() => bootIn(makeBoxFolder(), source, options));
  } catch (error) {
    return { ...NOTHING, problem: diagnosticOf(error) };
  }
}

async function bootIn(
  folder: string,
  source: AsyncIterable<Uint8Array>,
  options: BootOptions,
): Promise<Boot> {
  let keep = false;
  try {
    const read = await readUnpacked(await unpack(source, folder), options);
    const boot = await startBox(read, folder, options);
    keep = boot.repro !== null;
    return boot;
  } finally {
    dropBoxFolder(folder, keep);
  }
}

/** The same for a file. */
export async function bootBundleFile(file: string, options: BootOptions): Promise<Boot> {
  try {
    return await bootBundle(readChunks(await seeFile(file, file)), options);
  } catch (error) {
    return { ...NOTHING, problem: diagnosticOf(error) };
  }
}
