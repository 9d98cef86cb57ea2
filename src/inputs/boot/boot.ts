import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { diagnosticOf } from '../../base/diagnostic.ts';
import { readChunks, seeFile } from '../files.ts';
import { endingOnSignals } from '../signals.ts';
import { dropBoxFolder, makeBoxFolder } from './folder.ts';
import { cellsOf, readCell, type UnpackedCell } from './read.ts';
import { startBox } from './start.ts';
import { NOTHING, type Boot, type BootOptions } from './types.ts';
import { unpack, type Unpacked } from './unpack.ts';

/** A cell of a bundle that was unpacked. */
interface BundledCell {
  /** Among the cells of its machine; `null`: the bundle is of one cell. */
  name: string | null;
  /** Starts it in QEMU; whatever is wrong with it, or with QEMU, is the boot's problem. `null`: it has no Linux. */
  start: ((options: BootOptions) => Promise<Boot>) | null;
}

/** A bundle whose cells can be started. */
export interface OpenBundle {
  /** In the order in which they are started on the target; at least one. */
  cells: readonly BundledCell[];
  /** Removes its files, if nobody asked for them. */
  close(): void;
}

/** A bundle that cannot be read: its one cell has the problem. */
const unreadable = (error: unknown): OpenBundle => {
  const boot: Boot = { ...NOTHING, problem: diagnosticOf(error) };
  return { cells: [{ name: null, start: async () => boot }], close: () => undefined };
};

async function startCell(
  unpacked: Unpacked,
  cell: UnpackedCell,
  folder: string,
  options: BootOptions,
): Promise<Boot> {
  try {
    return await endingOnSignals(async () => {
      await mkdir(folder, { recursive: true });
      return startBox(await readCell(unpacked, cell, options), folder, options);
    });
  } catch (error) {
    return { ...NOTHING, name: cell.name, problem: diagnosticOf(error) };
  }
}

/**
 * Unpacks a bundle, of one cell or of a machine.
 *
 * @param source .tar or .tar.gz
 */
async function openBundle(source: AsyncIterable<Uint8Array>): Promise<OpenBundle> {
  let folder: string;
  try {
    folder = makeBoxFolder();
  } catch (error) {
    return unreadable(error);
  }
  try {
    return await endingOnSignals(async () => {
      const unpacked = await unpack(source, folder);
      let keep = false;
      const cells = cellsOf(unpacked).map((cell, index): BundledCell => {
        const { name, metadata } = cell;
        const own = name === null ? folder : join(folder, String(index));
        const start = async (options: BootOptions): Promise<Boot> => {
          const boot = await startCell(unpacked, { name, metadata: metadata! }, own, options);
          keep ||= boot.repro !== null;
          return boot;
        };
        return { name, start: metadata && start };
      });
      return { cells, close: () => dropBoxFolder(folder, keep) };
    });
  } catch (error) {
    dropBoxFolder(folder, false);
    return unreadable(error);
  }
}

/** The same for a file. */
export async function openBundleFile(file: string): Promise<OpenBundle> {
  try {
    return await openBundle(readChunks(await seeFile(file, file)));
  } catch (error) {
    return unreadable(error);
  }
}

/** Starts the bundle of one cell. */
export async function bootBundle(source: AsyncIterable<Uint8Array>, options: BootOptions): Promise<Boot> {
  const { cells, close } = await openBundle(source);
  try {
    return await cells[0]!.start!(options);
  } finally {
    close();
  }
}
