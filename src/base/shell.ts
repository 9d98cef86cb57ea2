/** No shell gives these characters a meaning anywhere in a word (`=` would make a command word an assignment). */
const PLAIN = /^[A-Za-z0-9_@+:,./-]+$/;

/**
 * `text` as one word of a POSIX shell: as it is where that is safe, else in single quotes.
 *
 * Any character but NUL is kept.
 */
export const shellQuote = (text: string): string =>
  PLAIN.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
