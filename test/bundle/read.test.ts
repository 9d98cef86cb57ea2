import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { pack as tarPack } from 'tar-stream';
import { describe, expect, test } from 'vitest';

import { InputError } from '../../src/base/diagnostic.ts';
import { type BundleArchive, readBundle } from '../../src/bundle/read.ts';
import { entries, FILES, inPieces, layoutOf, noise, OPTIONS, pack } from '../fixtures/bundle/sample.ts';
import { oneIn, RUNS, somePlaces } from '../helpers/runs.ts';
import { outcomeOf } from '../helpers/input-error.ts';
import { sha256 } from '../helpers/bytes.ts';

const read = (bytes: Uint8Array): Promise<BundleArchive> => readBundle(inPieces(bytes));

const outcome = (bytes: Uint8Array): Promise<BundleArchive | InputError> => outcomeOf(() => read(bytes));

describe('what was packed', () => {
  test.each(['none', 'gzip'] as const)('is read back (compress: %s)', async (compress) => {
    const { bytes } = await pack(entries(), undefined, { compress });
    const contents = await read(bytes);
    expect(contents).toMatchObject({ name: 'demo', mtime: OPTIONS.mtime });
    const names = [...Object.keys(FILES), 'bundle.json', 'SHA256SUMS'];
    expect(contents.files.map(({ path }) => path)).toEqual(names);
    for (const file of contents.files) {
      expect(file.executable).toBe(file.path === 'launch.sh');
      expect(file.size).toBe(file.content?.length);
      expect(file.sha256).toBe(sha256(file.content!));
      const source = FILES[file.path];
      if (source) expect(Buffer.from(file.content!).equals(source)).toBe(true);
    }
  });

  test('keeps small files, and only so many, but always bundle.json and SHA256SUMS', async () => {
    const sizes = [(1 << 20) + 1, ...Array<number>(6).fill(900_000)];
    const big = sizes.map((size, i) => ({ path: `file${i}`, source: new Uint8Array(size) }));
    const { files } = await read((await pack(big)).bytes);
    const kept = files.filter(({ content }) => content !== null).map(({ path }) => path);
    expect(kept).toEqual(['file1', 'file2', 'file3', 'file4', 'bundle.json', 'SHA256SUMS']);
  });

  test('is read back, whatever it is', async () => {
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,98}$/).filter((text) => text.length <= 99);
    const file = fc.record({
      path: name,
      executable: fc.boolean(),
      source: fc.oneof(
        fc.uint8Array({ maxLength: 2000 }),
        fc.nat(1_500_000).map((size) => noise(size)),
      ),
    });
    const bundle = fc.record({
      files: fc.uniqueArray(file, { selector: ({ path }) => path, maxLength: 6 }),
      name,
      mtime: fc.nat(2 ** 31 - 1),
      compress: fc.constantFrom('none' as const, 'gzip' as const),
      piece: fc.integer({ min: 400, max: 2_000_000 }),
    });
    await fc.assert(
      fc.asyncProperty(bundle, async ({ files, piece, ...options }) => {
        const { bytes } = await pack(files, () => [], options);
        const contents = await readBundle(inPieces(bytes, piece));
        expect(contents).toMatchObject({ name: options.name, mtime: options.mtime });
        expect(contents.files).toMatchObject(
          files.map(({ path, executable, source }) => ({
            path,
            executable,
            size: source.length,
            sha256: sha256(source),
          })),
        );
      }),
      { numRuns: oneIn(40) },
    );
  });
});

