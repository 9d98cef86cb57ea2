import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';

import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { packBundle } from '../../src/bundle/tar.ts';
import { FILES, entries, inPieces, noise, OPTIONS, pack } from '../fixtures/bundle/sample.ts';
import { sha256 } from '../helpers/bytes.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bundle-pack-'));
});
afterAll(() => rm(directory, { recursive: true }));

const NAMES = [...Object.keys(FILES), 'bundle.json', 'SHA256SUMS'];

describe('the tar', () => {
  test('has these bytes', async () => {
    const packed = await pack();
    expect(packed.bytes.length).toBe(packed.size);
    expect(packed.sha256).toBe(sha256(packed.bytes));
    expect(packed.tarSha256).toBe(packed.sha256);
    expect({ size: packed.size, sha256: packed.sha256 }).toEqual({
      sha256: '78f4a839093d01a007d9e2f4dd2400a78ec68a3b90ae7a29d008697f6901e12f',
      size: 13312,
    });
  });

  test('reads back with tar-stream', async () => {
    const { bytes } = await pack();
    const read = [];
    const reading = extract();
    Readable.from([bytes]).pipe(reading as unknown as NodeJS.WritableStream);
    for await (const entry of reading) {
      const parts: Buffer[] = [];
      for await (const part of entry) parts.push(part as Buffer);
      read.push({ ...entry.header, content: Buffer.concat(parts) });
    }
    expect(read.map(({ name }) => name)).toEqual(['demo/', ...NAMES.map((name) => `demo/${name}`)]);
    for (const { name, mode, uid, gid, uname, gname, mtime, type, pax, content } of read) {
      const folder = name === 'demo/';
      expect({ uid, gid, uname, gname, pax }).toEqual({ uid: 0, gid: 0, uname: '', gname: '', pax: null });
      expect(mtime.getTime()).toBe(OPTIONS.mtime * 1000);
      expect(type).toBe(folder ? 'directory' : 'file');
      expect(mode).toBe(folder || name === 'demo/launch.sh' ? 0o755 : 0o644);
      const source = FILES[name.slice('demo/'.length)];
      if (source) expect(content.equals(source)).toBe(true);
    }
  });

  test('reads back with tar, and sha256sum -c agrees', async () => {
    const file = join(directory, 'demo.tar');
    await writeFile(file, (await pack(entries(), undefined, { mtime: 0 })).bytes);
    const list = execFileSync('tar', ['tvf', file, '--numeric-owner'], {
      env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' },
      encoding: 'utf8',
    });
    expect(list.trimEnd().split('\n').slice(0, 3)).toEqual([
      'drwxr-xr-x 0/0               0 1970-01-01 00:00 demo/',
      '-rw-r--r-- 0/0             512 1970-01-01 00:00 demo/cell.cell',
      '-rw-r--r-- 0/0               7 1970-01-01 00:00 demo/demo.service',
    ]);
    execFileSync('tar', ['xf', file, '-C', directory]);
    const check = `grep -v '  /' SHA256SUMS | sha256sum -c --strict`;
    const checked = execFileSync('sh', ['-c', check], { cwd: join(directory, 'demo'), encoding: 'utf8' });
    expect(checked.match(/: OK$/gm)).toHaveLength(NAMES.length - 1);
  });

  test('is the same however the sources are cut', async () => {
    const kernel = noise(3_000_000);
    const digests = new Set<string>();
    for (const piece of [997, 65_536, 1 << 20, kernel.length]) {
      const source = { size: kernel.length, read: () => inPieces(kernel, piece) };
      digests.add((await pack([{ path: 'kernel', source }])).sha256);
    }
    digests.add((await pack([{ path: 'kernel', source: kernel }])).sha256);
    expect(digests.size).toBe(1);
  });

  test('gives the digests to the closing entries, and hashes nothing that has one', async () => {
    const known = 'a'.repeat(64);
    const seen: unknown[] = [];
    const source = (more: object) => ({ size: 5, ...more, read: () => inPieces(noise(5), 2) });
    await pack(
      [
        { path: 'hashed', source: source({}) },
        { path: 'known', source: source({ sha256: () => known }) },
      ],
      (digests) => {
        seen.push(...digests);
        return [];
      },
    );
    expect(seen).toEqual([
      ['hashed', { size: 5, sha256: sha256(noise(5)) }],
      ['known', { size: 5, sha256: known }],
    ]);
  });

  test('holds long names without pax headers', async () => {
    const name = 'n'.repeat(99);
    const file = join(directory, 'long.tar');
    await writeFile(file, (await pack([{ path: name, source: noise(1) }], () => [], { name })).bytes);
    const list = execFileSync('tar', ['tf', file], { encoding: 'utf8' });
    expect(list).toBe(`${name}/\n${name}/${name}\n`);
  });
});

