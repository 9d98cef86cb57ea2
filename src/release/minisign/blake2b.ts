/**
 * BLAKE2b (RFC 7693) with 32 bytes of result and without a key, for a few hundred bytes: minisign's checksum of a
 * secret key. node:crypto has the form with 64 bytes alone.
 */

const IV = BigUint64Array.of(
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
);

/** The order of a block's words in each of ten rounds; the last two are the first ones again. */
const SIGMA = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
] as const;
const ROUNDS = 12;

/** The columns of the state, then its diagonals. */
const LANES = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

const BLOCK = 128;
const SIZE = 32;

const rotateRight = (word: bigint, bits: bigint): bigint =>
  BigInt.asUintN(64, (word >> bits) | (word << (64n - bits)));

function mix(
  v: BigUint64Array,
  [a, b, c, d]: readonly [number, number, number, number],
  x: bigint,
  y: bigint,
) {
  for (const [word, first, second] of [
    [x, 32n, 24n],
    [y, 16n, 63n],
  ] as const) {
    v[a] = v[a]! + v[b]! + word;
    v[d] = rotateRight(v[d]! ^ v[a]!, first);
    v[c] = v[c]! + v[d]!;
    v[b] = rotateRight(v[b]! ^ v[c]!, second);
  }
}

function compress(state: BigUint64Array, block: Uint8Array, counted: number, isLast: boolean): void {
  const view = new DataView(block.buffer, block.byteOffset, BLOCK);
  const v = new BigUint64Array(16);
  v.set(state);
  v.set(IV, 8);
  v[12]! ^= BigInt(counted);
  if (isLast) v[14]! ^= 0xffffffffffffffffn;
  for (let round = 0; round < ROUNDS; round++) {
    const order = SIGMA[round % SIGMA.length]!;
    const word = (at: number): bigint => view.getBigUint64(8 * order[at]!, true);
    for (const [at, lane] of LANES.entries()) mix(v, lane, word(2 * at), word(2 * at + 1));
  }
  for (let at = 0; at < 8; at++) state[at]! ^= v[at]! ^ v[at + 8]!;
}

export function blake2b256(content: Uint8Array): Uint8Array {
  const state = IV.slice();
  // The parameters: 32 bytes of result, no key, no tree.
  state[0]! ^= 0x01010000n ^ BigInt(SIZE);
  const blocks = Math.max(1, Math.ceil(content.length / BLOCK));
  for (let index = 0; index < blocks; index++) {
    const block = new Uint8Array(BLOCK);
    block.set(content.subarray(index * BLOCK, (index + 1) * BLOCK));
    compress(state, block, Math.min(content.length, (index + 1) * BLOCK), index === blocks - 1);
  }
  const result = new Uint8Array(SIZE);
  const view = new DataView(result.buffer);
  for (let at = 0; at < SIZE / 8; at++) view.setBigUint64(8 * at, state[at]!, true);
  return result;
}
