/** `1 byte`, `2 bytes`. */
export const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** `x86, arm64 or arm`. */
export const either = (words: readonly string[]): string => words.join(', ').replace(/, (?!.*, )/, ' or ');

/** Control and format characters, line ends and bidirectional overrides among them, and halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Puts something else for each character that could control a terminal, or hide or turn text on it. */
export const replaceUnprintable = (text: string, by: (character: string) => string): string =>
  text.replace(UNPRINTABLE, by);

/** Text from a foreign file or its name, unable to control a terminal: `\u{1b}[31m`. */
export const printable = (text: string): string =>
  replaceUnprintable(text, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

/** The same of a text of several lines. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** JSON that says the same and holds no character that could control a terminal. */
export const printableJson = (json: string): string =>
  replaceUnprintable(json, (character) =>
    character === '\n'
      ? character
      : [...Array(character.length).keys()]
          .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
          .join(''),
  );

/** Edits (insert, delete, replace, swap of neighbours) from `a` to `b`: Damerau-Levenshtein, optimal string alignment. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, beforeLast[column - 2]! + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}

/**
 * The candidate that `word` is most likely a typo of, whatever its case; the first of equals.
 * Undefined when even the best differs in more than a third of the longer word's letters (at least one edit is allowed),
 * or in more than `most` edits.
 */
export function nearest(word: string, candidates: Iterable<string>, most = Infinity): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const longer = Math.max(word.length, candidate.length);
    const cutoff = Math.min(most, Math.max(1, Math.floor(longer / 3)));
    if (Math.abs(word.length - candidate.length) > cutoff) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= cutoff && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** No shell gives these characters a meaning anywhere in a word (`=` would make a command word an assignment). */
const PLAIN = /^[A-Za-z0-9_@+:,./-]+$/;

/**
 * `text` as one word of a POSIX shell: as it is where that is safe, else in single quotes.
 *
 * Any character but NUL is kept.
 */
export const shellQuote = (text: string): string =>
  PLAIN.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
