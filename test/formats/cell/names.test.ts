import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  nameFlags,
  nameOf,
  nameProtocol,
  NAMES,
  type FlagNames,
  type ValueNames,
} from '../../../src/formats/cell/names.ts';
import type { Revision } from '../../../src/formats/cell/releases.ts';
import { RUNS } from '../../helpers/runs.ts';

const revisions = Object.keys(NAMES).map(Number) as Revision[];

test('every revision has its names', () => {
  expect(revisions).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
});

describe('constants that moved', () => {
  const names = (table: FlagNames, flags: bigint): string => nameFlags(table, flags).names.join(' ');

  test.each<[Revision, string]>([
    [3, 'io_unaligned'],
    [11, 'io_unaligned'],
    [12, 'no_hugepages'],
    [14, 'no_hugepages'],
  ])('memory flag 0x100 of revision %i is %s', (revision, name) => {
    expect(names(NAMES[revision].memoryFlags, 0x100n)).toBe(name);
  });

  test.each<[Revision, string]>([
    [3, 'debug_console'],
    [9, 'debug_console'],
    [10, 'test_device'],
    [14, 'test_device'],
  ])('cell flag 2 of revision %i is %s', (revision, name) => {
    expect(names(NAMES[revision].cellFlags, 2n)).toBe(name);
  });

  test.each<[Revision, string | null]>([
    [8, null],
    [9, 'test_device'],
    [10, null],
    [12, null],
    [13, 'aarch32'],
  ])('cell flag 4 of revision %i is %s', (revision, name) => {
    expect(nameFlags(NAMES[revision].cellFlags, 4n)).toEqual({
      value: 4n,
      names: name === null ? [] : [name],
      unknown: name === null ? 4n : 0n,
    });
  });

  test.each<[Revision, number, string | null]>([
    [3, 3, '8250'],
    [3, 4, 'pl011'],
    [4, 2, '8250'],
    [9, 1, 'vga'],
    [10, 1, 'efifb'],
    [12, 9, null],
    [13, 9, 'imx_lpuart'],
    [14, 10, 'scif'],
  ])('console type of revision %i, %i is %s', (revision, type, name) => {
    expect(nameOf(NAMES[revision].console.types, type)).toBe(name);
  });

  test.each<[Revision, number, string | null]>([
    [11, 0x100, 'veth'],
    [11, 0x8000, 'custom'],
    [11, 0x8001, 'custom:0x1'],
    [11, 1, null],
    [12, 1, 'veth'],
    [12, 0x100, null],
    [12, 0x4001, 'custom:0x1'],
    [12, 0x8001, 'virtio_front:net'],
    [14, 0x8000, 'virtio_front'],
    [14, 0xc003, 'virtio_back:console'],
    [14, 0xffff, 'virtio_back:0x3fff'],
    [14, 0x3fff, null],
  ])('shmem protocol of revision %i, %i is %s', (revision, protocol, name) => {
    expect(nameProtocol(NAMES[revision].shmemProtocols, protocol)).toBe(name);
  });
});

test('no two names of a table share a number, so that names can be read back', () => {
  for (const { memoryFlags, cellFlags, systemFlags, console, shmemProtocols } of Object.values(NAMES)) {
    const tables: (FlagNames | ValueNames)[] = [
      memoryFlags,
      cellFlags,
      systemFlags,
      console.types,
      console.flags,
      shmemProtocols.values,
    ];
    for (const table of tables) {
      const numbers = Object.values<number | bigint>(table);
      expect(new Set(numbers).size).toBe(numbers.length);
    }
    for (const mask of Object.values({ ...memoryFlags, ...console.flags })) {
      expect(mask & (mask - 1n), 'a single bit').toBe(0n);
    }
  }
});

test('names and unknown bits together are the flags', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...revisions),
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      (revision, flags) => {
        const table = NAMES[revision].memoryFlags;
        const { names, unknown } = nameFlags(table, flags);
        expect(names.reduce((sum, name) => sum | table[name]!, unknown)).toBe(flags);
      },
    ),
    { numRuns: RUNS },
  );
});
