import { problem, type YamlProblem } from './problem.ts';

/** The text with every line end as LF, and the way back from an offset in it to one in the original. */
export function unifyLineEnds(original: string): {
  text: string;
  originalOffset: (offset: number) => number;
} {
  const dropped: number[] = [];
  for (const found of original.matchAll(/\r\n/g)) dropped.push(found.index - dropped.length);
  const originalOffset = (offset: number): number => {
    let low = 0;
    let high = dropped.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (dropped[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    return offset + low;
  };
  return { text: original.replace(/\r\n?/g, '\n'), originalOffset };
}

/** What YAML has no place for (its c-printable, 1.2.2 section 5.1), and the sign that bytes were no UTF-8. */
const FOREIGN = /(?![\t\n\r\x85])\p{Cc}|[\ufffd\ufffe\uffff]/u;

/** The first character that cannot stand in YAML text, if there is one. */
export function checkCharacters(text: string): YamlProblem | null {
  const at = text.search(FOREIGN);
  if (at === -1) return null;
  const character = text.charCodeAt(at);
  const range = { start: at, end: at + 1 };
  if (character === 0xfffd) {
    return problem('encoding', range, 'the file is not UTF-8', 'save it as UTF-8, without a byte order mark');
  }
  const name = `U+${character.toString(16).toUpperCase().padStart(4, '0')}`;
  return problem(
    'encoding',
    range,
    `the file has the control character ${name} in it`,
    character === 0 ? 'YAML is UTF-8 text; is this the right file?' : 'remove it',
  );
}
