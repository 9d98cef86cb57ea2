import { withoutSequences } from '../base/terminal.ts';

/** Far longer than any line that is known. */
export const LONGEST_LINE = 4096;

const MONTH = '[A-Z][a-z]{2}';
const TIME = '\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?';
const DATE = `(?:\\d{4}-\\d\\d-\\d\\d[T ]|${MONTH} [ \\d]?\\d )${TIME}(?:Z|[+-]\\d\\d:?\\d\\d)?`;
/** `kernel: ` of a journal, with the host before it. */
const WRITER = '(?:[\\w.-]{1,64} )?[\\w.-]{1,32}(?:\\[\\d{1,8}\\])?: ';

/**
 * What loggers put before a line: `<6>`, `Nov 23 05:01:01 host kernel: `, `2026-11-23T05:01:01+0000 host kernel: `,
 * `[    1.234567] `, `[Mon Nov 23 05:01:01 2026] `, `[   T1] `.
 */
const STAMP = new RegExp(
  `^(?:<\\d{1,3}>)?(?:\\[${DATE}\\] ?)?(?:${DATE} (?:${WRITER})?)?` +
    `(?:\\[ ?\\d{1,12}\\.\\d{1,9}(?: \\d{1,12}\\.\\d{1,9})?\\] ?(?:[\\w.-]{1,64} kernel: )?)?` +
    `(?:\\[${MONTH} ${MONTH} {1,2}\\d{1,2} ${TIME} \\d{4}\\] ?)?(?:\\[ ?[TC]\\d{1,8}\\] ?)?`,
);

/** What it may begin with. */
const MAY_BE_STAMP = /^[<[\dA-Z]/;
const BLANKS = /[ \t]{2,}|\t/g;

/** The marks before each line of a mail that answers another. */
const QUOTED = /^(?:> ?){1,20}/;
/** A second writer's time stamp, within a line of the first. */
const INNER_STAMP = /\[ {0,8}\d{1,7}\.\d{3,9}\] ?/;
/** What mail programs put into text: links behind a word, `*bold*`, the marks of RTF. */
const LINK = /<(?:https?|mailto):[^<>]{0,200}>/g;
const EMPHASIS = /(?<![\w*/])\*\/?(?=\S)|(?<=\S)\/?\*(?![\w*])/g;
const RTF = /\\cf\d{1,2} ?\\?/g;

/** A line without what a terminal, a logger or a mail program put into it. */
export interface Cleaned {
  /** The line; more than one where a second writer broke into it. */
  parts: readonly string[];
  /** It begins with a time stamp, so that it continues no other line. */
  isStamped: boolean;
}

/** @param isDirty it may have more than text in it */
export function cleanLine(line: string, isDirty: boolean): Cleaned {
  const plain = isDirty ? withoutDirt(line) : line;
  const text = plain.replaceAll(BLANKS, ' ').trim();
  const own = text.startsWith('>') ? text.replace(QUOTED, '') : text;
  const stamp = MAY_BE_STAMP.test(own) ? STAMP.exec(own)![0] : '';
  const rest = own.slice(stamp.length);
  const parts = (
    isDirty || rest.includes('[') ? rest.split('\r').flatMap((part) => part.split(INNER_STAMP)) : [rest]
  )
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return { parts, isStamped: stamp !== '' };
}

function withoutDirt(line: string): string {
  let text = line.includes('\u001b') ? withoutSequences(line) : line;
  if (text.includes('<')) text = text.replaceAll(LINK, '');
  if (text.includes('\\cf')) text = text.replaceAll(RTF, '');
  if (text.includes('*')) text = text.replaceAll(EMPHASIS, '');
  return text.replaceAll(/[\u00a0\u2007\u202f]/g, ' ').replace(/\r+$/, '');
}
