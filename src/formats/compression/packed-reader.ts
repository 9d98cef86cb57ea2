import type { InputError } from '../../base/diagnostic.ts';
import type { Fault } from './decoder.ts';

/** Reads the fields of a container from front to back. Every method throws the {@link Fault}'s error at the end. */
export class PackedReader {
  readonly data: Uint8Array;
  at = 0;
  readonly #format: string;
  readonly #fault: Fault;

  constructor(data: Uint8Array, format: string, fault: Fault) {
    this.data = data;
    this.#format = format;
    this.#fault = fault;
  }

  /** `why` is a clause: "the check of block 1 does not match". */
  damaged(why: string): InputError {
    return this.#fault(`is damaged (${this.#format}: ${why})`);
  }

  cut(): InputError {
    return this.#fault(`is cut short (${this.#format})`);
  }

  take(count: number): Uint8Array {
    if (count > this.data.length - this.at) throw this.cut();
    this.at += count;
    return this.data.subarray(this.at - count, this.at);
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  bigEndian(size: 1 | 2 | 4): number {
    return this.take(size).reduce((value, byte) => value * 256 + byte, 0);
  }

  uint32(): number {
    const [a, b, c, d] = this.take(4) as unknown as [number, number, number, number];
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }
}
