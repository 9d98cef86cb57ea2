import { LONGEST_LINE } from './line.ts';
import { ENOUGH_BEGUN, glanceAt, recognise, type Match, type Recognised } from './recognise.ts';
import { reportOn } from './report.ts';
import type { Glance } from './scan.ts';
import { Story } from './story.ts';
import type { LogReport } from './types.ts';

/** Lines that repeat are taken apart once. */
const MOST_REMEMBERED = 512;
const SPACE = 32;
/** So much of a line is looked at for text. */
const LONGEST_BLANK = 64;
/** Lines of a mail that one line was broken into. */
const MOST_WRAPPED = 3;

/** What is known of a line, with its number. */
interface Entry {
  match: Match;
  line: number;
}

/** A line that the next one may go on with. */
interface Unfinished {
  entries: readonly Entry[];
  /** Its last part, with what was joined to it. */
  tail: string;
  line: number;
  parts: number;
}

/**
 * Reads a log as it comes, and says at any time what is known of it. What it takes of memory does not grow with the log.
 */
export class LogReader {
  readonly #story = new Story();
  readonly #remembered = new Map<string, Recognised>();
  #rest = '';
  #lines = 0;
  #known = 0;
  /** The last line that has text. */
  #lastLine = 0;
  #unfinished: Unfinished | null = null;

  /** Takes more of the log; it may end within a line. */
  push(text: string): void {
    this.#remembered.clear();
    let start = 0;
    if (this.#rest !== '') {
      const newline = text.indexOf('\n');
      const more = newline < 0 ? text : text.slice(0, newline);
      this.#rest += more.slice(0, Math.max(0, LONGEST_LINE - this.#rest.length));
      if (newline < 0) return;
      this.#endRest();
      start = newline + 1;
    }
    while (start < text.length) {
      if (text[start] === '\n') {
        this.#lines++;
        this.#finish();
        start++;
        continue;
      }
      const glance = glanceAt(text, start, LONGEST_LINE);
      if (glance.end === text.length) {
        this.#rest = text.slice(start, start + LONGEST_LINE);
        return;
      }
      this.#read(text, start, glance);
      start = glance.end + 1;
    }
  }

  /** What is known so far; a line whose end has not come is not among it. */
  report(): LogReport {
    return this.#reportOn(null);
  }

  /** What is known of the whole log. */
  end(): LogReport {
    if (this.#rest !== '') this.#endRest();
    this.#finish();
    this.#story.end();
    return this.#reportOn(this.#lastLine);
  }

  #reportOn(lastLine: number | null): LogReport {
    return reportOn(this.#story, { lines: this.#lines, known: this.#known, lastLine });
  }

  #endRest(): void {
    const line = this.#rest;
    this.#rest = '';
    this.#read(line, 0, glanceAt(line, 0, LONGEST_LINE));
  }

  #read(text: string, start: number, { end, found, begun, isDirty, isMarked }: Glance): void {
    this.#lines++;
    if (isMarked) this.#story.isOfJailhouse = true;
    if (
      text.charCodeAt(start) > SPACE ||
      text.slice(start, Math.min(end, start + LONGEST_BLANK)).trim() !== ''
    )
      this.#lastLine = this.#lines;
    const isKnown = found.length > 0 || begun >= ENOUGH_BEGUN || isDirty;
    if (!isKnown && this.#unfinished === null && !this.#story.wantsRegisters) return;
    const line = text.slice(start, Math.min(end, start + LONGEST_LINE));
    const recognised = this.#recognise(line, isDirty);
    if (this.#unfinished !== null) {
      if (this.#join(this.#unfinished, recognised)) return;
      this.#finish();
    }
    const { matches, tail, isOpen } = recognised;
    const entries = matches.map((match) => ({ match, line: this.#lines }));
    if (isOpen) this.#unfinished = { entries, tail, line: this.#lines, parts: 1 };
    else if (entries.length > 0) this.#tell(entries);
    else this.#story.unknown(tail, this.#lines);
  }

  #recognise(line: string, isDirty: boolean): Recognised {
    const before = this.#remembered.get(line);
    if (before !== undefined) return before;
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    const recognised = recognise(line, isDirty);
    this.#remembered.set(line, recognised);
    return recognised;
  }

  /** Puts a line behind an unfinished one, where both together are known, or may be with the next. */
  #join(before: Unfinished, after: Recognised): boolean {
    if (after.isStamped || after.head === '' || before.parts === MOST_WRAPPED) return false;
    const spaced = this.#across(' ', before, after);
    const found = spaced.across.length > 0 ? spaced : this.#across('', before, after);
    if (found.across.length === 0 && !spaced.whole.isOpen) return false;
    const { whole, across, border } = found.across.length > 0 ? found : spaced;
    const from = Math.min(...across.map(({ start }) => start));
    const to = Math.max(...across.map(({ end }) => end)) - border;
    const entries: Entry[] = [
      ...before.entries.filter(({ match }) => match.text !== before.tail || match.end <= from),
      ...across.map((match) => ({ match, line: before.line })),
      ...after.matches
        .filter(({ text, start }) => text !== after.head || start >= to)
        .map((match) => ({ match, line: this.#lines })),
    ];
    if (across.length === 0 || whole.isOpen) {
      this.#unfinished = { entries, tail: whole.tail, line: before.line, parts: before.parts + 1 };
    } else if (after.isOpen) {
      this.#unfinished = { entries, tail: after.tail, line: this.#lines, parts: 1 };
    } else {
      this.#unfinished = null;
      this.#tell(entries);
    }
    return true;
  }

  /** What begins in one line and ends in the next. */
  #across(separator: string, { tail, entries }: Unfinished, { head }: Recognised) {
    const border = tail.length + separator.length;
    const whole = recognise(tail + separator + head, false);
    const isNew = ({ isCut, start }: Match): boolean =>
      !isCut || !entries.some(({ match }) => match.text === tail && match.start === start);
    const across = whole.matches.filter(
      (match) => match.start < tail.length && match.end > border && isNew(match),
    );
    return { whole, border, across };
  }

  /** The unfinished line ends as it is. */
  #finish(): void {
    if (this.#unfinished === null) return;
    const { entries, tail, line } = this.#unfinished;
    this.#unfinished = null;
    if (entries.length > 0) this.#tell(entries);
    else this.#story.unknown(tail, line);
  }

  #tell(entries: readonly Entry[]): void {
    let last = 0;
    for (const { match, line } of entries) {
      if (match.kind.isOrdinary !== true && line !== last) {
        this.#known++;
        last = line;
      }
      this.#story.take(match, line);
    }
  }
}
