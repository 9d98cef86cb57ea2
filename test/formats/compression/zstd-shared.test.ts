import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256 } from '../../helpers/bytes.ts';
import { contentOf, packed } from '../../helpers/packed.ts';

const ROOT = path.join(import.meta.dirname, '../../..');
const FILES = ['empty.piped.zst', 'text.19.zst', 'repeats.piped.zst', 'large.19.zst'];

const folder = mkdtempSync(path.join(tmpdir(), 'zstd-'));
const program = path.join(folder, 'program.mjs');
beforeAll(() =>
  build({
    absWorkingDir: ROOT,
    entryPoints: ['test/helpers/zstd-program.ts'],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  }),
);
afterAll(() => rmSync(folder, { recursive: true }));

interface Report {
  outcomes: { whole: unknown; damaged: unknown; cut: unknown; after: number }[];
  said: unknown;
  endless: unknown;
  growth: number;
}

// Modules are started once a process, so each case has one of its own.
test.each([
  ['another package started the decoder', 'other'],
  ['fetch cannot be taken away', 'fetch'],
])('streams are read, refused where they are damaged, and keep no memory, where %s', (_, how) => {
  const files = FILES.map((name) => path.join(ROOT, 'test/fixtures/compression', name));
  const report = JSON.parse(
    execFileSync(process.execPath, [program, how, ...files], { encoding: 'utf8' }),
  ) as Report;
  expect(report.outcomes).toEqual(
    FILES.map((name) => ({
      whole: {
        sha256: sha256(contentOf(name)),
        consumed: packed(name).length,
        largest: expect.toSatisfy((size: number) => size <= 1 << 20) as unknown,
      },
      damaged: expect.stringContaining('is damaged (zstd') as unknown,
      cut: 'is cut short (zstd)',
      after: packed(name).length,
    })),
  );
  expect(report.said).toBe('is damaged (zstd)');
  expect(report.endless).toMatchObject({ consumed: null, largest: 0 });
  expect(report.growth).toBeLessThan(100);
});
