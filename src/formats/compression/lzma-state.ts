import { LITERAL } from './lzma-places.ts';

const EVEN = 1024;
const LEAST_DICTIONARY = 4096;
/** What an input of some size often unpacks to: that much room is not much to ask for. */
const USUAL_RATIO = 4;
const LEAST_ROOM = 4096;
const LEAST_DROPPED = 1 << 20;
/** What a stream in pieces may keep: one and a half times the largest dictionary of `xz -9`, and a chunk. */
const STREAM_ROOM = 98 << 20;

/** An LZMA stream between two symbols, and its output, which is the dictionary too. */
export class LzmaState {
  /** Packed bytes, to be read from `at`; none of them is left at `end`. */
  readonly data: Uint8Array;
  at = 0;
  end = 0;
  /** The range decoder's two words, signed as JavaScript has them. */
  range = -1;
  code = 0;
  /** What is unpacked ends at `pos`; the rest is room, up to `limit`. */
  out: Uint8Array;
  pos = 0;
  readonly limit: number;
  dictionaryStart = 0;
  dictionarySize = LEAST_DICTIONARY;
  probs = new Uint16Array(LITERAL);
  literalContextBits = 0;
  literalPositionMask = 0;
  positionMask = 0;
  state = 0;
  /** The last distance less 1, and the three before it. */
  rep0 = 0;
  readonly recent = new Int32Array(3);
  /** How much of the last match is still to be copied. */
  length = 0;

  /** @param limit of all output; `null`: it is taken away in pieces */
  constructor(data: Uint8Array, limit: number | null) {
    this.data = data;
    this.limit = limit ?? STREAM_ROOM;
    const room = limit === null ? LEAST_DROPPED : Math.max(LEAST_ROOM, data.length * USUAL_RATIO);
    this.out = new Uint8Array(Math.min(this.limit, room));
  }

  /** Makes room for `count` bytes more; `false` if the limit does not allow them. */
  reserve(count: number): boolean {
    const wanted = this.pos + count;
    if (wanted > this.limit) return false;
    if (wanted > this.out.length) {
      // Twice as much each time: no size in a header is trusted with memory.
      const larger = new Uint8Array(Math.min(this.limit, Math.max(wanted, this.out.length * 2)));
      larger.set(this.out.subarray(0, this.pos));
      this.out = larger;
    }
    return true;
  }

  /** Drops what no distance reaches any more, once that is much; `pos` is another then. */
  slide(): void {
    const kept = Math.min(this.pos - this.dictionaryStart, this.dictionarySize);
    const dropped = this.pos - kept;
    if (dropped < Math.max(kept >> 1, LEAST_DROPPED)) return;
    this.out.copyWithin(0, dropped, this.pos);
    this.pos = kept;
    this.dictionaryStart -= dropped;
  }

  /** Forgets what is unpacked: distances and positions count from here. */
  startDictionary(size: number): void {
    this.dictionarySize = Math.max(size, LEAST_DICTIONARY);
    this.dictionaryStart = this.pos;
  }

  /** Takes the byte of lc, lp and pb, and starts anew with them; `false` if lc + lp are more than `most`, or pb than 4. */
  setProperties(byte: number, most: number): boolean {
    const contextBits = byte % 9;
    const literalBits = Math.floor(byte / 9) % 5;
    const positionBits = Math.floor(byte / 45);
    if (positionBits > 4 || contextBits + literalBits > most) return false;
    this.literalContextBits = contextBits;
    this.literalPositionMask = (1 << literalBits) - 1;
    this.positionMask = (1 << positionBits) - 1;
    const size = LITERAL + (0x300 << (contextBits + literalBits));
    if (this.probs.length !== size) this.probs = new Uint16Array(size);
    this.resetState();
    return true;
  }

  resetState(): void {
    this.probs.fill(EVEN);
    this.state = 0;
    this.rep0 = 0;
    this.recent.fill(0);
  }

  /** Starts the range decoder on the bytes from `at` to `end`, five at least; `false` if no encoder begins so. */
  startRange(at: number, end: number): boolean {
    const [zero, a, b, c, d] = this.data.subarray(at, at + 5) as unknown as number[];
    this.code = (a! << 24) | (b! << 16) | (c! << 8) | d!;
    this.range = -1;
    this.length = 0;
    this.at = at + 5;
    this.end = end;
    return zero === 0 && this.code !== this.range;
  }

  /** Whether the encoder can have stopped here. */
  get finished(): boolean {
    return this.code === 0 && this.length === 0;
  }
}
