import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/base/diagnostic.ts';
import { parseBzImage, type SetupHeader } from '../../../src/formats/kernel/bzimage.ts';
import { faultOf, PARAGRAPHS, smallKernel } from '../../helpers/bzimage.ts';
import { makeKernel } from '../../helpers/kernel-evidence.ts';
import { RUNS } from '../../helpers/runs.ts';
import { latin1 } from '../../helpers/bytes.ts';

describe('what is no kernel says what it is', () => {
  test.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'the file is empty'],
    [
      'random bytes',
      new Uint8Array(9000).fill(0x5a),
      'it lacks the boot flag 0xaa55, the HdrS magic or the jump over its header',
    ],
    ['vmlinux', latin1(`\x7fELF${'\0'.repeat(9000)}`), 'it is an ELF file (a vmlinux?)'],
    ['a compressed kernel', latin1(`\x1f\x8b${'\0'.repeat(9000)}`), 'it is gzip-compressed'],
    [
      'no jump',
      smallKernel({ jump: Uint8Array.of(0xe9, 0x6a) }),
      'it lacks the boot flag 0xaa55, the HdrS magic or the jump over its header',
    ],
  ])('%s', (_, file, what) => {
    expect(faultOf(file)).toMatchObject({
      code: 'kernel/not-bzimage',
      message: `the kernel is not a bzImage: ${what}`,
    });
  });

  test('a compressed kernel is to be unpacked', () => {
    expect(faultOf(latin1(`\x1f\x8b${'\0'.repeat(9000)}`)).fix).toBe('unpack it with gunzip');
  });

  test.each<Partial<SetupHeader>>([
    { payload_offset: PARAGRAPHS * 16, payload_length: 1 },
    { payload_offset: 0, payload_length: PARAGRAPHS * 16 + 1 },
    { payload_offset: 0xffffffff, payload_length: 0xffffffff },
  ])('a payload outside the file: %o', (header) => {
    expect(faultOf(smallKernel(header))).toMatchObject({
      code: 'kernel/truncated',
      message: expect.stringContaining('the payload ends at byte') as string,
    });
  });
});

test('mutations end in an error, or in an image within its file', () => {
  const seeds = [
    smallKernel(),
    smallKernel({ version: 0x20a }),
    makeKernel({ payload: new Uint8Array(5000) }).file,
  ];
  const change = fc.record({
    at: fc.oneof(fc.integer({ min: 0x1f0, max: 0x270 }), fc.nat(7000)),
    byte: fc.nat(255),
  });
  const cut = fc.oneof(
    { weight: 3, arbitrary: fc.constant(Infinity) },
    { weight: 1, arbitrary: fc.nat(7000) },
  );
  let read = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      cut,
      (seed, changes, end) => {
        const file = seed.slice(0, end);
        for (const { at, byte } of changes) if (at < file.length) file[at] = byte;
        let image;
        try {
          image = parseBzImage(file);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as InputError).diagnostic.code).toMatch(
            /^kernel\/(?:not-bzimage|truncated|protocol)$/,
          );
          return;
        }
        read++;
        expect(image.setupSize < file.length && image.setupSize % 512 === 0).toBe(true);
        if (image.payload)
          expect(image.payload.offset + image.payload.length).toBeLessThanOrEqual(file.length);
        if (image.version !== null) expect(image.version).toMatch(/^[\x20-\x7e]{1,256}$/);
      },
    ),
    { numRuns: RUNS },
  );
  expect(read).toBeGreaterThan(RUNS / 10);
});
