const REDRAW_AFTER_MS = 100;

const MIB = 1 << 20;

/** A line on the terminal that says how far long work is; nothing at all where nobody watches. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #label: string;
  readonly #total: number;
  #done = 0;
  #isDrawn = false;
  /** Work that is soon done needs no line. */
  #drawnAt = performance.now();

  constructor(stream: NodeJS.WriteStream, label: string, total: number) {
    this.#stream = stream;
    this.#label = label;
    this.#total = total;
  }

  advance(bytes: number): void {
    this.#done += bytes;
    if (!this.#stream.isTTY) return;
    const now = performance.now();
    if (now - this.#drawnAt < REDRAW_AFTER_MS) return;
    this.#drawnAt = now;
    this.#isDrawn = true;
    const percent = Math.min(100, Math.floor((this.#done * 100) / Math.max(1, this.#total)));
    const size = `${Math.round(this.#done / MIB)} of ${Math.round(this.#total / MIB)} MiB`;
    this.#stream.write(`\r\x1b[K${this.#label}: ${percent} % (${size})`);
  }

  clear(): void {
    if (this.#isDrawn) this.#stream.write('\r\x1b[K');
  }
}
