/**
 * What `next_arg()` of Linux (lib/cmdline.c) ends a word at: `isspace()` of lib/ctype.c, bytes beyond ASCII included.
 * 0xa0 is one of them, so a UTF-8 letter such as `à` (c3 a0) cuts an unquoted word in two.
 */
const isBlank = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xa0;

const QUOTE = 0x22;

/** How Linux would take `text` on its own: as one word, as several, or with a double quote left open. */
function takenAs(text: string): 'one' | 'several' | 'open' {
  let quoted = false;
  let several = false;
  for (const byte of new TextEncoder().encode(text)) {
    if (byte === QUOTE) quoted = !quoted;
    else if (isBlank(byte) && !quoted) several = true;
  }
  if (quoted) return 'open';
  return several ? 'several' : 'one';
}

/**
 * `word` as it has to stand on a kernel command line to be one word there. One that already is one (`quiet`,
 * `dyndbg="file a.c +p"`) stays as it is; blanks are put in double quotes, round the value where there is one.
 *
 * @returns null where no quoting does it: Linux has no escape for a double quote beside a blank, and no empty word
 */
export function quoteCmdlineWord(word: string): string | null {
  if (word.trim() === '') return null;
  const taken = takenAs(word);
  if (taken === 'one') return word;
  if (taken === 'open' || word.includes('"')) return null;
  const equals = word.indexOf('=');
  const keyStandsAlone = equals > 0 && takenAs(word.slice(0, equals)) === 'one';
  return keyStandsAlone ? `${word.slice(0, equals)}="${word.slice(equals + 1)}"` : `"${word}"`;
}

/** The kernel command line that Linux splits into `words`; each of them passes {@link quoteCmdlineWord}. */
export const joinCmdlineWords = (words: readonly string[]): string =>
  words.map((word) => quoteCmdlineWord(word) ?? '').join(' ');
