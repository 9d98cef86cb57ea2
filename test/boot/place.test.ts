import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { overlaps } from '../../src/base/ranges.ts';
import { BOX_KINDS } from '../../src/boot/blob.ts';
import { BOX_LAYOUTS } from '../../src/boot/memory.ts';
import { placeCell, QEMU_PL011, qemuAddress } from '../../src/boot/place.ts';
import { readHeader } from '../helpers/c-header.ts';
import { ROOT } from '../helpers/docs.ts';
import { refusalOf } from '../helpers/input-error.ts';
import { RUNS } from '../helpers/runs.ts';
import { commRegion, highRam, lowRam, region } from '../helpers/x86-request.ts';

const MIB = 1n << 20n;
const GIB = 1n << 30n;
const IO = 0x13n;
const NO_UART = { uart: null };

test('memory is laid out as monitor/blob.h says', () => {
  const { numbers } = readHeader(readFileSync(path.join(ROOT, 'monitor/blob.h'), 'utf8'));
  expect(BOX_LAYOUTS.x86).toMatchObject({
    blob: numbers.BOX_X86_BLOB,
    comm: numbers.BOX_X86_COMM,
    cell: numbers.BOX_X86_CELL,
  });
  expect(BOX_LAYOUTS.arm64).toMatchObject({
    blob: numbers.BOX_ARM64_BLOB,
    comm: numbers.BOX_ARM64_COMM,
    cell: numbers.BOX_ARM64_CELL,
  });
  expect(QEMU_PL011).toBe(numbers.BOX_ARM64_PL011);
});

describe('x86', () => {
  test('RAM begins as far behind a large page as in the cell; physical addresses do not matter', () => {
    const { regions, memory } = placeCell([lowRam, commRegion, highRam], 'x86', NO_UART);
    expect(regions).toEqual([
      { virt: 0n, backing: 0x80_0000n, size: MIB, flags: lowRam.flags, kind: BOX_KINDS.ram, reserved: 0 },
      {
        virt: MIB,
        backing: 0x28_0000n,
        size: 0x1000n,
        flags: commRegion.flags,
        kind: BOX_KINDS.comm,
        reserved: 0,
      },
      {
        virt: 2n * MIB,
        backing: 0xa0_0000n,
        size: 73n * MIB,
        flags: highRam.flags,
        kind: BOX_KINDS.ram,
        reserved: 0,
      },
    ]);
    expect(memory).toBe(84n * MIB);
  });

  test('what does not fit below 2 GiB goes to 4 GiB, where q35 has the rest of its memory', () => {
    const high = region(0x1_0000_0000n, 3n * GIB);
    const { ram, memory } = placeCell([lowRam, high], 'x86', NO_UART);
    expect(ram).toEqual([0x80_0000n, 4n * GIB]);
    expect(memory).toBe(5n * GIB);
    // Less than 2.75 GiB would be in one part.
    const small = placeCell([region(0n, 2000n * MIB), region(GIB * 4n, 100n * MIB)], 'x86', NO_UART);
    expect(small).toMatchObject({ ram: [0x80_0000n, 4n * GIB], memory: 3n * GIB });
  });

  test('devices are a scratch page, the later region is over the earlier', () => {
    const device = region(0x40_0000n, 0x2000n, IO);
    const { regions, ram } = placeCell([highRam, device], 'x86', NO_UART);
    expect(regions.map(({ virt, backing, size, kind }) => [virt, backing, size, kind])).toEqual([
      [0x20_0000n, 0x80_0000n, 0x20_0000n, BOX_KINDS.ram],
      [0x40_0000n, 0n, 0x2000n, BOX_KINDS.scratch],
      [0x40_2000n, 0xa0_2000n, 71n * MIB - 0x2000n, BOX_KINDS.ram],
    ]);
    expect(ram).toEqual([0x80_0000n, null]);
  });
});

describe('arm64', () => {
  const ram = { ...region(0x7000_0000n, 64n * MIB), phys_start: 5n * GIB };
  const uart = { start: 0x3021_5040n, size: 0x40n };

  test('the page of the tree’s UART is QEMU’s, whatever its region looks like', () => {
    const wide = region(0x3021_0000n, 0x1_0000n, IO);
    const placed = placeCell([ram, wide], 'arm64', { uart });
    expect(placed.regions.map(({ virt, backing, size, kind }) => [virt, backing, size, kind])).toEqual([
      [0x3021_0000n, 0n, 0x5000n, BOX_KINDS.scratch],
      [0x3021_5000n, QEMU_PL011, 0x1000n, BOX_KINDS.device],
      [0x3021_6000n, 0n, 0xa000n, BOX_KINDS.scratch],
      [0x7000_0000n, 0x4100_0000n, 64n * MIB, BOX_KINDS.ram],
    ]);
    const small = placeCell([region(uart.start, uart.size, IO)], 'arm64', { uart });
    expect(small.regions).toMatchObject([{ virt: 0x3021_5000n, backing: QEMU_PL011, size: 0x1000n }]);
    const likeRam = placeCell([region(0x3021_5000n, 0x1000n, 0x3n)], 'arm64', { uart });
    expect(likeRam.regions).toMatchObject([{ backing: QEMU_PL011, flags: 0x3n }]);
  });

  test('a UART that the cell does not have is not there', () => {
    const { regions } = placeCell([ram], 'arm64', { uart });
    expect(regions).toHaveLength(1);
  });

  test('what is not whole pages is dispatched, as Jailhouse does, and never RAM', () => {
    const odd = region(0x7000_0010n, 64n * MIB);
    expect(placeCell([odd], 'arm64', NO_UART)).toMatchObject({
      regions: [{ virt: 0x7000_0010n, size: 64n * MIB, backing: odd.phys_start, kind: BOX_KINDS.dispatched }],
      ram: [null],
    });
    const timer = region(0x3021_5100n, 0x80n, IO);
    const beside = placeCell([timer, region(uart.start, uart.size, IO)], 'arm64', { uart });
    expect(beside.regions).toMatchObject([{ virt: 0x3021_5000n, size: 0x1000n, backing: QEMU_PL011 }]);
  });
});

