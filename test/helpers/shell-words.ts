/** The words of one simple POSIX shell command, as sh would pass them: blanks separate, single quotes and `\` quote. */
export function splitShellWords(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:'[^']*'|\\.|[^\s'\\])+/gs)) {
    words.push(
      word.replace(/'([^']*)'|\\(.)/gs, (_, quoted?: string, escaped?: string) => quoted ?? escaped ?? ''),
    );
  }
  return words;
}
