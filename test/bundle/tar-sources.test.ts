import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { type BundleEntry, packBundle, type PackOptions } from '../../src/bundle/tar.ts';
import { readBundle } from '../../src/bundle/read.ts';
import { verifyBundle } from '../../src/bundle/verify.ts';
import { inPieces, noise, OPTIONS, pack } from '../fixtures/bundle/sample.ts';

const COMPRESS: PackOptions['compress'][] = ['none', 'gzip'];

/** A source that gives `pieces`, each after a pause, and tells when it was opened and closed. */
function watched(pieces: readonly (Uint8Array | Error)[], size: number) {
  const state = { opened: 0, closed: 0, given: 0 };
  const read = async function* (): AsyncGenerator<Uint8Array, void> {
    state.opened++;
    try {
      for (const piece of pieces) {
        await sleep(1);
        if (piece instanceof Error) throw piece;
        state.given++;
        yield piece;
      }
    } finally {
      state.closed++;
    }
  };
  return { state, entry: { path: 'initrd', source: { size, read } } satisfies BundleEntry };
}

const tenPieces = Array.from({ length: 10 }, (_, i) => noise(100_000, i));

describe.each(COMPRESS)('with compress: %s', (compress) => {
  test('a file that shrank is named', async () => {
    const { entry, state } = watched([noise(600), noise(400)], 1001);
    await expect(pack([entry], undefined, { compress })).rejects.toMatchObject({
      name: 'InputError',
      message: 'initrd: the file changed while it was read: 1001 bytes were announced, only 1000 are there',
      diagnostic: { code: 'bundle/size-changed' },
    });
    expect(state.closed).toBe(1);
  });

  test('a file that grew is named, and read no further', async () => {
    const { entry, state } = watched(tenPieces, 150_000);
    await expect(pack([entry], undefined, { compress })).rejects.toMatchObject({
      message: 'initrd: the file changed while it was read: 150000 bytes were announced, more are there',
    });
    expect(state.closed).toBe(1);
    expect(state.given).toBeLessThan(5);
  });

  test('what a source throws is thrown as it is', async () => {
    const failure = new Error('EIO');
    for (const pieces of [[failure], [noise(1000), failure], [...tenPieces, failure]]) {
      const { entry, state } = watched(pieces, 1 << 20);
      await expect(pack([entry], undefined, { compress })).rejects.toBe(failure);
      expect(state.closed).toBe(1);
    }
  });

  test('a source behind a failed one is never opened', async () => {
    const bad = watched([noise(1)], 2);
    const next = watched([noise(1)], 1);
    await expect(
      pack([bad.entry, { ...next.entry, path: 'next' }], undefined, { compress }),
    ).rejects.toThrow();
    expect(next.state.opened).toBe(0);
  });

  test.each(['returns', 'throws'])('a consumer that %s early closes the source', async (how) => {
    const pieces = Array<Uint8Array>(60).fill(noise(1 << 20));
    const { entry, state } = watched(pieces, pieces.length << 20);
    const { chunks } = packBundle([entry], () => [], { ...OPTIONS, compress });
    const consume = async (): Promise<void> => {
      let size = 0;
      for await (const chunk of chunks) {
        size += chunk.length;
        if (size < 1 << 20) continue;
        if (how === 'throws') throw new Error('disk full');
        return;
      }
    };
    if (how === 'throws') await expect(consume()).rejects.toThrow('disk full');
    else await consume();
    expect(state).toMatchObject({ opened: 1, closed: 1 });
    expect(state.given).toBeLessThan(20);
  });

  test('what `last` throws is thrown', async () => {
    const failure = new Error('no');
    const failing = (): never => {
      throw failure;
    };
    await expect(pack([], failing, { compress })).rejects.toBe(failure);
  });

  // Compressing takes its time; 48 MiB are as far beyond what is in flight at once.
  const megabytes = compress === 'gzip' ? 48 : 200;
  test(`${megabytes} MiB stream through in little memory, packed and verified`, async () => {
    const chunk = noise(1 << 20);
    const size = megabytes << 20;
    const read = async function* (): AsyncGenerator<Uint8Array, void> {
      for (let done = 0; done < size; done += chunk.length) yield chunk;
    };
    const { chunks } = packBundle([{ path: 'initrd', source: { size, read } }], () => [], {
      ...OPTIONS,
      compress,
    });
    const before = process.memoryUsage.rss();
    let peak = 0;
    const measured = async function* (): AsyncGenerator<Uint8Array, void> {
      for await (const piece of chunks) {
        peak = Math.max(peak, process.memoryUsage.rss());
        yield piece;
      }
    };
    const { files } = await verifyBundle(measured());
    expect(files.get('initrd')?.size).toBe(size);
    expect((peak - before) / 1e6).toBeLessThan(100);
  });
});

test('a reader that gives up closes its source', async () => {
  const { bytes } = await pack();
  const junk = Buffer.from(bytes);
  junk.fill('x', 512, 1024);
  const pieces = [junk, ...tenPieces];
  const { entry, state } = watched(pieces, 0);
  await expect(readBundle(entry.source.read())).rejects.toMatchObject({ name: 'InputError' });
  expect(state.closed).toBe(1);
  expect(state.given).toBeLessThan(4);
});

test('a reader throws what its source throws', async () => {
  const { bytes } = await pack();
  const failure = new Error('EIO');
  const { entry } = watched([bytes.subarray(0, 2000), failure], 0);
  await expect(verifyBundle(entry.source.read())).rejects.toBe(failure);
  const early = watched([failure], 0);
  await expect(verifyBundle(early.entry.source.read())).rejects.toBe(failure);
});

test('an archive reads the same however it is cut', async () => {
  for (const compress of COMPRESS) {
    const { bytes } = await pack(undefined, undefined, { compress });
    const whole = await readBundle(inPieces(bytes, bytes.length));
    for (const size of [1, 7, 511, 512, 513]) expect(await readBundle(inPieces(bytes, size))).toEqual(whole);
  }
});
