import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { InputError } from '../base/diagnostic.ts';
import { either } from '../base/text.ts';
import { isMachineFile } from '../manifest/machine/name.ts';
import { readManifest } from './manifest-file.ts';

/** What folders and patterns are searched for. */
export interface Wanted {
  /** As people write them: `*.cell.yaml`. */
  names: readonly string[];
  /** Whether it is one, by its name. */
  has(file: string): boolean;
  /** Whether a pattern that ends so asks for all that it matches. */
  ending: RegExp;
}

export const MANIFESTS: Wanted = {
  names: ['*.cell.yaml', '*.machine.yaml'],
  has: (file) => /\.(?:cell|machine)\.ya?ml$/.test(file),
  ending: /\.ya?ml$/,
};

export const BUNDLES: Wanted = {
  names: ['*.tar', '*.tar.gz'],
  has: (file) => /\.(?:tar|tar\.gz|tgz)$/.test(file),
  ending: /\.(?:tar|gz|tgz)$/,
};

const MAGIC = /[*?[\]{}()!]/;

/** Files of other packages are nobody's own. */
const IGNORED = ['**/node_modules/**'];

type Kind = 'folder' | 'other' | 'nothing';

const kindOf = (word: string): Promise<Kind> =>
  stat(word).then(
    (stats) => (stats.isDirectory() ? 'folder' : 'other'),
    () => 'nothing',
  );

async function search(patterns: string, cwd: string, isWhole: boolean): Promise<string[]> {
  // It is loaded for those who use it.
  const { glob } = await import('tinyglobby');
  const found = await glob(patterns, {
    cwd: cwd === '' ? '.' : cwd,
    onlyFiles: true,
    expandDirectories: false,
    absolute: isWhole,
    ignore: IGNORED,
  });
  return found.toSorted((a, b) => (a < b ? -1 : 1));
}

const inFolder = async (folder: string, { has }: Wanted): Promise<string[]> =>
  (await search('**', folder, false)).filter(has).map((file) => join(folder, file));

async function matching(pattern: string, { has, ending }: Wanted): Promise<string[]> {
  const found = await search(pattern, '', isAbsolute(pattern));
  return ending.test(pattern) ? found : found.filter(has);
}

/** Manifests that a machine file names are read with it. */
async function membersOf(machineFile: string): Promise<string[]> {
  const { parseMachine } = await import('../manifest/machine/parse.ts');
  // What is wrong with the file is told when it is read for its own sake.
  const text = await readManifest(machineFile).catch(() => null);
  const cells = text === null ? [] : parseMachine(text).cells;
  return cells.flatMap((cell) => (cell.kind === 'file' ? [resolve(dirname(machineFile), cell.file)] : []));
}

async function withoutMembers(files: readonly string[]): Promise<string[]> {
  const members = new Set<string>();
  for (const file of files.filter(isMachineFile)) {
    for (const member of await membersOf(file)) members.add(member);
  }
  return files.filter((file) => !members.has(resolve(file)));
}

async function filesOf(word: string, wanted: Wanted): Promise<string[] | null> {
  const kind = await kindOf(word);
  if (kind === 'other' || (kind === 'nothing' && !MAGIC.test(word))) return null;
  const isFolder = kind === 'folder';
  const found = await withoutMembers(await (isFolder ? inFolder(word, wanted) : matching(word, wanted)));
  if (found.length > 0) return found;
  const names = either(wanted.names);
  const message = isFolder
    ? `nothing in ${word} is called ${names}`
    : wanted.ending.test(word)
      ? `no file matches ${word}`
      : `no file that matches ${word} is called ${names}`;
  throw new InputError('input/nothing-found', message, {
    fix: isFolder ? 'name another folder, or files' : 'check the pattern, and the folder that it starts from',
  });
}

/**
 * The files that arguments mean: a folder, or a pattern that names no file, means all in it that are wanted, sorted;
 * each once.
 *
 * @throws InputError `input/nothing-found`
 */
export async function namedFiles(words: readonly string[], wanted: Wanted): Promise<string[]> {
  const files: string[] = [];
  const found = new Set<string>();
  const named = new Set<string>();
  for (const word of words) {
    const among = await filesOf(word, wanted);
    for (const file of among ?? [word]) {
      const path = resolve(file);
      // A file that is named twice is a mistake; one that is named and found is not.
      if (found.has(path) || (among !== null && named.has(path))) continue;
      (among === null ? named : found).add(path);
      files.push(file);
    }
  }
  return files;
}
