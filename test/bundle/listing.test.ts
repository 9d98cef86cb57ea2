import { expect, test } from 'vitest';

import { InputError } from '../../src/base/diagnostic.ts';
import { parseListing } from '../../src/bundle/listing.ts';
import { noise, ON_TARGET } from '../fixtures/bundle/sample.ts';
import { RUNS } from '../helpers/runs.ts';
import { sha256, utf8 } from '../helpers/bytes.ts';

const LISTING = {
  format: 1,
  name: 'demo',
  files: { kernel: { size: 3, sha256: sha256(noise(3)) }, ...ON_TARGET },
};

test('reads what bundle.json says of the files, and nothing else of it', () => {
  const { name, files } = parseListing(JSON.stringify({ ...LISTING, cmdline: 'quiet', more: [1] }));
  expect(name).toBe('demo');
  expect(Object.fromEntries(files)).toEqual(LISTING.files);
});

test('takes any name of a file as a name', () => {
  const digest = LISTING.files.kernel;
  const text = `{"format":1,"name":"demo","files":{"__proto__":${JSON.stringify(digest)}}}`;
  expect([...parseListing(text).files]).toEqual([['__proto__', digest]]);
});

test('a deep nest is an error, no crash', () => {
  expect(() => parseListing('['.repeat(1 << 20))).toThrow(InputError);
  expect(() => parseListing(`${'['.repeat(500_000)}${']'.repeat(500_000)}`)).toThrow(InputError);
});

test('mutations end in an error, or in digests that are some', () => {
  const bytes = utf8(JSON.stringify(LISTING));
  const random = noise(RUNS * 4, 9);
  for (let run = 0; run < RUNS; run++) {
    const [a, b, value, how] = random.subarray(run * 4);
    const offset = ((a! << 8) | b!) % bytes.length;
    const copy = Buffer.from(bytes);
    if (how! & 1) copy[offset] = value!;
    else copy.copyWithin(offset, offset + (value! & 15) + 1);
    try {
      for (const [, digest] of parseListing(copy.toString('utf8')).files) {
        expect(digest.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(Number.isSafeInteger(digest.size)).toBe(true);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
    }
  }
});
