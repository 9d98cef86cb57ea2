import { withoutSequences, withoutUnfinished } from '../base/terminal.ts';

/** Longer lines are cut: no line that is known is as long. */
const LONGEST_LINE = 4096;

/**
 * Bytes of a serial port, as lines: a line counts when its end has come, however the bytes are cut. What a terminal acts
 * on is left out: a shell may put a question for the cursor's place behind its prompt.
 */
export class LineReader {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #rest = '';

  /** The lines that end in these bytes, without their ends. */
  push(bytes: Uint8Array): string[] {
    const parts = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = parts.pop()!.slice(0, LONGEST_LINE);
    return parts.map((line) => withoutSequences(line.slice(0, LONGEST_LINE)).replaceAll('\r', ''));
  }

  /** What has come of a line that has no end yet: a prompt. */
  get rest(): string {
    return withoutUnfinished(this.#rest).replaceAll('\r', '');
  }
}
