import { InputError } from '../base/diagnostic.ts';

/** What tells binary data from a log with a few damaged bytes. */
const SAMPLE = 1 << 16;
const DAMAGED = /(?![\t\n\r])[\p{Cc}\ufffd]/gu;
const MOST_DAMAGED = 0.2;
/** Fewer characters of a log that goes on tell nothing: a serial line may begin with noise. */
const ENOUGH = 1024;

/** The encoding that the first bytes name: PowerShell and terminals of Windows write UTF-16. */
function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

/** Counts what is no text among the first characters of a log. */
class Sample {
  #length = 0;
  #damaged = 0;

  /** @throws InputError `explain/binary` */
  add(text: string, enough: number): void {
    if (this.#length >= SAMPLE) return;
    const more = text.slice(0, SAMPLE - this.#length);
    this.#length += more.length;
    this.#damaged += more.match(DAMAGED)?.length ?? 0;
    if (this.#length < enough || this.#damaged <= this.#length * MOST_DAMAGED) return;
    throw new InputError(
      'explain/binary',
      `this is not a log: ${this.#damaged} of its first ${this.#length} characters are not text`,
      {
        fix: 'give the text that the hypervisor or the kernel printed; a serial line at the wrong baud rate gives none',
      },
    );
  }
}

/**
 * The text of a log. Serial lines garble bytes: what is no UTF-8 becomes U+FFFD.
 *
 * @throws InputError `explain/binary`
 */
export function parseLog(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes);
  new Sample().add(new TextDecoder(encoding).decode(bytes.subarray(0, SAMPLE)), 0);
  return new TextDecoder(encoding).decode(bytes);
}

/** The same for a log that comes in pieces. */
export class LogDecoder {
  readonly #sample = new Sample();
  #decoder: InstanceType<typeof TextDecoder> | null = null;
  #first = new Uint8Array(0);

  /** @throws InputError `explain/binary` */
  push(bytes: Uint8Array): string {
    if (this.#decoder !== null) return this.#decode(this.#decoder, bytes);
    const first = Uint8Array.from([...this.#first, ...bytes.subarray(0, 2)]);
    if (first.length < 2) {
      this.#first = first;
      return '';
    }
    this.#decoder = new TextDecoder(encodingOf(first));
    const before = this.#decode(this.#decoder, this.#first);
    return before + this.#decode(this.#decoder, bytes);
  }

  /** @throws InputError `explain/binary` */
  end(): string {
    const decoder = this.#decoder ?? new TextDecoder();
    const rest = this.#decoder === null ? decoder.decode(this.#first) : decoder.decode();
    this.#sample.add(rest, 0);
    return rest;
  }

  #decode(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string {
    const text = decoder.decode(bytes, { stream: true });
    this.#sample.add(text, ENOUGH);
    return text;
  }
}
