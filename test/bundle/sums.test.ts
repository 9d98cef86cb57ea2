import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { InputError } from '../../src/base/diagnostic.ts';
import { formatSums, parseSums } from '../../src/bundle/sums.ts';
import { noise } from '../fixtures/bundle/sample.ts';
import { RUNS } from '../helpers/runs.ts';
import { sha256, utf8 } from '../helpers/bytes.ts';

const DIGEST = 'ab'.repeat(32);

test('is what sha256sum writes and reads', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bundle-sums-'));
  try {
    const names = ['kernel', 'with  blanks', ' leading', '*star', 'größe', `it's`, '$x`y`', '-dash'];
    const digests = new Map<string, { sha256: string }>();
    for (const [i, name] of names.entries()) {
      await writeFile(join(directory, name), noise(i));
      digests.set(name, { sha256: sha256(noise(i)) });
    }
    const text = formatSums(digests);
    const options = { cwd: directory, encoding: 'utf8' } as const;
    expect(text).toBe(execFileSync('sha256sum', ['--', ...names], options));
    execFileSync('sha256sum', ['-c', '--strict', '--quiet'], { ...options, input: text });
    expect([...parseSums(text)]).toEqual([...digests].map(([name, digest]) => [name, digest.sha256]));
  } finally {
    await rm(directory, { recursive: true });
  }
});

test.each(['a\nb', 'a\\b', 'a\0b', ''])('refuses the name %j', (name) => {
  expect(() => formatSums(new Map([[name, { sha256: DIGEST }]]))).toThrow(InputError);
});

test.each([
  [`${DIGEST}  a`, 'line 1 has no newline at its end'],
  [`${DIGEST}  a\n${DIGEST} *b\n`, 'line 2 is not 64 hex digits, two blanks and a name'],
  [`${DIGEST.toUpperCase()}  a\n`, 'line 1 is not'],
  [`${DIGEST.slice(1)}  a\n`, 'line 1 is not'],
  [`${DIGEST}  \n`, 'line 1 is not'],
  [`\\${DIGEST}  a\\nb\n`, 'line 1 is not'],
  [`\ufeff${DIGEST}  a\n`, 'line 1 is not'],
  [`${DIGEST}  a\n\n`, 'line 2 is not'],
  [`${DIGEST}  a\n${DIGEST}  a\n`, `line 2 names 'a' again`],
])('refuses %j', (text, reason) => {
  expect(() => parseSums(text)).toThrow(`SHA256SUMS: ${reason}`);
});

test('round trip', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[\n\\\0]/.test(text));
  const digest = fc.uint8Array({ maxLength: 4 }).map((bytes) => ({ sha256: sha256(bytes) }));
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, digest), { selector: ([key]) => key }), (pairs) => {
      const digests = new Map(pairs);
      const sums = parseSums(formatSums(digests));
      expect([...sums]).toEqual(pairs.map(([key, value]) => [key, value.sha256]));
    }),
    { numRuns: RUNS },
  );
});

test('mutations end in an error, or in what reads back as itself', () => {
  const names = ['kernel', 'größe', '/boot/bz Image'];
  const bytes = Buffer.from(formatSums(new Map(names.map((name) => [name, { sha256: sha256(utf8(name)) }]))));
  const random = noise(RUNS * 3, 5);
  for (let run = 0; run < RUNS; run++) {
    const [where, value, how] = random.subarray(run * 3);
    const copy = Buffer.from(bytes);
    copy[where! % copy.length] = value!;
    const text = (how! & 1 ? copy : Buffer.concat([copy, copy.subarray(where!)])).toString('utf8');
    try {
      const sums = parseSums(text);
      expect(formatSums(new Map([...sums].map(([name, digest]) => [name, { sha256: digest }])))).toBe(text);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
    }
  }
});
