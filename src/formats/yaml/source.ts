import { replaceUnprintable } from '../../base/text.ts';

/** Offsets into a text, in UTF-16 units; `end` is behind the last one. */
export interface SourceRange {
  start: number;
  end: number;
}

const LINE_BREAK = /\r\n|\n|\r/g;

/** Where each line begins. A line ends with LF, CRLF or CR. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (const found of text.matchAll(LINE_BREAK)) starts.push(found.index + found[0].length);
  return starts;
}

function lineIndexOf(starts: readonly number[], offset: number): number {
  const after = starts.findIndex((start) => start > offset);
  return after === -1 ? starts.length - 1 : after - 1;
}

/** Line and column of an offset, both from 1. The column counts UTF-16 units, as editors do; a byte order mark counts for nothing. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const starts = lineStarts(text);
  const index = lineIndexOf(starts, offset);
  const mark = index === 0 && offset > 0 && text.startsWith('\ufeff') ? 1 : 0;
  return { line: index + 1, column: offset - starts[index]! + 1 - mark };
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const NO_WIDTH = /[\p{Mn}\p{Me}]/u;

/** Columns that the text takes on a terminal. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** A tab as one blank, other control characters as their pictures: nothing in a frame may move the caret, turn the text or change the terminal's state. */
const visible = (text: string): string =>
  replaceUnprintable(text.replaceAll('\ufeff', '').replaceAll('\t', ' '), (character) =>
    character < ' ' ? String.fromCharCode(0x2400 + character.charCodeAt(0)) : '\ufffd',
  );

const CONTEXT = 2;
const LONGEST = 100;

/**
 * The lines around a range, numbered, with the range marked by carets, as Babel draws it:
 *
 *     > 2 | placement: exat
 *         |            ^^^^
 *
 * A range over several lines is marked on its first one; lines longer than 100 characters are cut.
 */
export function codeFrame(text: string, range: SourceRange): string {
  const starts = lineStarts(text);
  const marked = lineIndexOf(starts, range.start);
  const from = Math.max(0, marked - CONTEXT);
  const to = Math.min(starts.length - 1, marked + CONTEXT);
  const gutter = String(to + 1).length;
  const drawn: string[] = [];
  // The marked line is cut on the left too where the range would not show otherwise.
  const hidden = Math.max(0, range.start - starts[marked]! - LONGEST / 2);
  for (let index = from; index <= to; index++) {
    const start = starts[index]!;
    const line = text.slice(start, starts[index + 1] ?? text.length).replace(/[\r\n]+$/, '');
    if (line === '' && index === starts.length - 1 && index !== marked) continue;
    const skip = index === marked ? hidden : 0;
    const left = skip > 0 ? '…' : '';
    const shown = line.slice(skip, skip + LONGEST);
    const cut = line.length > skip + LONGEST ? '…' : '';
    const lead = index === marked ? '>' : ' ';
    drawn.push(`${lead} ${String(index + 1).padStart(gutter)} | ${left}${visible(shown)}${cut}`.trimEnd());
    if (index !== marked) continue;
    const at = range.start - start - skip;
    const before = widthOf(left + visible(shown.slice(0, at)));
    const length = widthOf(visible(shown.slice(at, Math.max(at, range.end - start - skip))).trimEnd());
    drawn.push(`  ${' '.repeat(gutter)} | ${' '.repeat(before)}${'^'.repeat(Math.max(1, length))}`);
  }
  return drawn.join('\n');
}

/** One line, by its number from 1, as {@link codeFrame} draws it: where its neighbours say nothing about it. */
export function lineFrame(text: string, line: number): string {
  const start = lineStarts(text)[line - 1] ?? text.length;
  const content = text.slice(start).match(/^[^\r\n]*/)![0];
  const cut = content.length > LONGEST ? '…' : '';
  return `> ${line} | ${visible(content.slice(0, LONGEST))}${cut}`;
}
