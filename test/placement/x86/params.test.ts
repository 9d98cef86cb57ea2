import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellName, parseCellConfig } from '../../../src/formats/cell/config.ts';
import { InputError } from '../../../src/base/diagnostic.ts';
import { SETUP_HEADER_OFFSET, setupHeader } from '../../../src/formats/kernel/bzimage.ts';
import { e820Of } from '../../../src/placement/x86/e820.ts';
import { looksLikeParams, parseParams } from '../../../src/placement/x86/params-read.ts';
import { encodeParams, type ParamsInput } from '../../../src/placement/x86/params.ts';
import { LOADERS } from '../../../src/placement/x86/releases.ts';
import { makeKernel } from '../../helpers/kernel-evidence.ts';
import { mutate, mutations } from '../../helpers/mutations.ts';
import { expandSparse, paramsVectors } from '../../helpers/vectors.ts';
import { RUNS } from '../../helpers/runs.ts';
import { refusalOf } from '../../helpers/input-error.ts';

const { head } = makeKernel().image;

const input = (change: Partial<ParamsInput> = {}): ParamsInput => ({
  head,
  prefAddress: 0x1000000n,
  address: 0x1000n,
  initrd: { start: 0x2000000n, size: 5648n },
  e820: [
    { addr: 0n, size: 0xa0000n, type: 1 },
    { addr: 0x100000n, size: 0x1000n, type: 2 },
  ],
  setupData: 'version2',
  facts: { standardIoapic: true, uartFlags: 0b1001 },
  cmdline: 'console=ttyS0,115200 quiet',
  ...change,
});

/** The code and message of the error. */
const refusal = (file: Uint8Array): string => refusalOf(() => parseParams(file));

const changed = (edit: (bytes: Buffer) => void, change?: Partial<ParamsInput>): Buffer => {
  const bytes = Buffer.from(encodeParams(input(change)));
  edit(bytes);
  return bytes;
};

test('reads what a params image says', () => {
  expect(parseParams(encodeParams(input()))).toMatchObject({
    address: 0x1000n,
    prefAddress: 0x1000000n,
    initrd: { start: 0x2000000n, size: 5648n },
    e820: input().e820,
    setupData: {
      form: 'version2',
      fields: { version: 2, compatible_version: 1, standard_ioapic: 1, flags: 9, tsc_khz: 0 },
    },
    cmdline: 'console=ttyS0,115200 quiet',
    header: { version: 0x20f, type_of_loader: 0xff, cmd_line_ptr: 0x212c, setup_data: 0x2000n },
  });
});

test('an initrd that is not there is null, a command line that is not there empty', () => {
  const image = parseParams(encodeParams(input({ initrd: null, cmdline: '' })));
  expect(image.initrd).toBeNull();
  expect(image.cmdline).toBe('');
});

const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const u32 = fc.bigInt({ min: 0n, max: 0xffffffffn });

const anyInput: fc.Arbitrary<ParamsInput> = fc.record({
  head: fc
    .record({ jump: fc.integer({ min: 0x30, max: 0xff }), seed: fc.uint8Array({ maxLength: 64 }) })
    .map(({ jump, seed }) => {
      const file = Uint8Array.from(head);
      file[0x201] = jump;
      // Everything that follows the patched fields may hold anything.
      file.set(seed, 0x260);
      return file;
    }),
  prefAddress: u64,
  address: fc.bigInt({ min: 0n, max: 0xfffe0000n }),
  initrd: fc.option(fc.record({ start: u32, size: fc.bigInt({ min: 1n, max: 0xffffffffn }) })),
  e820: fc.array(fc.record({ addr: u64, size: u64, type: fc.nat(0xffffffff) }), { maxLength: 128 }),
  setupData: fc.constantFrom('jlhs' as const, 'version1' as const, 'version2' as const),
  facts: fc.record({ standardIoapic: fc.boolean(), uartFlags: fc.nat(15) }),
  cmdline: fc.string({ unit: 'grapheme', maxLength: 300 }).map((text) => text.replaceAll('\0', ' ')),
});

test('parseParams is the inverse of encodeParams', () => {
  fc.assert(
    fc.property(anyInput, (given) => {
      const { setupData, ...image } = parseParams(encodeParams(given));
      const { address, prefAddress, initrd, e820, cmdline, facts } = given;
      expect(image).toMatchObject({ address, prefAddress, initrd, e820, cmdline });
      expect(setupData.form).toBe(given.setupData);
      expect(setupData.fields.flags).toBe(given.setupData === 'version2' ? facts.uartFlags : undefined);
      if (given.setupData !== 'jlhs')
        expect(setupData.fields.standard_ioapic).toBe(facts.standardIoapic ? 1 : 0);
    }),
    { numRuns: RUNS },
  );
});

