import { appendFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ProgressLine } from '../../src/cli/progress.ts';
import { InputError } from '../../src/base/diagnostic.ts';
import { readChunks, readWhole, seeFile } from '../../src/inputs/files.ts';
import { Folder } from '../helpers/cell-files.ts';

const MIB = 2 ** 20;

let folder: Folder;
let path: string;
beforeEach(async () => {
  folder = await Folder.create({ file: new Uint8Array(3 * MIB).fill(7) });
  path = folder.at('file');
  utimesSync(path, 1, 1);
});
afterEach(() => folder.remove());

describe('a file that changes between two chunks', () => {
  test.each<[string, () => void]>([
    ['shrinks to what was read', () => truncateSync(path, MIB)],
    ['shrinks within the next chunk', () => truncateSync(path, MIB + 1)],
    ['is emptied', () => truncateSync(path, 0)],
    ['grows', () => appendFileSync(path, 'x')],
    ['is written anew', () => writeFileSync(path, new Uint8Array(3 * MIB).fill(8))],
    ['is touched', () => utimesSync(path, 2, 2)],
    [
      'is written anew, and dated back',
      () => {
        writeFileSync(path, new Uint8Array(3 * MIB).fill(8));
        utimesSync(path, 1, 1);
      },
    ],
  ])('%s', async (_, change) => {
    const file = await seeFile(path, 'rootfs');
    const chunks = readChunks(file);
    expect((await chunks.next()).value).toHaveLength(MIB);
    change();
    const rest = (async () => {
      for await (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(MIB);
    })();
    await expect(rest).rejects.toMatchObject({
      diagnostic: { code: 'input/changed', message: 'rootfs changed while it was read' },
    });
  });

  test('has changed since it was looked at', async () => {
    const file = await seeFile(path, 'rootfs');
    truncateSync(path, 2 * MIB);
    await expect(readWhole(file, 4 * MIB)).rejects.toThrow(InputError);
  });
});

test('a file is read in chunks of 1 MiB, each in a buffer of its own', async () => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readChunks(await seeFile(path, 'rootfs'))) chunks.push(chunk);
  expect(chunks.map(({ length }) => length)).toEqual([MIB, MIB, MIB]);
  expect(new Set(chunks.map(({ buffer }) => buffer)).size).toBe(3);
  expect(chunks.every((chunk) => chunk.every((byte) => byte === 7))).toBe(true);
});

test('what is larger than its kind is refused before it is read', async () => {
  await expect(readWhole(await seeFile(path, 'a.cell'), MIB)).rejects.toMatchObject({
    diagnostic: { code: 'input/too-large', requested: `at most ${MIB} bytes` },
  });
});

describe('the progress line', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => vi.useRealTimers());

  /** What is written when so many bytes are done, each time `after` milliseconds later. */
  const lines = (isTTY: boolean, after: number, steps: number[]): string[] => {
    const written: string[] = [];
    const stream = { isTTY, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
    const progress = new ProgressLine(stream, 'demo.tar', 4 * MIB);
    for (const step of steps) {
      vi.advanceTimersByTime(after);
      progress.advance(step);
    }
    progress.clear();
    return written;
  };

  test('says how far it is on a terminal, and is gone in the end', () => {
    expect(lines(true, 150, [MIB])).toEqual(['\r\x1b[Kdemo.tar: 25 % (1 of 4 MiB)', '\r\x1b[K']);
  });

  test('is drawn at most ten times a second', () => {
    expect(lines(true, 1, Array<number>(1000).fill(1000))).toHaveLength(10 + 1);
  });

  test('is nothing where nobody watches, or the work is soon done', () => {
    expect(lines(false, 150, [MIB, MIB])).toEqual([]);
    expect(lines(true, 150, [])).toEqual([]);
    expect(lines(true, 10, [MIB, MIB, MIB, MIB])).toEqual([]);
  });
});
