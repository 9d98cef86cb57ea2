import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseZImage } from '../../../src/formats/kernel/zimage.ts';
import { makeZImage, SIZE_TAG } from '../../helpers/arm-kernels.ts';
import { mutate, mutations } from '../../helpers/mutations.ts';
import { RUNS } from '../../helpers/runs.ts';
import { refusalOf } from '../../helpers/input-error.ts';

/** Code and message of the error, or `none`. */
const refusal = (file: Uint8Array): string => refusalOf(() => parseZImage(file));

test('reads a kernel of today', () => {
  expect(parseZImage(makeZImage())).toEqual({
    format: 'zImage',
    size: 256,
    imageSize: 256,
    appendedDtb: false,
    kernel: { size: 0x123456, bssSize: 0x4567, sizeAt: 0xf0 },
    version: null,
  });
});

test('one linked to an address of its own', () => {
  expect(parseZImage(makeZImage({ start: 0x8000 }))).toMatchObject({ imageSize: 256 });
});

test('a kernel before 4.15 has no table, and need not be longer than its header', () => {
  expect(parseZImage(makeZImage({ table: null })).kernel).toBeNull();
  expect(parseZImage(makeZImage({ size: 0x40, table: null }))).toMatchObject({
    imageSize: 0x40,
    kernel: null,
  });
});

describe('the table of tags', () => {
  test('others may stand before the size', () => {
    expect(parseZImage(makeZImage({ table: [2, 0x1234, 3, 0x5678, 9, ...SIZE_TAG] })).kernel).toEqual({
      size: 0x123456,
      bssSize: 0x4567,
      sizeAt: 0xf0,
    });
  });

  test('newer kernels have longer tags', () => {
    const table = [6, 0x5a534c4b, 0xf0, 0x4567, 0x8000, 0x10000, 0];
    expect(parseZImage(makeZImage({ table })).kernel).toEqual({
      size: 0x123456,
      bssSize: 0x4567,
      sizeAt: 0xf0,
    });
  });

  test('without the tag', () => {
    expect(parseZImage(makeZImage({ table: [2, 0x1234, 0] })).kernel).toBeNull();
  });

  test.each([
    ['that has no end', [0x100], 'table of tags has no end'],
    ['that points out of the image', [4, 0x5a534c4b, 0xfd, 1, 0], 'kernel size is outside of it'],
  ])('one %s', (_, table, why) => {
    expect(refusal(makeZImage({ table }))).toBe(`kernel/damaged: the zImage's ${why}`);
  });
});

describe('what follows the zImage in the file', () => {
  test('a device tree is told', () => {
    const image = parseZImage(makeZImage({ appended: Uint8Array.of(0xd0, 0x0d, 0xfe, 0xed, 0) }));
    expect(image).toMatchObject({ size: 261, imageSize: 256, appendedDtb: true });
  });

  test.each([[Uint8Array.of(0xd0, 0x0d, 0xfe)], [Uint8Array.of(1, 2, 3, 4)]])(
    'anything else is not',
    (appended) => {
      expect(parseZImage(makeZImage({ appended })).appendedDtb).toBe(false);
    },
  );
});

test('a cut at every byte', () => {
  const file = makeZImage();
  for (let end = 0; end < file.length; end++) {
    expect(refusal(file.subarray(0, end))).toMatch(
      end < 0x30
        ? `the header ends at byte 48, the file has ${end} bytes`
        : `the zImage ends at byte 256, the file has ${end} bytes`,
    );
  }
});

test('no magic, no zImage; an end before the start', () => {
  const file = Buffer.from(makeZImage());
  file[0x24] = 0;
  expect(refusal(file)).toBe('kernel/format: the kernel is not a zImage: it has no magic 0x016f2818 at 0x24');
  const reversed = Buffer.from(makeZImage());
  reversed.writeUInt32LE(0x1000, 0x28);
  expect(refusal(reversed)).toBe("kernel/damaged: the zImage's end is before its header");
});

test('mutations: an error, or sizes within the file', () => {
  const seeds = [makeZImage(), makeZImage({ table: [2, 1, ...SIZE_TAG], appended: new Uint8Array(64) })];
  const codes = new Set<string>();
  fc.assert(
    fc.property(fc.constantFrom(...seeds), mutations, (seed, changes) => {
      const file = mutate(seed, changes);
      const [code] = refusal(file).split(':');
      codes.add(code!);
      if (code !== 'none') return;
      const image = parseZImage(file);
      expect(image.size).toBe(file.length);
      expect(image.imageSize).toBeLessThanOrEqual(file.length);
    }),
    { numRuns: RUNS },
  );
  expect(codes).toEqual(new Set(['kernel/damaged', 'kernel/format', 'kernel/truncated', 'none']));
});
