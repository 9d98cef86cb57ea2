import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { closing, entries, inPieces, layoutOf, pack } from '../fixtures/bundle/sample.ts';
import { utf8 } from '../helpers/bytes.ts';

/** Modules of its own, for what others load is not watched. */
async function watchedModules() {
  vi.resetModules();
  vi.doMock('../../src/bundle/header.ts', { spy: true });
  const { encodeHeader } = await import('../../src/bundle/header.ts');
  const { verifyBundle } = await import('../../src/bundle/verify.ts');
  return { encodeHeader, verifyBundle };
}

let encodeHeader: Awaited<ReturnType<typeof watchedModules>>['encodeHeader'];
let verifyBundle: Awaited<ReturnType<typeof watchedModules>>['verifyBundle'];
beforeAll(async () => {
  ({ encodeHeader, verifyBundle } = await watchedModules());
});
afterAll(() => {
  vi.doUnmock('../../src/bundle/header.ts');
  vi.resetModules();
});

test('each damaged header is held against each missing name, which is encoded once', async () => {
  const damaged = Array.from({ length: 20 }, (_, i) => `damaged-${i + 10}`);
  const files = Object.fromEntries(
    damaged.flatMap((path) => [path, `${path}-after`]).map((path) => [path, utf8(path)]),
  );
  const missing = Array.from(
    { length: 100 },
    (_, i) => [`missing-${i}`, { size: 1, sha256: 'c'.repeat(64) }] as const,
  );
  const { bytes } = await pack(entries(files), (digests) => closing()(new Map([...missing, ...digests])));
  for (const { path, start } of layoutOf(bytes)) if (/^damaged-\d+$/.test(path)) bytes[start + 5]! ^= 1;

  vi.clearAllMocks();
  const { diagnostics } = await verifyBundle(inPieces(bytes));
  expect(encodeHeader).toHaveBeenCalledTimes(damaged.length + missing.length);
  const messages = diagnostics.map(({ message }) => message);
  for (const path of damaged) {
    expect(messages).toContainEqual(expect.stringContaining(`the tar header of '${path}' is damaged`));
  }
});

test('no missing name is encoded where no header is damaged', async () => {
  const { bytes } = await pack(entries(), (digests) =>
    closing()(new Map([...digests, ['x', digests.get('kernel')!]])),
  );
  vi.clearAllMocks();
  await verifyBundle(inPieces(bytes));
  expect(encodeHeader).not.toHaveBeenCalled();
});
