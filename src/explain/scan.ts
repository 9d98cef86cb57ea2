/** Characters of one byte; all others are one class, which no literal has. */
const CODES = 128;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;

/** What a look at a line tells, before it is taken apart. */
export interface Glance {
  /** Where the line ends: at its newline, or at the end of the text. */
  end: number;
  /** The numbers of the literals that are in it, ascending. */
  found: readonly number[];
  /** So many characters at its end begin a literal. */
  begun: number;
  /** It has characters that have to be taken out before anything is found in it. */
  isDirty: boolean;
  /** The mark is in it. */
  isMarked: boolean;
}

const NONE: readonly number[] = [];

/** Ascending numbers of both, each once. */
const merged = (some: readonly number[], others: readonly number[]): readonly number[] =>
  others.every((number) => some.includes(number))
    ? some
    : [...new Set([...some, ...others])].toSorted((a, b) => a - b);

/** Spaces that do not break a line. */
const isBlank = (code: number): boolean => code === 0xa0 || code === 0x20_07 || code === 0x20_2f;

/** Escapes, carriage returns, a mail's emphasis and links. */
const DIRT = Uint8Array.from({ length: CODES }, (_, code) =>
  Number('\u001b\r\u0008*<'.includes(String.fromCharCode(code))),
);

/**
 * Looks for many texts at once, in whatever case, in one pass (Aho and Corasick): what a line costs does not depend on how
 * many there are. Spaces and tabs in a row are one.
 */
export class Scanner {
  readonly #classes = new Uint8Array(CODES);
  readonly #width: number;
  readonly #next: Uint16Array;
  readonly #depths: Uint8Array;
  readonly #found: (readonly number[])[] = [NONE];
  readonly #mark: number;

  /** @param mark a text that is looked for as well, and is none of those that are found */
  constructor(texts: readonly string[], mark: string) {
    const literals = [...texts, mark];
    this.#mark = texts.length;
    const characters = [...new Set(literals.join(''))];
    this.#width = characters.length + 1;
    characters.forEach((character, index) => {
      this.#classes[character.charCodeAt(0)] = index + 1;
      this.#classes[character.toUpperCase().charCodeAt(0)] = index + 1;
    });
    const space = this.#classes[SPACE]!;
    this.#classes['\t'.charCodeAt(0)] = space;
    const most = literals.reduce((sum, { length }) => sum + length, 1);
    this.#next = new Uint16Array(most * this.#width);
    this.#depths = new Uint8Array(most);
    let states = 1;
    literals.forEach((literal, number) => {
      let state = 0;
      for (const character of literal) {
        const cell = state * this.#width + this.#classes[character.charCodeAt(0)]!;
        if (this.#next[cell] === 0) {
          this.#depths[states] = this.#depths[state]! + 1;
          this.#found.push(NONE);
          this.#next[cell] = states++;
        }
        state = this.#next[cell]!;
      }
      this.#found[state] = [...this.#found[state]!, number];
    });
    this.#complete(states, space);
  }

  /** Fills in where a state goes on from a character that does not continue it: breadth first, shorter before longer. */
  #complete(states: number, space: number): void {
    const fallback = new Uint16Array(states);
    const queue = [0];
    for (let head = 0; head < queue.length; head++) {
      const state = queue[head]!;
      for (let character = 1; character < this.#width; character++) {
        const cell = state * this.#width + character;
        const shorter = state === 0 ? 0 : this.#next[fallback[state]! * this.#width + character]!;
        const child = this.#next[cell]!;
        if (child === 0) {
          this.#next[cell] = shorter;
          continue;
        }
        fallback[child] = shorter;
        if (this.#found[shorter]!.length > 0)
          this.#found[child] = merged(this.#found[child]!, this.#found[shorter]!);
        queue.push(child);
      }
    }
    for (let state = 0; state < states; state++) {
      const after = this.#next[state * this.#width + space]!;
      if (after !== 0) this.#next[after * this.#width + space] = after;
    }
  }

  /** @param limit no more characters of the line are looked at */
  look(text: string, start: number, limit: number): Glance {
    const next = this.#next;
    const width = this.#width;
    const stop = Math.min(text.length, start + limit);
    let found = NONE;
    let isDirty = false;
    let state = 0;
    let index = start;
    for (; index < stop; index++) {
      const code = text.charCodeAt(index);
      if (code === NEWLINE) break;
      if (code === RETURN && text.charCodeAt(index + 1) === NEWLINE) continue;
      if (code < CODES) {
        state = next[state * width + this.#classes[code]!]!;
        isDirty ||= DIRT[code] === 1;
      } else if (isBlank(code)) {
        state = next[state * width + this.#classes[SPACE]!]!;
        isDirty = true;
      } else {
        state = 0;
      }
      const numbers = this.#found[state]!;
      if (numbers !== NONE && numbers !== found) found = found === NONE ? numbers : merged(found, numbers);
    }
    let end = index;
    if (index === stop && stop < text.length) {
      const newline = text.indexOf('\n', stop);
      end = newline < 0 ? text.length : newline;
    }
    const isMarked = found !== NONE && found[found.length - 1] === this.#mark;
    return {
      end,
      found: isMarked ? found.slice(0, -1) : found,
      begun: this.#depths[state]!,
      isDirty,
      isMarked,
    };
  }
}
