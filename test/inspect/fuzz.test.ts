import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputError } from '../../src/base/diagnostic.ts';
import { describeBundle } from '../../src/inspect/bundle.ts';
import { signerOf } from '../../src/release/judge.ts';
import { describeFile, describeInText } from '../../src/inspect/describe.ts';
import type { Description } from '../../src/inspect/layout.ts';
import { detectKind } from '../../src/inspect/kind.ts';
import { inPieces, pack } from '../fixtures/bundle/sample.ts';
import { inspectFiles } from '../helpers/inspect-files.ts';
import { printedContent } from '../helpers/output.ts';
import { mutate, mutations } from '../helpers/mutations.ts';
import { oneIn, RUNS } from '../helpers/runs.ts';
import { outcomeOf } from '../helpers/input-error.ts';

async function describeAny(file: Uint8Array): Promise<Description> {
  const kind = detectKind(file);
  return kind === 'bundle' ? describeBundle(inPieces(file), signerOf) : describeFile(kind, file);
}

function expectReport(result: Description | InputError): void {
  if (result instanceof InputError) {
    expect(result.message).not.toBe('');
    expect(result.diagnostic.code).toMatch(/^(?:inspect|cell|kernel|params|bundle)\/[a-z0-9-]+$/);
    return;
  }
  expect(describeInText(result)).toMatch(/^[^\p{Cc}]+(?:\n[^\p{Cc}]+)*$/u);
  expect(printedContent(result.content)).toMatchObject({ kind: result.content.kind });
}

/** How many mutations were described, and how many refused. */
async function fuzz(seeds: readonly Uint8Array[], runs: number) {
  const counts = { described: 0, refused: 0 };
  const mutated = fc.asyncProperty(fc.constantFrom(...seeds), mutations, async (seed, changes) => {
    const result = await outcomeOf(() => describeAny(mutate(seed, changes)));
    counts[result instanceof InputError ? 'refused' : 'described']++;
    expectReport(result);
  });
  await fc.assert(mutated, { numRuns: runs });
  return counts;
}

const seeds = [...inspectFiles()].filter(([name]) => !name.startsWith('3-')).map(([, file]) => file);

test('mutated configs, kernels and params images are described or refused', async () => {
  const { described, refused } = await fuzz(seeds, RUNS);
  expect(described).toBeGreaterThan(RUNS / 10);
  expect(refused).toBeGreaterThan(RUNS / 10);
});

test('so are those with a whole PIO bitmap', async () => {
  const files = inspectFiles();
  const { described } = await fuzz([files.get('3-cell-x86-0')!, files.get('3-system-arm')!], oneIn(10));
  expect(described).toBeGreaterThan(oneIn(100));
});

// Fewer: the reader has its own, and the verifier every byte.
test('so are mutated bundles', async () => {
  const file = { path: 'params', source: new Uint8Array(700) };
  const packed = await Promise.all(
    (['none', 'gzip'] as const).map((compress) => pack([file], undefined, { compress })),
  );
  const { described, refused } = await fuzz(
    packed.map(({ bytes }) => bytes),
    oneIn(10),
  );
  expect(described).toBeGreaterThan(RUNS / 1000);
  expect(refused).toBeGreaterThan(RUNS / 1000);
});

test('any bytes behind any start are described or refused', async () => {
  const starts = seeds.map((seed) => seed.subarray(0, 0x300));
  const parts = fc.tuple(fc.constantFrom(...starts), fc.nat(0x300), fc.uint8Array({ maxLength: 2000 }));
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(parts, async ([start, length, rest]) => {
      const result = await outcomeOf(() => describeAny(Buffer.concat([start.subarray(0, length), rest])));
      if (result instanceof InputError) refused++;
      expectReport(result);
    }),
    { numRuns: oneIn(2) },
  );
  expect(refused).toBeGreaterThan(oneIn(2) / 2);
});
