/** Reads bits, the highest of each byte first; behind the end of the data there are zeros. */
export class BitReader {
  readonly data: Uint8Array;
  /** The next byte to take. */
  at: number;
  /** The low `count` bits are those taken and not read yet. */
  buffer = 0;
  count = 0;

  constructor(data: Uint8Array, at: number) {
    this.data = data;
    this.at = at;
  }

  /** The next bits as a number; `size` is 24 at most. */
  read(size: number): number {
    while (this.count < size) {
      this.buffer = (this.buffer << 8) | (this.at < this.data.length ? this.data[this.at]! : 0);
      this.at++;
      this.count += 8;
    }
    this.count -= size;
    return (this.buffer >>> this.count) & ((1 << size) - 1);
  }

  /** How many bytes hold what was read. */
  get consumed(): number {
    return this.at - (this.count >>> 3);
  }

  get isBehindEnd(): boolean {
    return this.consumed > this.data.length;
  }
}