test('more pieces than a monitor takes are refused', () => {
  const devices = Array.from({ length: 65 }, (_, index) => region(BigInt(index) * 0x2000n, 0x1000n, IO));
  const many = [region(0n, MIB), ...devices];
  expect(refusalOf(() => placeCell(many, 'x86', NO_UART))).toBe(
    'boot/too-large: the cell has 130 pieces of memory',
  );
});

test('a cell of hostile size is refused at once', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => region(BigInt(index) * 0x2000n, 0x1000n));
  expect(refusalOf(() => placeCell(many, 'x86', NO_UART))).toBe(
    'boot/too-large: the cell has 10000 memory regions',
  );
  const huge = [region(0n, 1n << 40n)];
  expect(refusalOf(() => placeCell(huge, 'x86', NO_UART))).toBe(
    'boot/too-large: the cell has more memory than the box can play',
  );
  expect(placeCell(huge, 'arm64', NO_UART).memory).toBe((1n << 40n) + 16n * MIB);
  expect(refusalOf(() => placeCell([region(0n, (1n << 63n) - 0x1000n)], 'arm64', NO_UART))).toBe(
    'boot/too-large: the cell has more memory than the box can play',
  );
});

describe('memory that the machine has once', () => {
  const at = (virt: bigint, phys: bigint, size: bigint) => ({ ...region(virt, size), phys_start: phys });

  test('is in QEMU once, wherever the cell sees it', () => {
    const { ram } = placeCell(
      [at(0n, GIB, MIB), at(0x4000_0000n, GIB + 0x8_0000n, MIB), at(0x5000_0000n, GIB, 0x1000n)],
      'x86',
      NO_UART,
    );
    expect(ram).toEqual([0x80_0000n, 0x88_0000n, 0x80_0000n]);
  });

  test('fits the large pages of the largest region', () => {
    const { ram } = placeCell(
      [at(0x10_0000n, GIB, 0x2000n), at(0x20_0000n, GIB + 0x1000n, 64n * MIB)],
      'arm64',
      NO_UART,
    );
    expect(ram).toEqual([0x411f_f000n, 0x4120_0000n]);
  });

  test('of two regions at one address, the later is mapped, and the first is loaded to', () => {
    const cell = [at(0n, GIB, MIB), at(0n, 2n * GIB, MIB)];
    const placed = placeCell(cell, 'x86', NO_UART);
    expect(placed.regions).toMatchObject([{ virt: 0n, backing: 0xa0_0000n, size: MIB }]);
    expect(qemuAddress(placed, cell, 0x1000n)).toBe(0x80_1000n);
  });
});

const random = fc.record({
  start: fc.nat(200),
  size: fc.integer({ min: 1, max: 600 }),
  physical: fc.nat(4000),
  page: fc.nat(511),
});

test('regions share memory of QEMU where they share the machine’s, all within `-m`; large pages fit', () => {
  fc.assert(
    fc.property(
      fc.array(random, { maxLength: 8 }),
      fc.constantFrom('x86', 'arm64'),
      (wanted, architecture) => {
        const cell = wanted.map(({ start, size, physical, page }) => ({
          ...region(BigInt(start) * 16n * MIB, BigInt(size) * MIB),
          phys_start: BigInt(physical) * MIB + BigInt(page) * 0x1000n,
        }));
        const { ram, memory } = placeCell(cell, architecture, NO_UART);
        const { ram: from, cell: first, split } = BOX_LAYOUTS[architecture];
        const end = split !== null && memory >= 3n * GIB ? memory + split.end : from + memory;
        const taken = cell.map(({ size }, index) => ({ start: ram[index]!, size }));
        const machine = cell.map(({ phys_start, size }) => ({ start: phys_start, size }));
        for (const [index, range] of taken.entries()) {
          expect(range.start).toBeGreaterThanOrEqual(first);
          expect(range.start + range.size).toBeLessThanOrEqual(end);
          if (split !== null) {
            expect(range.start >= split.resume || range.start + range.size <= split.end).toBe(true);
          }
          let isAlone = true;
          for (const [other, range2] of taken.entries()) {
            if (other === index) continue;
            const shares = overlaps(machine[index]!, machine[other]!);
            if (shares) isAlone = false;
            if (shares)
              expect(range.start - range2.start).toBe(machine[index]!.start - machine[other]!.start);
            else expect(overlaps(range, range2)).toBe(false);
          }
          if (isAlone) expect((range.start - cell[index]!.virt_start) % (2n * MIB)).toBe(0n);
          expect(qemuAddress({ regions: [], ram, memory }, cell, cell[index]!.virt_start)).not.toBeNull();
        }
      },
    ),
    { numRuns: RUNS },
  );
});
