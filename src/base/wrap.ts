/** In back quotes or quotes is what people copy: a command, a path. Such a word has blanks, and stays whole. */
const WORD = /\(?'[^']*'\S*|(?:`[^`]*`|\S)+/g;

/** A file's name as a text may show it: whole, or from one of its folders on. */
const shownNames = (file: string): string[] => {
  const parts = file.split('/');
  return parts.map((_, index) => parts.slice(index).join('/')).filter((name) => name.includes(' '));
};

/**
 * The words of a text: a blank in a command, a quoted text or a file's name is none between words.
 *
 * @param files names that the text may have
 */
function wordsOf(text: string, files: readonly string[]): string[] {
  const names = files.flatMap(shownNames).toSorted((a, b) => b.length - a.length);
  // A blank that stays gets a place that no text from a file has: control characters are made visible before.
  const kept = names.reduce((all, name) => all.replaceAll(name, () => name.replaceAll(' ', '\0')), text);
  return (kept.match(WORD) ?? []).map((word) => word.replaceAll('\0', ' '));
}

/** Less than this is too narrow for words. */
const NARROWEST = 20;

/**
 * A text in lines of at most `width` characters, broken between words alone: a longer word has a line of its own.
 *
 * @param width `null`: it stays one line
 * @param start the column in which its first line begins
 * @param indent that of the other lines
 * @param files names in it, which stay whole
 */
export function wrap(
  text: string,
  width: number | null,
  { start, indent, files = [] }: { start: number; indent: number; files?: readonly string[] },
): string {
  if (width === null || start + text.length <= width) return text;
  const room = Math.max(width, indent + NARROWEST);
  const lines: string[] = [];
  let column = start;
  for (const word of wordsOf(text, files)) {
    const { length } = word;
    if (lines.length > 0 && column + 1 + length <= room) {
      lines[lines.length - 1] += ` ${word}`;
      column += 1 + length;
    } else {
      column = (lines.length === 0 ? start : indent) + length;
      lines.push(word);
    }
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}
