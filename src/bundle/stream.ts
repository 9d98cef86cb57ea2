const ignore = (): void => undefined;

const EMPTY = new Uint8Array(0);

/** The same chunks, with the next one already being read while the current one is in use. */
export async function* readAhead(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const iterator = source[Symbol.asyncIterator]();
  let next = iterator.next();
  let open = true;
  try {
    for (;;) {
      open = false; // a source that throws has closed itself
      const step = await next;
      if (step.done) return;
      open = true;
      next = iterator.next();
      next.catch(ignore); // seen when its turn comes; without a turn it is of no interest
      yield step.value;
    }
  } finally {
    if (open) await iterator.return?.();
  }
}

/** `job` of each item, in the items' order, at most `limit` of them at a time. */
export async function* inOrder<T, U>(
  items: AsyncIterable<T>,
  limit: number,
  job: (item: T) => Promise<U>,
): AsyncGenerator<U, void> {
  const running: Promise<U>[] = [];
  try {
    for await (const item of items) {
      const result = job(item);
      result.catch(ignore); // seen when its turn comes
      running.push(result);
      if (running.length >= limit) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.allSettled(running);
  }
}

/** Reads a stream piece by piece, whatever its chunks are. Close it when done. */
export class ByteReader {
  /** How many bytes were taken so far. */
  offset = 0;
  readonly #chunks: AsyncGenerator<Uint8Array, void>;
  #rest: Uint8Array = EMPTY;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = readAhead(source);
  }

  /** Between 1 and `limit` bytes, as they come; none at the end. */
  async some(limit: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const step = await this.#chunks.next();
      if (step.done) return EMPTY;
      this.#rest = step.value;
    }
    const bytes = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(bytes.length);
    this.offset += bytes.length;
    return bytes;
  }

  /** `count` bytes; fewer only at the end. */
  async take(count: number): Promise<Uint8Array> {
    const first = await this.some(count);
    if (first.length === count) return first;
    const parts = [first];
    for (let missing = count - first.length; missing > 0;) {
      const part = await this.some(missing);
      if (part.length === 0) break;
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  async close(): Promise<void> {
    await this.#chunks.return();
  }
}
