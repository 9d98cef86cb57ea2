import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../../src/base/bytes.ts';
import { InputError } from '../../../src/base/diagnostic.ts';
import { examineKernel } from '../../../src/formats/kernel/examine.ts';
import { openKernel } from '../../../src/formats/kernel/open.ts';
import { BANNER, makeArm64Image, makeZboot, makeZImage } from '../../helpers/arm-kernels.ts';
import { GOOD_CONFIG, makeKernel, makeVmlinux } from '../../helpers/kernel-evidence.ts';
import { mutate, mutations } from '../../helpers/mutations.ts';
import { packXz } from '../../helpers/xz-parts.ts';
import { RUNS } from '../../helpers/runs.ts';
import { utf8 } from '../../helpers/bytes.ts';

const IMAGE = makeArm64Image();

/** Code and message of the error, or `none`. */
async function refusal(file: Uint8Array): Promise<string> {
  try {
    await openKernel(file);
  } catch (error) {
    if (error instanceof InputError) return `${error.diagnostic.code}: ${error.message}`;
    throw error;
  }
  return 'none';
}

const starting = (...magic: (number | string)[]): Uint8Array =>
  concatBytes([
    ...magic.map((part) => (typeof part === 'string' ? utf8(part) : Uint8Array.of(part))),
    new Uint8Array(80),
  ]);

describe('opens', () => {
  test.each([
    ['bzImage', makeKernel().file, 'x86'],
    ['Image', IMAGE, 'arm64'],
    ['zImage', makeZImage(), 'arm'],
  ])('a %s as it is', async (format, file, architecture) => {
    const opened = await openKernel(file);
    expect(opened).toMatchObject({ image: { format, size: file.length }, architecture, wrapping: null });
    expect(opened.file).toBe(file);
  });

  test.each([
    ['gzip', gzipSync(IMAGE)],
    ['zboot', makeZboot()],
    ['zboot', makeZboot(gzipSync(IMAGE), 'any name: the magic counts')],
    ['zboot', makeZboot(packXz(IMAGE), 'xzkern', IMAGE.length)],
  ])('an Image in %s', async (wrapping, file) => {
    const opened = await openKernel(file);
    expect(opened).toMatchObject({
      image: { format: 'Image', size: IMAGE.length },
      architecture: 'arm64',
      wrapping,
    });
    expect(Buffer.compare(opened.file, IMAGE)).toBe(0);
  });
});

describe('names what does not load', () => {
  test.each([
    ['an ELF file, but not a vmlinux for x86, arm64 or arm', starting(0x7f, 'ELF')],
    ['compressed with lz4, in a frame that the kernel build does not make', starting(4, 0x22, 0x4d, 0x18)],
    ['a uImage (for U-Boot)', starting(0x27, 5, 0x19, 0x56)],
    ['a device tree (or a FIT image for U-Boot)', starting(0xd0, 0x0d, 0xfe, 0xed)],
    ['an Android boot image', starting('ANDROID!')],
    ['a cpio archive (an initrd?)', starting('070701')],
    ['a Jailhouse cell config', starting('JHCLL')],
    ['a kernel for RISC-V', concatBytes([new Uint8Array(0x38), utf8('RSC\x05')])],
    ['a big-endian zImage', concatBytes([new Uint8Array(0x24), Uint8Array.of(1, 0x6f, 0x28, 0x18)])],
    ['an empty file', new Uint8Array(0)],
    ['in an unknown format: it is neither a bzImage, an Image nor a zImage', starting('#!/bin/sh')],
  ])('%s', async (what, file) => {
    expect(await refusal(file)).toBe(`kernel/format: the kernel is ${what}`);
  });

  test('a wrapped file that is no Image', async () => {
    const wrapped = async (file: Uint8Array): Promise<string> => {
      const text = await refusal(file);
      return (
        /^kernel\/wrapped: the kernel is a (.*); only arm64 Images are unpacked$/.exec(text)?.[1] ?? text
      );
    };
    expect(await wrapped(gzipSync(makeZImage()))).toBe('gzip-compressed file with a zImage in it');
    expect(await wrapped(gzipSync(makeKernel().file))).toBe('gzip-compressed file with a bzImage in it');
    expect(await wrapped(gzipSync(makeZboot()))).toBe(
      'gzip-compressed file with another EFI zboot image in it',
    );
    expect(await wrapped(gzipSync('hello'))).toBe('gzip-compressed file with something else in it');
    expect(await wrapped(gzipSync('070701'))).toBe(
      'gzip-compressed file with a cpio archive (an initrd?) in it',
    );
    expect(await wrapped(makeZboot(gzipSync('hello')))).toBe('EFI zboot image with something else in it');
  });

  test.each([
    ['zstd30', 'zstd30'],
    ['', 'an unknown method'],
  ])('the compression of an EFI zboot image: "%s"', async (compression, named) => {
    expect(await refusal(makeZboot(utf8('no magic'), compression))).toBe(
      `kernel/zboot: the kernel is an EFI zboot image packed with ${named}, but its packed kernel starts with an unknown magic`,
    );
  });
});

