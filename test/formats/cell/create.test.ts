import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellName, encodeCellConfig, parseCellConfig } from '../../../src/formats/cell/config.ts';
import { createCellConfig, type NewCell } from '../../../src/formats/cell/create.ts';
import { ownsUart, uartFlags } from '../../../src/formats/cell/resources.ts';
import { InputError } from '../../../src/base/diagnostic.ts';
import { REVISIONS } from '../../helpers/config-file.ts';
import { oneIn, RUNS } from '../../helpers/runs.ts';

const u32 = fc.nat(0xffffffff);
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const architectures = ['x86', 'arm', 'arm64'] as const;

const newCell: fc.Arbitrary<NewCell> = fc
  .record({
    revision: fc.constantFrom(...REVISIONS),
    architecture: fc.constantFrom(...architectures),
    name: fc
      .string({ minLength: 1, maxLength: 7, unit: 'grapheme' })
      .filter((name) => !/\p{Cc}/u.test(name) && Buffer.byteLength(name) < 32),
    flags: u32,
    cpus: fc.array(fc.nat(63)),
    memoryRegions: fc.array(fc.record({ phys_start: u64, virt_start: u64, size: u64, flags: u64 }), {
      maxLength: 4,
    }),
    irqchips: fc.array(
      fc.record({
        address: u64,
        id: u32,
        pin_base: u32,
        pin_bitmap: fc.array(u32, { minLength: 4, maxLength: 4 }),
      }),
      { maxLength: 2 },
    ),
    ports: fc.array(fc.record({ base: fc.nat(0xff00), length: fc.nat(0xff) }), { maxLength: 3 }),
    pciCaps: fc.array(
      fc.record({ id: fc.nat(0xffff), start: fc.nat(0xffff), len: fc.nat(0xffff), flags: fc.nat(0xffff) }),
      { maxLength: 2 },
    ),
  })
  .map(({ ports, ...cell }) => (cell.architecture === 'x86' ? { ...cell, ports } : cell));

test('a new cell of any revision and architecture is written and read back', () => {
  fc.assert(
    fc.property(newCell, (given) => {
      const config = createCellConfig(given);
      const read = parseCellConfig(encodeCellConfig(config));
      const tells =
        given.revision === 14 ||
        (given.architecture === 'x86' && (given.revision <= 10 || given.ports!.length > 0));
      expect(read).toEqual({ ...config, architecture: tells ? given.architecture : null });
      expect(cellName(read)).toBe(given.name);
      const cpus = [...Array(64).keys()].filter((cpu) => (read.cpus[cpu >> 3]! & (1 << (cpu & 7))) !== 0);
      expect(cpus).toEqual([...new Set(given.cpus)].toSorted((a, b) => a - b));
    }),
    { numRuns: oneIn(5) },
  );
});

describe('ports', () => {
  const withPorts = (revision: NewCell['revision'], ...ports: { base: number; length: number }[]) =>
    createCellConfig({ revision, architecture: 'x86', name: 'a', cpus: [], memoryRegions: [], ports }).pio;

  test('a bitmap denies all that is not given', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(64), fc.nat(0xffff), (base, length, port) => {
        fc.pre(base + length <= 0x10000);
        const pio = withPorts(10, { base, length });
        if (!('bitmap' in pio)) throw new Error('no bitmap');
        expect(pio.bitmap).toHaveLength(8192);
        const isDenied = (pio.bitmap[port >> 3]! & (1 << (port & 7))) !== 0;
        expect(isDenied).toBe(!(base <= port && port < base + length));
      }),
      { numRuns: RUNS },
    );
  });

  test.each([10, 12] as const)('the UARTs of revision %i', (revision) => {
    expect(uartFlags(withPorts(revision, { base: 0x3f8, length: 8 }))).toBe(1);
    expect(uartFlags(withPorts(revision, { base: 0x2f8, length: 8 }, { base: 0x2e8, length: 8 }))).toBe(
      0b1010,
    );
    expect(uartFlags(withPorts(revision, { base: 0x3e8, length: 8 }))).toBe(0b100);
    expect(uartFlags(withPorts(revision, { base: 0x3f8, length: 7 }))).toBe(0);
    expect(uartFlags(withPorts(revision))).toBe(0);
  });

  test('a region of another length is no UART, but in a bitmap its ports count', () => {
    expect(ownsUart(withPorts(12, { base: 0x3f0, length: 16 }), 0x3f8)).toBe(false);
    expect(ownsUart(withPorts(12, { base: 0x3f8, length: 16 }), 0x3f8)).toBe(false);
    expect(ownsUart(withPorts(10, { base: 0x3f0, length: 16 }), 0x3f8)).toBe(true);
    expect(ownsUart({ bitmap: new Uint8Array(0) }, 0x3f8)).toBe(false);
  });
});

describe('what makes no cell', () => {
  const good: NewCell = { revision: 10, architecture: 'x86', name: 'a', cpus: [0], memoryRegions: [] };

  test.each<[string, Partial<NewCell>, string]>([
    ['no name', { name: '' }, 'cell/name'],
    ['a name of 32 bytes', { name: 'ä'.repeat(16) }, 'cell/name'],
    ['a NUL in the name', { name: 'a\0b' }, 'cell/name'],
    ['a newline in the name', { name: 'a\nb' }, 'cell/name'],
    ['half a character in the name', { name: 'a\ud800' }, 'cell/name'],
    ['CPU 64', { cpus: [64] }, 'cell/value'],
    ['CPU -1', { cpus: [-1] }, 'cell/value'],
    ['half a CPU', { cpus: [0.5] }, 'cell/value'],
    ['ports behind the last', { ports: [{ base: 0xffff, length: 2 }] }, 'cell/value'],
    ['ports on arm', { architecture: 'arm64', ports: [{ base: 0, length: 1 }] }, 'cell/value'],
  ])('%s', (_, change, code) => {
    expect(() => createCellConfig({ ...good, ...change })).toThrow(
      expect.objectContaining({
        name: InputError.name,
        diagnostic: expect.objectContaining({ code }) as object,
      }),
    );
  });

  test('a name of 31 bytes is the longest', () => {
    expect(cellName(createCellConfig({ ...good, name: `${'ä'.repeat(15)}z` }))).toBe(`${'ä'.repeat(15)}z`);
  });
});
