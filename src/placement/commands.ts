import { hex } from '../base/address.ts';
import { shellQuote } from '../base/text.ts';
import type { ImageRole, LoadItem } from './types.ts';

/**
 * What the `jailhouse` tool would take for a cell id (its own conversion: blanks, a sign, then decimal, octal
 * or hex), and names that look like an option: these need `--name`.
 */
const NEEDS_NAME_OPTION = /^(?:-.*|\s*\+?(?:0[xX][0-9a-fA-F]+|[0-9]+)|)$/su;

/** The words that name a cell on a `jailhouse cell` command line, unquoted: `['demo']`, `['--name', '42']`. */
export const cellWords = (cellName: string): string[] =>
  NEEDS_NAME_OPTION.test(cellName) ? ['--name', cellName] : [cellName];

/** What the commands call the files. */
export type FileNames = Readonly<Partial<Record<ImageRole, string>>>;

/** The words of `jailhouse cell load` behind the cell's name: images, strings and their addresses, in load order. */
function loadWords(load: readonly LoadItem[], files: FileNames): string[] {
  return load.flatMap((item) => {
    const address = item.address === null ? [] : ['-a', hex(item.address)];
    if (item.kind === 'string') return ['-s', item.text, ...address];
    const file = files[item.role];
    if (file === undefined) throw new Error(`the ${item.role} has no file name`);
    return [file, ...address];
  });
}

/** The commands that create, load and start the cell, one a line, quoted for a POSIX shell. */
export function loadCommands(
  cellName: string,
  cellFile: string,
  load: readonly LoadItem[],
  files: FileNames,
): string[] {
  const cell = cellWords(cellName);
  return [
    ['jailhouse', 'cell', 'create', cellFile],
    ['jailhouse', 'cell', 'load', ...cell, ...loadWords(load, files)],
    ['jailhouse', 'cell', 'start', ...cell],
  ].map((words) => words.map(shellQuote).join(' '));
}