const vectors = paramsVectors('x86').flatMap((vector) =>
  'params' in vector.expect ? [{ ...vector, params: expandSparse(vector.expect.params) }] : [],
);

test('the params of every upstream release are read', () => {
  expect(vectors.length).toBeGreaterThan(90);
  for (const { cell: hex, cmdline, initrd, params, id } of vectors) {
    const cell = parseCellConfig(Buffer.from(hex, 'hex'));
    const image = parseParams(params);
    expect(image.cmdline, id).toBe(cmdline ?? '');
    expect(image.e820, `${id} ${cellName(cell)}`).toEqual(e820Of(cell.memoryRegions));
    expect(image.initrd?.size, id).toBe(initrd === null ? undefined : BigInt(initrd.size));
    const loader = LOADERS[cell.revision]!;
    expect(image.setupData.form, id).toBe(loader.setupData);
    const base = loader.base === 'cpu_reset_address' ? cell.header.cpu_reset_address! : loader.base;
    expect(image.address, id).toBe(base + loader.params);
  }
});

describe('refuses', () => {
  const at = (field: keyof typeof setupHeader.offsets): number =>
    SETUP_HEADER_OFFSET + setupHeader.offsets[field];

  test.each<[string, Uint8Array, RegExp]>([
    ['a kernel', makeKernel().file, /^params\/not-params: the params image is not valid/],
    ['an empty file', new Uint8Array(), /^params\/not-params/],
    [
      'a zero page alone',
      encodeParams(input()).subarray(0, 0x1000),
      /^params\/truncated: .*setup_data's head ends at byte 4112, the file has 4096/,
    ],
    [
      'half a zero page',
      encodeParams(input()).subarray(0, 0x300),
      /^params\/truncated: .*the zero page ends at byte 4096/,
    ],
    [
      'half a setup_data',
      encodeParams(input()).subarray(0, 0x1100),
      /^params\/truncated: .*setup_data ends at byte 4396/,
    ],
    ['a cut command line', encodeParams(input()).subarray(0, -1), /^params\/cmdline: .*no NUL at the end/],
    ['no command line at all', encodeParams(input()).subarray(0, 0x112c), /^params\/cmdline/],
    [
      'a file with more behind',
      Buffer.concat([encodeParams(input()), Buffer.from('ab')]),
      /^params\/size: .*2 bytes after/,
    ],
    ['129 e820 entries', changed((bytes) => (bytes[0x1e8] = 129)), /^params\/e820: .*has 129 e820 entries/],
    [
      'another type of setup_data',
      changed((bytes) => (bytes[0x1008] = 7)),
      /^params\/setup-data: .*no Jailhouse release/,
    ],
    ['another size of setup_data', changed((bytes) => (bytes[0x100c] = 9)), /^params\/setup-data/],
    [
      'a version that its size is not of',
      changed((bytes) => (bytes[0x1010] = 1)),
      /^params\/setup-data: .*284 bytes.*version 1/,
    ],
    ['a second setup_data', changed((bytes) => (bytes[0x1001] = 0x20)), /^params\/setup-data: .*second/],
    [
      'setup_data below its own page',
      changed((bytes) => bytes.writeBigUInt64LE(0xfffn, at('setup_data'))),
      /^params\/address/,
    ],
    [
      'a cmd_line_ptr beside the text',
      changed((bytes) => (bytes[at('cmd_line_ptr')]! ^= 1)),
      /^params\/address: .*own command line/,
    ],
    ['a command line in Latin-1', changed((bytes) => (bytes[0x1130] = 0xe9)), /^params\/cmdline: .*UTF-8/],
  ])('%s', (_, file, wanted) => {
    expect(refusal(file)).toMatch(wanted);
  });
});

test('mutations end in an InputError or an image that fits the bytes', () => {
  const seeds = [input(), input({ setupData: 'jlhs', address: 0xf5000n }), input({ setupData: 'version1' })];
  fc.assert(
    fc.property(fc.constantFrom(...seeds.map(encodeParams)), mutations, (seed, changes) => {
      const file = mutate(seed, changes);
      const wanted = looksLikeParams(file);
      let image;
      try {
        image = parseParams(file);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        expect(error.diagnostic.code).toMatch(wanted ? /^params\/(?!not-params)/ : /^params\/not-params$/);
        return;
      }
      expect(Buffer.from(file.subarray(-Buffer.byteLength(image.cmdline) - 1)).toString()).toBe(
        `${image.cmdline}\0`,
      );
      expect(image.e820.length).toBe(file[0x1e8]);
    }),
    { numRuns: RUNS },
  );
});
