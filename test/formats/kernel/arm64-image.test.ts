import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/base/diagnostic.ts';
import { arm64Header, parseArm64Image } from '../../../src/formats/kernel/arm64-image.ts';
import { BANNER, makeArm64Image } from '../../helpers/arm-kernels.ts';
import { mutate, mutations } from '../../helpers/mutations.ts';
import { RUNS } from '../../helpers/runs.ts';

/** The code of the error, or `none`. */
function refusal(file: Uint8Array): string {
  try {
    parseArm64Image(file);
  } catch (error) {
    if (error instanceof InputError) return error.diagnostic.code;
    throw error;
  }
  return 'none';
}

test('the header is where the boot protocol has it', () => {
  expect(arm64Header.size).toBe(64);
  expect(arm64Header.offsets).toMatchObject({
    text_offset: 8,
    image_size: 16,
    flags: 24,
    magic: 0x38,
    res5: 0x3c,
  });
});

test('reads a kernel of today', () => {
  const image = parseArm64Image(makeArm64Image());
  expect(image).toMatchObject({
    format: 'Image',
    size: 1024,
    textOffset: 0n,
    runSize: 0x10000n,
    bigEndian: false,
    pageSize: 4096,
    placedAnywhere: true,
    version: BANNER,
  });
});

describe('what the header says', () => {
  test('a kernel before 3.17 leaves image_size 0: its text_offset is 0x80000 whatever stands there', () => {
    const image = parseArm64Image(makeArm64Image({ image_size: 0n, text_offset: 0x80000n << 32n }));
    expect(image).toMatchObject({ textOffset: 0x80000n, runSize: 1024n });
    expect(image.header.text_offset).toBe(0x80000n << 32n);
  });

  test('text_offset counts where image_size is given', () => {
    expect(parseArm64Image(makeArm64Image({ text_offset: 0x200000n })).textOffset).toBe(0x200000n);
  });

  test('a file larger than image_size needs room for itself', () => {
    expect(parseArm64Image(makeArm64Image({ image_size: 512n })).runSize).toBe(1024n);
  });

  test.each([
    [0n, null, false, false],
    [1n, null, true, false],
    [2n, 4096, false, false],
    [4n, 16384, false, false],
    [6n, 65536, false, false],
    [14n, 65536, false, true],
  ])('flags %i', (flags, pageSize, bigEndian, placedAnywhere) => {
    expect(parseArm64Image(makeArm64Image({ flags }))).toMatchObject({ pageSize, bigEndian, placedAnywhere });
  });
});

test('without an EFI stub there are no sections to compare with', () => {
  const file = makeArm64Image({ code0: 0x14000000, res5: 0 });
  expect(parseArm64Image(file.subarray(0, 64))).toMatchObject({ size: 64, version: null });
});

test('a cut at every byte', () => {
  const file = makeArm64Image();
  for (let end = 0; end < file.length; end++) {
    // Without room for the PE header there is nothing that tells how long the file was.
    const expected = end >= 64 && end < 64 + 24 ? 'none' : 'kernel/truncated';
    expect([end, refusal(file.subarray(0, end))]).toEqual([end, expected]);
  }
});

test('no magic, no Image', () => {
  expect(refusal(makeArm64Image({ magic: Uint8Array.of(0x41, 0x52, 0x4d, 0x63) }))).toBe('kernel/format');
});

test('any header: the sizes that follow from it', () => {
  const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  fc.assert(
    fc.property(u64, u64, u64, (text_offset, image_size, flags) => {
      const { textOffset, runSize, header } = parseArm64Image(
        makeArm64Image({ text_offset, image_size, flags }),
      );
      expect(header).toMatchObject({ text_offset, image_size, flags });
      expect(textOffset).toBe(image_size === 0n ? 0x80000n : text_offset);
      expect(runSize).toBe(image_size > 1024n ? image_size : 1024n);
    }),
    { numRuns: RUNS },
  );
});

test('mutations: an error, or an image as long as its file', () => {
  const seed = makeArm64Image();
  const codes = new Set<string>();
  fc.assert(
    fc.property(mutations, (changes) => {
      const file = mutate(seed, changes);
      const code = refusal(file);
      codes.add(code);
      if (code !== 'none') return;
      const image = parseArm64Image(file);
      expect(image.size).toBe(file.length);
      expect(image.runSize).toBeGreaterThanOrEqual(BigInt(file.length));
      expect(image.version ?? '6.1').toMatch(/^\d+\./);
    }),
    { numRuns: RUNS },
  );
  expect(codes).toEqual(new Set(['kernel/format', 'kernel/truncated', 'none']));
});