describe('what tar can hold, and a bundle does not', () => {
  type Header = Parameters<ReturnType<typeof tarPack>['entry']>[0];

  /** A tar whose entries are as a bundle's unless they say otherwise. */
  async function tarOf(...headers: Header[]): Promise<Buffer> {
    const archive = tarPack();
    for (const header of headers) {
      const content = header.type && header.type !== 'file' ? '' : 'content';
      archive.entry({ mtime: new Date(0), ...header }, content);
    }
    archive.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of archive) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }
  const folder: Header = { name: 'demo/', type: 'directory', mode: 0o755 };

  test('is refused with the reason', async () => {
    const table: [Header, string][] = [
      [
        { name: 'demo/x', type: 'link', linkname: 'demo/y' },
        `'demo/x' (offset 512 of the tar) is a hard link`,
      ],
      [{ name: 'demo/x', type: 'symlink', linkname: '/etc/passwd' }, `is a symbolic link`],
      [{ name: 'demo/x', type: 'character-device' }, `is a device`],
      [{ name: 'demo/x', type: 'block-device' }, `is a device`],
      [{ name: 'demo/x', type: 'fifo' }, `is a FIFO`],
      [
        { name: 'demo/x', pax: { comment: 'x'.repeat(3_000_000) } },
        `'PaxHeader' (offset 512 of the tar) has a pax`,
      ],
      [{ name: 'demo/ä' }, `has a pax header`],
      [{ name: '../x' }, `'../x' (offset 512 of the tar) is not a file in the folder of a bundle`],
      [{ name: 'demo/../../x' }, `is not a file in the folder of a bundle`],
      [
        { name: '/etc/passwd' },
        `'/etc/passwd' (offset 512 of the tar) is not a file in the folder of a bundle`,
      ],
      [{ name: 'demo/a/b' }, `is not a file in the folder of a bundle`],
      [{ name: 'demo/\u001b[31m' }, `'demo/\\u{1b}[31m'`],
      [{ name: 'demo/x', mode: 0o4755 }, `has the mode 4755, where files have 0755`],
      [{ name: 'demo/x', uid: 1000 }, `has the owner 1000, where all entries have 0`],
      [{ name: 'demo/x', gid: 33 }, `has the group 33, where all entries have 0`],
      [{ name: 'demo/x', uname: '\u001b[31m' }, `has the owner '\\u{1b}[31m', where all entries have 0`],
      [{ name: 'demo/sub', type: 'directory' }, `is a directory`],
      [{ name: 'demo/sub/', type: 'directory' }, `is a directory`],
      [{ name: 'other/x' }, `'x' is in the folder 'other', not in 'demo'`],
      [{ name: 'demo/x', mtime: new Date(1000) }, `'x' has another time`],
      [
        { name: 'other/', type: 'directory', mode: 0o755 },
        `the folder 'other/' is not the bundle's first entry`,
      ],
    ];
    for (const [header, reason] of table) {
      const error = await outcome(await tarOf(folder, header));
      expect(error, header.name).toBeInstanceOf(InputError);
      expect((error as InputError).message).toContain(reason);
    }
  });

  test('is refused with the reason where it is the folder', async () => {
    const of = async (header: Partial<Header>): Promise<string> =>
      ((await outcome(await tarOf({ ...folder, ...header }))) as InputError).message;
    expect(await of({ uid: 1000 })).toContain(`'demo/' (offset 0 of the tar) has the owner 1000`);
    expect(await of({ mode: 0o700 })).toContain(`has the mode 0700, where the folder has 0755`);
    expect(await of({ type: 'fifo' })).toContain(`is a FIFO`);
  });

  test('files without their folder, twice, too many', async () => {
    await expect(read(await tarOf({ name: 'demo/x' }))).rejects.toThrow(`the folder 'demo/' is missing`);
    const twice = await tarOf(folder, { name: 'demo/x' }, { name: 'demo/x' });
    await expect(read(twice)).rejects.toThrow(`'x' is there twice`);
    const many = await tarOf(folder, ...Array.from({ length: 300 }, (_, i) => ({ name: `demo/${i}` })));
    await expect(read(many)).rejects.toThrow(`'256' is one file more than allowed`);
  });

  test('nothing at all', async () => {
    await expect(read(new Uint8Array(0))).rejects.toThrow('the bundle ends in its first header');
    await expect(read(new Uint8Array(1024))).rejects.toThrow('the tar holds no bundle');
    await expect(read(noise(5000))).rejects.toThrow('this is neither a tar nor a gzip file');
  });

  test('a file of 8 GiB that is not there', async () => {
    const { bytes } = await pack([{ path: 'x', source: noise(3) }], () => []);
    const tar = Buffer.from(bytes);
    tar.write('77777777777', 512 + 124);
    tar.write(checksumOf(tar.subarray(512, 1024)), 512 + 148);
    const reason = `the bundle ends after 1536 of the 8589934591 bytes of 'x'`;
    await expect(read(tar)).rejects.toThrow(reason);
  });

  test('a bundle that was unpacked and packed again, or compressed again', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bundle-read-'));
    try {
      await mkdir(join(directory, 'demo'));
      await writeFile(join(directory, 'demo', 'kernel'), noise(100));
      for (const format of ['gnu', 'ustar', 'posix']) {
        execFileSync('tar', ['cf', 'again.tar', `--format=${format}`, 'demo'], { cwd: directory });
        const error = await outcome(await readFile(join(directory, 'again.tar')));
        expect((error as InputError).diagnostic).toMatchObject({ code: 'bundle/foreign' });
      }
    } finally {
      await rm(directory, { recursive: true });
    }
    const error = await outcome(gzipSync((await pack()).bytes));
    expect((error as InputError).diagnostic.fix).toContain('expand it and verify the tar');
  });
});

