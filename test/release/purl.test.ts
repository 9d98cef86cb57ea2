import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packageUrl } from '../../src/release/purl.ts';
import { oneIn } from '../helpers/runs.ts';

test('as the specification has it', () => {
  const bash = { type: 'deb', namespace: 'debian', name: 'bash', version: '1:5.2.15-2+b2' };
  expect(packageUrl({ ...bash, qualifiers: { distro: 'debian-12', arch: 'amd64', none: null } })).toBe(
    'pkg:deb/debian/bash@1:5.2.15-2%2Bb2?arch=amd64&distro=debian-12',
  );
  expect(packageUrl({ type: 'generic', name: 'a b@/ü', qualifiers: { checksum: 'sha256:00' } })).toBe(
    'pkg:generic/a%20b%40%2F%C3%BC?checksum=sha256:00',
  );
});

test('any name is one word, and can be read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
      const purl = packageUrl({ type: 'generic', name });
      expect(purl).toMatch(/^pkg:generic\/[A-Za-z0-9._~%:-]+$/);
      expect(decodeURIComponent(purl.slice('pkg:generic/'.length))).toBe(name);
    }),
    { numRuns: oneIn(5) },
  );
});

test('half of a surrogate pair is replaced, as it is in UTF-8', () => {
  expect(packageUrl({ type: 'generic', name: 'a\ud800' })).toBe('pkg:generic/a%EF%BF%BD');
});
