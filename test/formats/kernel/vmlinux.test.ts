import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../../src/base/bytes.ts';
import { examineKernel } from '../../../src/formats/kernel/examine.ts';
import { parseVmlinux } from '../../../src/formats/kernel/vmlinux.ts';
import { BANNER } from '../../helpers/arm-kernels.ts';
import { BANNER_TEXT, makeElf, MACHINE } from '../../helpers/elf.ts';
import { GOOD_CONFIG } from '../../helpers/kernel-evidence.ts';
import { mutate, mutations } from '../../helpers/mutations.ts';
import { RUNS } from '../../helpers/runs.ts';
import { refusalOf } from '../../helpers/input-error.ts';
import { utf8 } from '../../helpers/bytes.ts';

/** Code and message of the error, or `none`. */
const refusal = (file: Uint8Array): string => refusalOf(() => parseVmlinux(file));

test('reads a kernel', () => {
  const file = makeElf({
    segments: [
      { address: 0x2000000, size: 0x1234 },
      { address: 0x1000000, size: 0x2000 },
    ],
  });
  expect(parseVmlinux(file)).toEqual({
    format: 'vmlinux',
    size: file.length,
    architecture: 'x86',
    wordSize: 64,
    memory: { start: 0x1000000n, size: 0x1001234n },
    version: BANNER,
  });
});

test.each([
  ['x86', 64, MACHINE.x86],
  ['x86', 32, MACHINE.i386],
  ['arm64', 64, MACHINE.arm64],
  ['arm', 32, MACHINE.arm],
] as const)('%s, %d bits', (architecture, wordSize, machine) => {
  for (const type of [2, 3]) {
    expect(parseVmlinux(makeElf({ machine, wordSize, type }))).toMatchObject({
      architecture,
      wordSize,
      memory: { start: 0x1000000n, size: 0x2000n },
    });
  }
});

test('one that loads nothing', () => {
  expect(parseVmlinux(makeElf({ segments: [] })).memory).toBeNull();
});

describe('refuses', () => {
  test.each([
    ['an object file', makeElf({ type: 1 })],
    ['a big-endian one', makeElf({ endian: 2 })],
    ['one for another machine', makeElf({ machine: MACHINE.riscv })],
    ['its magic alone', makeElf().subarray(0, 4)],
    ['anything else', utf8('a text that is long enough for a header')],
  ])('%s', (_, file) => {
    expect(refusal(file)).toBe(
      'kernel/format: the kernel is not a vmlinux: it is not a linked ELF file for x86, arm64 or arm',
    );
  });

  test('a program', () => {
    expect(refusal(makeElf({ content: utf8('Linux version %s, usage: ...') }))).toBe(
      'kernel/format: the kernel is not a vmlinux: there is no `Linux version` in it',
    );
  });

  test('program headers that are too small', () => {
    const file = Buffer.from(makeElf());
    file.writeUInt16LE(8, 54);
    expect(refusal(file)).toBe(
      'kernel/format: the kernel is not a vmlinux: its program headers have 8 bytes each',
    );
  });

  test('a cut, as long as what the headers name is cut', () => {
    const file = makeElf();
    for (let end = 24; end < 64 + 2 * 56; end++) {
      expect(refusal(file.subarray(0, end))).toMatch(/^kernel\/truncated: .* the file has \d+ bytes$/);
    }
  });

  test('a segment that ends behind the file', () => {
    const file = Buffer.from(makeElf());
    file.writeUInt32LE(0x10000, 64 + 56 + 32);
    expect(refusal(file)).toMatch(
      /^kernel\/truncated: the kernel is cut short: segment 1 ends at byte 65600, /,
    );
  });
});

test('mutations: an error, or what the file has', () => {
  const seeds = [makeElf(), makeElf({ machine: MACHINE.arm, wordSize: 32 })];
  const codes = new Set<string>();
  fc.assert(
    fc.property(fc.constantFrom(...seeds), mutations, (seed, changes) => {
      const file = mutate(seed, changes);
      const [code] = refusal(file).split(':');
      codes.add(code!);
      if (code === 'none') expect(Buffer.from(file).toString('latin1')).toContain(parseVmlinux(file).version);
    }),
    { numRuns: RUNS },
  );
  expect(codes).toEqual(new Set(['kernel/format', 'kernel/truncated', 'none']));
});

describe('as a kernel file', () => {
  const config = concatBytes([utf8('IKCFG_ST'), gzipSync(GOOD_CONFIG), utf8('IKCFG_ED')]);
  const file = makeElf({ content: concatBytes([BANNER_TEXT, config]) });

  test.each([
    ['as it is', file, null],
    ['compressed', gzipSync(file), 'gzip'],
  ])('it is evidence, %s, and an error', async (_, given, wrapping) => {
    const kernel = await examineKernel(given);
    expect(kernel).toMatchObject({
      architecture: 'x86',
      wrapping,
      unwrapped: null,
      packed: null,
      contents: { size: file.length, banner: BANNER, jailhouseGuest: false },
      embedded: { kind: 'found', text: Buffer.from(GOOD_CONFIG) },
    });
    expect(kernel.notes).toMatchObject([
      {
        code: 'kernel/not-loadable',
        severity: 'error',
        requested: 'bzImage',
        fix: 'give the bzImage of the same kernel build',
      },
    ]);
  });
});
