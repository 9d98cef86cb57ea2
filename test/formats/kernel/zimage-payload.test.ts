import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../../src/base/bytes.ts';
import { examineKernel, type ExaminedKernel } from '../../../src/formats/kernel/examine.ts';
import type { Payload } from '../../../src/formats/kernel/packed.ts';
import { unpackPayload } from '../../../src/formats/kernel/payload.ts';
import { parseZImage } from '../../../src/formats/kernel/zimage.ts';
import { BANNER, makeFullZImage, makeZImage, type PackedKernel } from '../../helpers/arm-kernels.ts';
import { BANNER_TEXT } from '../../helpers/elf.ts';
import { mutate, mutations } from '../../helpers/mutations.ts';
import { RUNS } from '../../helpers/runs.ts';
import { cpuTime } from '../../helpers/cpu-time.ts';
import { utf8 } from '../../helpers/bytes.ts';

const CONFIG = 'CONFIG_ARM=y\n';
const KERNEL = concatBytes([
  new Uint8Array(3000).fill(0x12),
  BANNER_TEXT,
  utf8('IKCFG_ST'),
  gzipSync(CONFIG),
  utf8('IKCFG_ED'),
]);
const GZIP: PackedKernel = { packed: gzipSync(KERNEL), size: KERNEL.length };

const unpack = (file: Uint8Array): Promise<Payload> => unpackPayload(file, parseZImage(file));

describe('finds the kernel', () => {
  test.each([
    ['since 4.15', GZIP],
    ['before', { ...GZIP, tagged: false }],
  ])('%s', async (_, parts) => {
    const kernel: ExaminedKernel = await examineKernel(makeFullZImage(parts));
    expect(kernel).toMatchObject({
      packed: { offset: 0x200, length: GZIP.packed.length, compression: 'gzip' },
      contents: { size: KERNEL.length, banner: BANNER },
      embedded: { kind: 'found', text: Buffer.from(CONFIG) },
    });
  });

  test('behind code that knows the magics, and behind other packed data', async () => {
    const code = concatBytes([
      Uint8Array.of(0x1f, 0x8b, 8, 0x1f),
      utf8('\x5d\0\0\xff '),
      Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 1),
      Uint8Array.of(0x89, 0x4c, 0x5a, 0x4f, 0, 0x0d, 0x0a, 0x1a, 0x0a, 0),
      Uint8Array.of(2, 0x21, 0x4c, 0x18, 0xe3, 0xa0, 0, 0xe1),
      gzipSync('a small file'),
    ]);
    for (const tagged of [true, false]) {
      // Only the tag tells one packed thing from another.
      const payload = await unpack(makeFullZImage({ ...GZIP, code, tagged }));
      expect(payload).toMatchObject({
        kind: 'unpacked',
        packed: {
          offset: tagged ? 0x100 + code.length : 0x100 + code.length - gzipSync('a small file').length,
        },
      });
    }
  });

  test('whatever it is', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 500 }),
        fc.uint8Array(),
        async (kernel, code) => {
          const file = makeFullZImage({ packed: gzipSync(kernel), size: kernel.length, code });
          const payload = await unpack(file);
          expect(payload.kind === 'unpacked' && Buffer.compare(payload.bytes, kernel)).toBe(0);
        },
      ),
      { numRuns: RUNS },
    ));
});

describe('says that it finds none', () => {
  const flipped = GZIP.packed.map((byte, at) => (at === 40 ? byte ^ 1 : byte));

  test.each([
    ['no magic', makeZImage(), 'no packed kernel with a known magic was found in the zImage'],
    [
      'another size',
      makeFullZImage({ ...GZIP, size: 7, sizeFollows: true }),
      'nothing in the zImage unpacks to the 7 bytes that it says its kernel has',
    ],
    [
      'damage',
      makeFullZImage({ ...GZIP, packed: flipped }),
      `nothing in the zImage unpacks to the ${KERNEL.length} bytes that it says its kernel has`,
    ],
    [
      'damage, before 4.15',
      makeFullZImage({ ...GZIP, packed: flipped, tagged: false }),
      'nothing in the zImage can be unpacked as a kernel',
    ],
  ])('%s', async (_, file, because) => {
    const { embedded, contents, packed } = await examineKernel(file);
    expect({ embedded, contents, packed }).toEqual({
      embedded: { kind: 'not-located', because },
      contents: null,
      packed: null,
    });
  });
});

/** Milliseconds of processor time: a second beside other work, minutes if every start were tried to its end. */
const SOON = 4000;

describe('ends soon for a zImage full of', () => {
  const timed = async (parts: PackedKernel): Promise<number> => {
    const file = makeFullZImage(parts);
    const spent = cpuTime();
    expect((await unpack(file)).kind).toBe('not-located');
    return spent();
  };
  const full = (...start: number[]): Uint8Array =>
    new Uint8Array(Buffer.alloc(4 << 20, Uint8Array.from(start)));

  test.each([
    ['gzip', full(0x1f, 0x8b, 8, 0)],
    ['xz', full(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 1, 0x69, 0x22, 0xde, 0x36)],
    ['lzma', full(0x5d, 0, 0, 0, 4, ...Array.from({ length: 8 }, () => 0xff))],
    ['lzo', full(0x89, 0x4c, 0x5a, 0x4f, 0, 0x0d, 0x0a, 0x1a, 0x0a, 0x10, 0x40)],
    ['lz4', full(2, 0x21, 0x4c, 0x18, 2, 0, 0, 0)],
    ['gzip magics that lead nowhere', full(0x1f, 0x8b, 8)],
  ])('%s magics', async (_, packed) => {
    for (const tagged of [true, false]) {
      expect(await timed({ packed, size: 64 << 20, sizeFollows: true, tagged })).toBeLessThan(SOON);
    }
  });

  test('streams that unpack to more than they may', async () => {
    const bomb = gzipSync(Buffer.alloc(65 << 20));
    const packed = concatBytes([bomb, bomb, bomb, bomb, bomb, bomb, bomb, bomb, randomBytes(100)]);
    for (const tagged of [true, false]) {
      expect(await timed({ packed, size: 64 << 20, sizeFollows: true, tagged })).toBeLessThan(SOON);
    }
  });
});

test('mutations: an error, none found, or the kernel that was packed', async () => {
  const seeds = [makeFullZImage(GZIP), makeFullZImage({ ...GZIP, tagged: false })];
  const kinds = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...seeds), mutations, async (seed, changes) => {
      const file = mutate(seed, changes);
      const kernel = await examineKernel(file).catch(() => null);
      if (kernel === null || kernel.image.format !== 'zImage') return;
      const { embedded, contents } = kernel;
      expect(embedded).not.toBeInstanceOf(Error);
      if (!('kind' in embedded)) return;
      kinds.add(embedded.kind);
      // The CRC lets no other bytes through.
      if (embedded.kind === 'found') {
        expect(contents!.size).toBe(KERNEL.length);
        expect(Buffer.from(embedded.text).toString()).toBe(CONFIG);
      } else expect(contents).toBeNull();
    }),
    { numRuns: RUNS },
  );
  expect(kinds).toEqual(new Set(['found', 'not-located']));
});
