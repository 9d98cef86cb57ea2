import { expect, test } from 'vitest';
import { blake2b256 } from '../../../src/release/minisign/blake2b.ts';
import { hexOf, sha256, utf8 } from '../../helpers/bytes.ts';

/** What `b2sum -l 256` says. */
const VECTORS: readonly (readonly [Uint8Array, string])[] = [
  [utf8(''), '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8'],
  [utf8('abc'), 'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319'],
];

test.each(VECTORS)('the digest of %s', (content, digest) => {
  expect(hexOf(blake2b256(content))).toBe(digest);
});

/** Python's hashlib says the same. */
test('all lengths around the size of a block', () => {
  const digests = Array.from({ length: 400 }, (_, size) =>
    hexOf(blake2b256(Uint8Array.from({ length: size }, (__, at) => at * 7))),
  );
  expect(sha256(utf8(digests.join('\n')))).toBe(
    'd8b4089a3ace5b43333420e55c01ebb94d0c170333bea9e11421836a1eb5e8fa',
  );
});
