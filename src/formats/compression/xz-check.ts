import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc64 } from './crc64.ts';

/** A check that is made piece by piece. */
interface RunningCheck {
  update(bytes: Uint8Array): void;
  /** The bytes of the field. */
  digest(): Uint8Array;
}

export interface XzCheck {
  size: number;
  start(): RunningCheck;
  /** Makes the bytes of the field from all of the unpacked bytes. */
  encode(bytes: Uint8Array): Uint8Array;
}

const checkOf = (size: number, start: () => RunningCheck): XzCheck => ({
  size,
  start,
  encode(bytes) {
    const running = start();
    running.update(bytes);
    return running.digest();
  },
});

function encodeWords(words: readonly number[]): Uint8Array {
  const field = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) field.writeUInt32LE(word, index * 4);
  return field;
}

function startCrc32(): RunningCheck {
  let sum = 0;
  return {
    update: (bytes) => void (sum = crc32(bytes, sum)),
    digest: () => encodeWords([sum]),
  };
}

function startCrc64(): RunningCheck {
  let sum = { low: 0, high: 0 };
  return {
    update: (bytes) => void (sum = crc64(bytes, sum)),
    digest: () => encodeWords([sum.low, sum.high]),
  };
}

function startSha256(): RunningCheck {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}

const startNone = (): RunningCheck => ({ update: () => undefined, digest: () => new Uint8Array(0) });

/** What protects the content of a block, by its number in the stream's flags (xz file format, section 2.1.1.2). */
export const XZ_CHECKS: ReadonlyMap<number, XzCheck> = new Map([
  [0x00, checkOf(0, startNone)],
  [0x01, checkOf(4, startCrc32)],
  [0x04, checkOf(8, startCrc64)],
  [0x0a, checkOf(32, startSha256)],
]);