const checksumOf = (header: Uint8Array): string => {
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  return `${sum.toString(8).padStart(6, '0')} \0`;
};

describe.each(['none', 'gzip'] as const)('damage (compress: %s)', (compress) => {
  test('cut at any byte', async () => {
    const { bytes } = await pack(entries({ kernel: noise(700) }), undefined, { compress });
    for (const length of somePlaces(bytes.length)) {
      const error = await outcome(bytes.subarray(0, length));
      expect(error, `${length} bytes`).toBeInstanceOf(InputError);
    }
  });

  test('mutations end in an error, unless only content changed', async () => {
    const { bytes } = await pack(entries({ kernel: noise(700), initrd: noise(3) }), undefined, { compress });
    const layout = compress === 'none' ? layoutOf(bytes) : [];
    const isContent = (offset: number): boolean =>
      layout.some((entry) => offset >= entry.content && offset < entry.padding);
    const random = noise(RUNS * 8, 7);
    for (let run = 0; run < RUNS; run++) {
      const [a, b, c, value, how, length] = random.subarray(run * 8);
      const offset = ((a! << 16) | (b! << 8) | c!) % bytes.length;
      const mutated = mutate(bytes, offset, value!, how! & 3, length! + 1);
      if (mutated.equals(bytes)) continue;
      const result = await outcome(mutated);
      if (result instanceof InputError) continue;
      // Without SHA256SUMS, reading takes any content: that is what verifying is for.
      const elsewhere = mutated.findIndex((byte, i) => byte !== bytes[i] && !isContent(i));
      expect({ run, elsewhere, length: mutated.length }).toEqual({
        run,
        elsewhere: -1,
        length: bytes.length,
      });
    }
  });
});

function mutate(bytes: Buffer, offset: number, value: number, how: number, length: number): Buffer {
  const before = bytes.subarray(0, offset);
  const after = bytes.subarray(offset);
  if (how === 0) return Buffer.concat([before, after.subarray(length)]);
  if (how === 1) return Buffer.concat([before, noise(length, value), after]);
  const copy = Buffer.from(bytes);
  if (how === 2) copy[offset] = value;
  else copy.subarray(offset, offset + length).fill(value);
  return copy;
}

test('a gzip bomb stays small', async () => {
  const { bytes } = await pack([{ path: 'x', source: new Uint8Array(64 << 20) }], () => [], {
    compress: 'gzip',
  });
  expect(bytes.length).toBeLessThan(100_000);
  const lying = Buffer.from(bytes);
  lying.writeUInt32LE(1000, bytes.readUInt32LE(16) + 24 + 4);
  await expect(read(lying)).rejects.toThrow('the gzip member at offset 0 is damaged');
});
