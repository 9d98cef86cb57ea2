import { readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError, reworded } from '../base/diagnostic.ts';
import { isBundleLayout, LAYOUT_NAMES, type OciLayout } from '../release/oci.ts';
import { writeAtomically, type Unfinished } from './atomic-file.ts';
import { fileFault } from './fault.ts';
import { removeLeftovers, temporaryName } from './temporary.ts';

/** The files of a layout that are read to tell whose it is have some hundred bytes. */
const LIST_LIMIT = 1 << 20;

const readList =
  (folder: string) =>
  async (path: string): Promise<string | null> => {
    const file = join(folder, path);
    const there = await stat(file).catch(() => null);
    return there?.isFile() === true && there.size <= LIST_LIMIT ? readFile(file, 'utf8') : null;
  };

/** @throws InputError `output/not-a-layout` for a folder with something else in it, or what is not a folder */
export async function checkLayoutFolder(folder: string): Promise<void> {
  const there = await stat(folder).catch(() => null);
  if (there === null) return;
  const refused = (what: string): InputError =>
    new InputError('output/not-a-layout', `cannot write a layout to ${folder}: ${what}`, {
      fix: 'name a folder that does not exist, an empty one, or the layout of a bundle, which is replaced',
    });
  if (!there.isDirectory()) throw refused('it is not a folder');
  const namesIn = (path: string): Promise<string[]> =>
    readdir(path).catch((error: unknown) => {
      throw fileFault('output/unwritable', `cannot read ${folder}`, error);
    });
  if ((await namesIn(folder)).length === 0) return;
  if (!(await isBundleLayout(readList(folder)))) {
    throw refused('there is something else in it than the layout of a bundle');
  }
  // All that is in the folder goes when the layout is replaced.
  for (const [path, ofLayout] of LAYOUT_NAMES) {
    const other = (await namesIn(join(folder, path))).find((name) => !ofLayout.test(name));
    if (other !== undefined) {
      throw refused(`${join(path, other)} in it is not of the layout of a bundle`);
    }
  }
}

/**
 * Writes a layout under a temporary name next to its folder, and renames it when it is complete. A layout of before is
 * replaced as a whole.
 *
 * @param bundle the bytes of the bundle's own file
 * @throws InputError `output/unwritable`; then nothing is changed
 */
export async function writeLayout(
  folder: string,
  { files, bundlePath }: OciLayout,
  bundle: AsyncIterable<Uint8Array>,
  unfinished: Unfinished,
): Promise<void> {
  const writing = async <T>(step: Promise<T>): Promise<T> => {
    try {
      return await step;
    } catch (error) {
      throw fileFault('output/unwritable', `cannot write ${folder}`, error);
    }
  };
  const target = await realpath(folder).catch(() => folder);
  const nextTo = (): string => join(dirname(target), temporaryName());
  const temporary = nextTo();
  await removeLeftovers(dirname(target));
  unfinished.begin(temporary);
  try {
    await writeAtomically(join(temporary, bundlePath), bundle, unfinished);
    for (const [path, text] of files)
      await writeAtomically(join(temporary, path), [Buffer.from(text)], unfinished);
    await writing(replace(target, temporary, nextTo()));
  } catch (error) {
    // The name that nobody gave says nothing to anybody.
    throw reworded(error, ({ message }) => ({ message: message.replaceAll(temporary, folder) }));
  } finally {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    unfinished.end(temporary);
  }
}

/** Puts a folder in the place of another one, which is removed; if that fails, the other one is where it was. */
async function replace(target: string, by: string, aside: string): Promise<void> {
  const isThere = await rename(target, aside).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  try {
    await rename(by, target);
  } catch (error) {
    if (isThere) await rename(aside, target);
    throw error;
  }
  if (isThere) await rm(aside, { recursive: true, force: true });
}
