/**
 * What the `jailhouse` tool would take for a cell id (its own conversion: blanks, a sign, then decimal, octal
 * or hex), and names that look like an option: these need `--name`.
 */
const NEEDS_NAME_OPTION = /^(?:-.*|\s*\+?(?:0[xX][0-9a-fA-F]+|[0-9]+)|)$/su;

/** The words that name a cell on a `jailhouse cell` command line, unquoted: `['demo']`, `['--name', '42']`. */
export const cellWords = (cellName: string): string[] =>
  NEEDS_NAME_OPTION.test(cellName) ? ['--name', cellName] : [cellName];