describe('refuses damaged wrappings', () => {
  test('a zboot image whose size word is another', async () => {
    const file = makeZboot(packXz(IMAGE), 'xzkern', IMAGE.length + 1);
    expect(await refusal(file)).toMatch(/^kernel\/payload: .*its size word says/);
  });

  const gz = gzipSync(IMAGE);
  const broken = (at: number): Uint8Array => gz.map((byte, index) => (index === at ? byte ^ 1 : byte));

  test.each([
    ['a NUL behind it', concatBytes([gz, Uint8Array.of(0)]), /has 1 byte after the end of its gzip stream$/],
    ['junk behind it', concatBytes([gz, utf8('junk')]), /has 4 bytes after the end of its gzip stream$/],
    ['a wrong CRC', broken(gz.length - 8), /is damaged or cut short \(gzip: incorrect data check\)$/],
    ['a wrong length', broken(gz.length - 1), /is damaged or cut short \(gzip: incorrect length check\)$/],
  ])('%s', async (_, file, why) => {
    const text = await refusal(file);
    expect(text).toMatch(/^kernel\/payload: the gzip-compressed kernel /);
    expect(text).toMatch(why);
    expect(await refusal(makeZboot(file))).toMatch(why);
  });

  test('a cut at every byte', async () => {
    for (let end = 2; end < gz.length; end++) {
      expect([end, await refusal(gz.subarray(0, end))]).toEqual([
        end,
        expect.stringMatching(/^kernel\/payload: /),
      ]);
    }
    const zboot = makeZboot(gz);
    for (let end = 8; end < 128 + gz.length; end++) {
      expect([end, await refusal(zboot.subarray(0, end))]).toEqual([
        end,
        expect.stringMatching(/^kernel\/truncated: /),
      ]);
    }
  });
});

test('mutations: an error, or the kernel that was packed', async () => {
  const codes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(gzipSync(IMAGE), makeZboot()), mutations, async (seed, changes) => {
      const file = mutate(seed, changes);
      const [code] = (await refusal(file)).split(':');
      codes.add(code!);
      if (code !== 'none') return;
      // The CRC lets no other bytes through.
      expect(Buffer.compare((await openKernel(file)).file, IMAGE)).toBe(0);
    }),
    { numRuns: RUNS },
  );
  expect(codes).toEqual(
    new Set(['kernel/format', 'kernel/payload', 'kernel/truncated', 'kernel/zboot', 'none']),
  );
});

test('the config built into an Image is found in the file itself', async () => {
  const config = utf8('CONFIG_ARM64=y\n');
  const file = concatBytes([IMAGE, utf8('IKCFG_ST'), gzipSync(config), utf8('IKCFG_ED')]);
  const { embedded, contents, unwrapped, packed } = await examineKernel(gzipSync(file));
  expect(embedded).toEqual({ kind: 'found', text: Buffer.from(config) });
  expect(contents).toEqual({ size: file.length, banner: BANNER, jailhouseGuest: false, uartFlags: false });
  expect(Buffer.compare(unwrapped!, file)).toBe(0);
  expect(packed).toBeNull();
});

test('of a file that is loaded as it is, nothing is kept', async () => {
  const { file } = makeKernel({ payload: gzipSync(makeVmlinux(GOOD_CONFIG)) });
  const held = Buffer.alloc(1 << 20);
  held.set(file);
  const kernel = await examineKernel(held.subarray(0, file.length));
  expect(kernel.unwrapped).toBeNull();
  const buffers = new Set<ArrayBufferLike>();
  JSON.stringify(kernel, (_, value: unknown) => {
    if (value instanceof Uint8Array) buffers.add(value.buffer);
    return typeof value === 'bigint' ? null : value;
  });
  expect(buffers.size).toBeGreaterThan(0);
  expect(buffers).not.toContain(held.buffer);
});
