/** What a reader asks for: bytes, to pass over some, or to pass over zeros. */
type Request = { bytes: number } | { skip: number } | 'zeros';

interface Answer {
  /** What was asked for; fewer where the data end. Nothing of what was passed over. */
  bytes: Uint8Array;
  /** How many were taken or passed over. */
  count: number;
}

/** A reader that is given what it asks for, however the bytes arrive. */
export type FedReader<Result> = Generator<Request, Result, Answer>;

const NONE = new Uint8Array();

/** Feeds a reader with a stream, piece by piece. */
export class ByteFeed<Result> {
  readonly #reader: FedReader<Result>;
  #request: Request | null = null;
  #result: Result | undefined;
  /** Bytes of the request that have come. */
  #held: Uint8Array[] = [];
  #count = 0;

  constructor(reader: FedReader<Result>) {
    this.#reader = reader;
    this.#advance(reader.next());
  }

  #advance({ done, value }: IteratorResult<Request, Result>): void {
    [this.#held, this.#count] = [[], 0];
    if (done) [this.#request, this.#result] = [null, value];
    else this.#request = value;
  }

  #answer(): void {
    const [first = NONE] = this.#held;
    const bytes = this.#held.length > 1 ? Buffer.concat(this.#held) : first;
    this.#advance(this.#reader.next({ bytes, count: this.#count }));
  }

  /** Takes a piece, which may change afterwards; returns whether more is wanted. */
  take(piece: Uint8Array): boolean {
    let at = 0;
    while (this.#request !== null) {
      const start = at;
      const request = this.#request;
      if (request === 'zeros') {
        while (at < piece.length && piece[at] === 0) at++;
        this.#count += at - start;
        if (at === piece.length) return true;
      } else {
        const wanted = ('bytes' in request ? request.bytes : request.skip) - this.#count;
        at = Math.min(piece.length, start + wanted);
        this.#count += at - start;
        if ('bytes' in request) this.#held.push(piece.slice(start, at));
        if (at - start < wanted) return true;
      }
      this.#answer();
    }
    return false;
  }

  /** What the reader found, there being no more. */
  end(): Result {
    while (this.#request !== null) this.#answer();
    return this.#result!;
  }
}
