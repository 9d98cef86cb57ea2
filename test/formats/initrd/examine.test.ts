import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, test } from 'vitest';
import type { Compression } from '../../../src/formats/compression/detect.ts';
import { examineInitrd } from '../../../src/formats/initrd/examine.ts';
import { examine, MICROCODE, MODULES, ROOT, zeros } from '../../helpers/initrds.ts';
import { newc } from '../../helpers/newc.ts';
import { CONTENT, packed } from '../../helpers/packed.ts';
import { storeLzo } from '../../helpers/store-lzo.ts';
import { oneIn } from '../../helpers/runs.ts';

const TREE = CONTENT['tree']!;

describe('one archive', () => {
  it('bare', async () => {
    expect(await examine(ROOT)).toEqual({
      size: ROOT.length,
      parts: [{ offset: 0, compression: 'none', unpackedSize: ROOT.length }],
      complete: true,
      hasInit: true,
      files: expect.anything() as unknown,
      problems: [],
    });
  });

  it('with checksums, padded to 512 bytes', async () => {
    const archive = newc([{ name: './init' }], { magic: '070702' });
    const found = await examine(archive, zeros(512 - (archive.length % 512)));
    expect(found).toMatchObject({ complete: true, hasInit: true, problems: [] });
    expect(found.parts).toEqual([{ offset: 0, compression: 'none', unpackedSize: archive.length }]);
  });

  it('made by GNU cpio', async () => {
    const found = await examine(TREE);
    expect(found).toMatchObject({ complete: true, hasInit: true, problems: [] });
    expect(found.parts[0]!.unpackedSize).toBeLessThanOrEqual(TREE.length);
  });

  it.each<[Compression, string]>([
    ['gzip', 'tree.cpio.gz'],
    ['bzip2', 'tree.cpio.9.bz2'],
    ['lzma', 'tree.cpio.lzma'],
    ['xz', 'tree.cpio.xz'],
    ['lzo', 'tree.cpio.9.lzo'],
    ['lz4', 'tree.cpio.9.lz4'],
    ['zstd', 'tree.cpio.19.zst'],
    ['zstd', 'tree.cpio.piped.zst'],
  ])('packed with %s: %s', async (compression, name) => {
    const file = packed(name);
    expect(await examine(file)).toEqual({
      size: file.length,
      parts: [{ offset: 0, compression, unpackedSize: TREE.length }],
      complete: true,
      hasInit: true,
      files: expect.anything() as unknown,
      problems: [],
    });
    expect(await examine(file, zeros(3))).toMatchObject({ complete: true, problems: [] });
  });

  it.each<[string, Uint8Array, boolean]>([
    ['init', newc([{ name: 'init' }]), true],
    ['/init', newc([{ name: '/init' }]), true],
    ['sbin/init', newc([{ name: 'sbin/init' }]), false],
    ['initrd', newc([{ name: 'initrd' }]), false],
    ['none', newc([]), false],
  ])('has /init or not: %s', async (_, archive, hasInit) => {
    expect(await examine(archive)).toMatchObject({ hasInit, problems: [] });
    expect(await examine(gzipSync(archive))).toMatchObject({ hasInit, problems: [] });
  });
});

describe('several archives', () => {
  it('microcode, bare, before what is packed', async () => {
    const gz = gzipSync(ROOT);
    const start = 4096;
    expect(await examine(MICROCODE, zeros(start - MICROCODE.length), gz)).toEqual({
      size: start + gz.length,
      parts: [
        { offset: 0, compression: 'none', unpackedSize: MICROCODE.length },
        { offset: start, compression: 'gzip', unpackedSize: ROOT.length },
      ],
      complete: true,
      hasInit: true,
      files: expect.anything() as unknown,
      problems: [],
    });
  });

  it('packed ones directly behind one another', async () => {
    const files = [
      gzipSync(MODULES),
      packed('tree.cpio.9.bz2'),
      gzipSync(ROOT),
      packed('tree.cpio.piped.zst'),
    ];
    const { parts, problems } = await examine(...files);
    expect(problems).toEqual([]);
    expect(parts.map(({ compression }) => compression)).toEqual(['gzip', 'bzip2', 'gzip', 'zstd']);
    expect(parts.map(({ unpackedSize }) => unpackedSize)).toEqual([
      MODULES.length,
      TREE.length,
      ROOT.length,
      TREE.length,
    ]);
  });

  it('in one packed part', async () => {
    const content = Buffer.concat([MODULES, zeros(512), ROOT, zeros(100)]);
    expect(await examine(gzipSync(content))).toMatchObject({
      parts: [{ offset: 0, compression: 'gzip', unpackedSize: content.length }],
      hasInit: true,
      files: expect.anything() as unknown,
      problems: [],
    });
  });

  const part = fc
    .tuple(fc.constantFrom(ROOT, MODULES, MICROCODE, newc([])), fc.constantFrom('none', 'gzip', 'lzo'))
    .map(([archive, compression]) => ({ archive, compression }));
  test('any sequence, padded, is found again', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(part, fc.nat(40)), { minLength: 1, maxLength: 6 }),
        async (sequence) => {
          const pack = { none: (bytes: Buffer) => bytes, gzip: gzipSync, lzo: storeLzo };
          const pieces: Uint8Array[] = [];
          const expected: unknown[] = [];
          let offset = 0;
          for (const [{ archive, compression }, padding] of sequence) {
            const bytes = pack[compression as keyof typeof pack](archive);
            const space = padding + (-(bytes.length + padding) & 3);
            expected.push({ offset, compression, unpackedSize: archive.length });
            pieces.push(bytes, zeros(space));
            offset += bytes.length + space;
          }
          const found = await examine(...pieces);
          expect(found).toMatchObject({ complete: true, problems: [], parts: expected });
          expect(found.hasInit).toBe(sequence.some(([{ archive }]) => archive === ROOT));
        },
      ),
      { numRuns: oneIn(4) },
    ));
});

describe('of a large file, the head', () => {
  it('tells how the first part is packed', async () => {
    const gz = gzipSync(CONTENT['text']!);
    expect(await examineInitrd(gz.subarray(0, 1000), gz.length)).toEqual({
      size: gz.length,
      parts: [{ offset: 0, compression: 'gzip', unpackedSize: null }],
      complete: false,
      hasInit: null,
      files: null,
      problems: [],
    });
  });

  it('tells the bare archives in it, and what follows them', async () => {
    const file = Buffer.concat([MICROCODE, ROOT, gzipSync(CONTENT['text']!)]);
    const head = file.subarray(0, MICROCODE.length + ROOT.length + 100);
    expect(await examineInitrd(head, file.length)).toMatchObject({
      parts: [
        { compression: 'none', unpackedSize: MICROCODE.length },
        { compression: 'none', unpackedSize: ROOT.length },
        { compression: 'gzip', unpackedSize: null },
      ],
      complete: false,
      hasInit: true,
      files: null,
      problems: [],
    });
  });

  it('is no damage wherever it ends', async () => {
    const file = Buffer.concat([MODULES, zeros(64), MODULES, gzipSync(ROOT), zeros(100)]);
    for (let length = 6; length < file.length; length++) {
      const found = await examineInitrd(file.subarray(0, length), file.length);
      expect(found, `at ${length}`).toMatchObject({ complete: false, hasInit: null, problems: [] });
    }
  });
});