describe('the gzip file', () => {
  test('holds the tar, for gzip and for node', async () => {
    const source = Buffer.concat([noise(1_500_000), new Uint8Array(3_000_000)]);
    const files = [...entries(), { path: 'rootfs', source }];
    const tar = await pack(files);
    const packed = await pack(files, undefined, { compress: 'gzip' });
    expect(packed.tarSha256).toBe(tar.sha256);
    expect(packed.sha256).toBe(sha256(packed.bytes));
    expect(packed.size).toBe(packed.bytes.length);
    expect(packed.size).toBeLessThan(1_700_000);
    expect(gunzipSync(packed.bytes).equals(tar.bytes)).toBe(true);
    const file = join(directory, 'demo.tar.gz');
    await writeFile(file, packed.bytes);
    execFileSync('gzip', ['-t', file]);
    expect(sha256(execFileSync('gzip', ['-dc', file], { maxBuffer: 1e8 }))).toBe(tar.sha256);
    expect((await pack(files, undefined, { compress: 'gzip' })).sha256).toBe(packed.sha256);
  });

  test('does not show where it was made', async () => {
    const { bytes } = await pack(entries(), undefined, { compress: 'gzip' });
    expect(bytes.toString('hex', 0, 16)).toBe('1f8b0804' + '00000000' + '00ff' + '0c00' + '6a620800');
  });
});

describe('refused', () => {
  const packing = (path: string, options = {}) => pack([{ path, source: noise(1) }], () => [], options);

  test.each([
    '',
    '.',
    '../..',
    '../x',
    '/etc/passwd',
    'a/b',
    'a b',
    'ä',
    '.hidden',
    '-x',
    'x\n',
    'x'.repeat(100),
  ])('the name %j', async (name) => {
    const error = { diagnostic: { code: 'bundle/name' } };
    await expect(packing(name)).rejects.toMatchObject(error);
    await expect(packing('kernel', { name })).rejects.toMatchObject(error);
  });

  test('a name used twice, also by a closing entry', async () => {
    const twice = [
      { path: 'kernel', source: noise(1) },
      { path: 'kernel', source: noise(2) },
    ];
    await expect(pack(twice)).rejects.toThrow("two files of the bundle are called 'kernel'");
    await expect(pack([], () => twice)).rejects.toThrow("two files of the bundle are called 'kernel'");
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 31])('the time %d', async (mtime) => {
    await expect(packing('kernel', { mtime })).rejects.toMatchObject({
      diagnostic: { code: 'bundle/mtime' },
    });
  });

  test('the last second that is allowed is not', async () => {
    const { bytes } = await packing('kernel', { mtime: 2 ** 31 - 1 });
    expect(bytes.toString('latin1', 136, 147)).toBe('17777777777');
  });

  test.each([8 * 2 ** 30, -1, 1.5])('a size of %d', async (size) => {
    const source = { size, read: () => inPieces(noise(1), 1) };
    const error = { diagnostic: { code: 'bundle/size' } };
    await expect(pack([{ path: 'initrd', source }])).rejects.toMatchObject(error);
  });

  test('a result before the end', () => {
    expect(() => packBundle([], () => [], OPTIONS).result()).toThrow('has not been read to its end');
  });
});
