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

/** Something that `jailhouse cell load` loads: a file, as the command names it, or a string. */
export type CommandItem = { file: string; address: bigint | null } | { string: string; address: bigint };

const itemWords = (item: CommandItem): string[] => {
  const address = item.address === null ? [] : ['-a', hex(item.address)];
  return 'string' in item ? ['-s', item.string, ...address] : [item.file, ...address];
};

/** The commands that create, load and start a cell, one a line, quoted for a POSIX shell; items are in load order. */
export function cellCommands(cellName: string, cellFile: string, items: readonly CommandItem[]): string[] {
  const cell = cellWords(cellName);
  return [
    ['jailhouse', 'cell', 'create', cellFile],
    ['jailhouse', 'cell', 'load', ...cell, ...items.flatMap(itemWords)],
    ['jailhouse', 'cell', 'start', ...cell],
  ].map((words) => words.map(shellQuote).join(' '));
}

/** What the commands call the files. */
export type FileNames = Readonly<Partial<Record<ImageRole, string>>>;

/** {@link cellCommands} of a cell with Linux. */
export const loadCommands = (
  cellName: string,
  cellFile: string,
  load: readonly LoadItem[],
  files: FileNames,
): string[] =>
  cellCommands(
    cellName,
    cellFile,
    load.map((item) => {
      if (item.kind === 'string') return { string: item.text, address: item.address };
      const file = files[item.role];
      if (file === undefined) throw new Error(`the ${item.role} has no file name`);
      return { file, address: item.address };
    }),
  );
