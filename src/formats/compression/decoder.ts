import type { InputError } from '../../base/diagnostic.ts';
import { plural } from '../../base/text.ts';

/** Makes the error for data that cannot be unpacked; `why` completes "the data ...". */
export type Fault = (why: string) => InputError;

export interface Unpacked {
  bytes: Uint8Array;
  /** How much of the input it is made from: to the end of the compressed stream. */
  consumed: number;
}

/**
 * Unpacks the stream at the start of `data` to at most `limit` bytes, checking what the format lets it check.
 *
 * @throws the {@link Fault}'s error for damaged and truncated data, and for output beyond the limit
 */
export type Decoder = (data: Uint8Array, limit: number, fault: Fault) => Unpacked | Promise<Unpacked>;

/**
 * Unpacks the stream at the start of `data` piece by piece, with all checks of the {@link Decoder}: none is larger than
 * some MiB, or what the format must keep. A piece is valid until the next is asked for.
 *
 * @returns how much of the input it was made from; `null`: it goes on, and would need more memory than it gets here
 * @throws as a {@link Decoder} does
 */
export type StreamDecoder = (
  data: Uint8Array,
  fault: Fault,
) => AsyncGenerator<Uint8Array, number | null, void> | Generator<Uint8Array, number | null, void>;

/** Why there is no more: what a {@link Fault} is told when the output outgrows its limit. */
export const beyondLimit = (limit: number): string => `unpacks to more than ${limit} bytes`;

/** @throws the {@link Fault}'s error if a stream of the method `name` did not take all of `data` */
export function refuseRest(data: Uint8Array, { consumed }: Unpacked, name: string, fault: Fault): void {
  const rest = data.length - consumed;
  if (rest !== 0) throw fault(`has ${plural(rest, 'byte')} after the end of its ${name} stream`);
}
