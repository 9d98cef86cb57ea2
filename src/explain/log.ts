import { InputError } from '../base/diagnostic.ts';
import { withoutSequences } from '../base/terminal.ts';

/** What tells binary data from a log with a few damaged bytes. */
const SAMPLE = 1 << 16;
const DAMAGED = /(?![\t\n\r])[\p{Cc}\ufffd]/gu;
const MOST_DAMAGED = 0.2;

/**
 * The text of a log. Serial lines garble bytes: what is no UTF-8 becomes U+FFFD.
 *
 * @throws InputError `explain/binary`
 */
export function parseLog(bytes: Uint8Array): string {
  const sample = new TextDecoder().decode(bytes.subarray(0, SAMPLE));
  const damaged = sample.match(DAMAGED)?.length ?? 0;
  if (damaged > sample.length * MOST_DAMAGED) {
    throw new InputError(
      'explain/binary',
      `this is not a log: ${damaged} of its first ${sample.length} characters are not text`,
      {
        fix: 'give the text that the hypervisor or the kernel printed; a serial line at the wrong baud rate gives none',
      },
    );
  }
  return new TextDecoder().decode(bytes);
}

/** `<6>`, `Nov 23 05:01:01 host kernel: `, `[    1.234567]`, `[   T1]`. */
const STAMP =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,64} [\w.-]{1,32}(?:\[\d{1,8}\])?: )?(?:\[ *\d{1,12}\.\d{1,9}\] ?)?(?:\[ *[TC]\d{1,8}\] ?)?/;

/** Far longer than any line that is known. */
const LONGEST_LINE = 4096;

/** A line without what a terminal and a logger put into it. */
const clean = (line: string): string =>
  withoutSequences(line.slice(0, LONGEST_LINE)).replaceAll('\r', '').replace(STAMP, '').trim();

const PYTHON_CALL = /fcntl\.ioctl\(.{0,80}\.(JAILHOUSE_CELL_[A-Z]{1,12})\b/;
const PYTHON_ERROR = /^\w{1,32}Error: \[Errno \d{1,3}\] (.+)$/;
/** Python underlines the place between the two. */
const PYTHON_GAP = 3;

/** A line of a log, from 1. */
export interface LogLine {
  line: number;
  text: string;
}

/**
 * A log's lines. `jailhouse cell linux` ends in a traceback; its call and its reason, which are lines apart, become one:
 * `JAILHOUSE_CELL_LOAD: Invalid argument`.
 */
export function* logLines(text: string): Generator<LogLine> {
  let call = { name: '', line: -Infinity };
  let line = 0;
  for (let start = 0; start < text.length; line++) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const cleaned = clean(text.slice(start, Math.min(end, start + LONGEST_LINE)));
    start = end + 1;
    const name = PYTHON_CALL.exec(cleaned)?.[1];
    if (name !== undefined) call = { name, line };
    const reason = PYTHON_ERROR.exec(cleaned)?.[1];
    const isOfCall = reason !== undefined && line - call.line <= PYTHON_GAP;
    yield { line: line + 1, text: isOfCall ? `${call.name}: ${reason}` : cleaned };
  }
}
