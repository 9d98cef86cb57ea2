import fc from 'fast-check';

/** A place in a file, as a fraction of its length, and what becomes of it. */
export type Mutation =
  | { kind: 'byte'; at: number; value: number }
  | { kind: 'number'; at: number; value: number }
  | { kind: 'cut'; at: number }
  | { kind: 'insert'; at: number; bytes: Uint8Array }
  | { kind: 'remove'; at: number; count: number };

/** Most faults of headers are in their first bytes, so half of the places are there. */
const place = fc
  .tuple(fc.nat(0xffffff), fc.boolean())
  .map(([at, early]) => (at / 0x1000000) ** (early ? 4 : 1));

const byte: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constant('byte'),
  at: place,
  value: fc.nat(255),
});
const number: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constant('number'),
  at: place,
  value: fc.oneof(fc.nat(300), fc.constant(0xffffffff), fc.constant(0x80000000)),
});
const cut: fc.Arbitrary<Mutation> = fc.record({ kind: fc.constant('cut'), at: place });
const insert: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constant('insert'),
  at: place,
  bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
});
const remove: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constant('remove'),
  at: place,
  count: fc.integer({ min: 1, max: 64 }),
});

/** One to three faults: bytes and 32-bit numbers overwritten, the rest cut off, bytes put in or taken out. */
export const mutations = fc.array(
  fc.oneof({ weight: 5, arbitrary: byte }, { weight: 3, arbitrary: number }, cut, insert, remove),
  { minLength: 1, maxLength: 3 },
);

function apply(file: Uint8Array, mutation: Mutation): Uint8Array {
  const at = Math.min(file.length, Math.floor(mutation.at * file.length));
  const copy = Buffer.from(file);
  switch (mutation.kind) {
    case 'byte':
      if (at < copy.length) copy[at] = mutation.value;
      return copy;
    case 'number':
      if (at + 4 <= copy.length) copy.writeUInt32LE(mutation.value, at);
      return copy;
    case 'cut':
      return copy.subarray(0, at);
    case 'insert':
      return Buffer.concat([copy.subarray(0, at), mutation.bytes, copy.subarray(at)]);
    case 'remove':
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + mutation.count)]);
  }
}

/** A changed copy. */
export const mutate = (file: Uint8Array, changes: readonly Mutation[]): Uint8Array =>
  changes.reduce(apply, file);
