import { describe, expect, test } from 'vitest';
import {
  commRegion,
  highRam,
  problemsOf,
  RAM,
  region,
  type RequestShape,
  WITH_ACPI,
  WITHOUT_ACPI,
} from '../../helpers/x86-request.ts';

const lowRamUpTo = (end: bigint) => [region(0n, end), commRegion, highRam];

const severities = (shape: RequestShape): string[] =>
  problemsOf(shape).map(({ code, severity }) => `${code} ${severity}`);

describe('low RAM that ends before 1 MiB', () => {
  const regions = lowRamUpTo(0xa0000n);

  test('is an error with CONFIG_ACPI and without it, and a warning where the config is not known', () => {
    expect(severities({ regions, config: WITH_ACPI })).toEqual(['placement/low-ram error']);
    expect(severities({ regions, config: WITHOUT_ACPI })).toEqual(['placement/low-ram error']);
    expect(severities({ regions, config: null })).toEqual(['placement/low-ram warning']);
  });

  test('without ACPI the kernel looks for ROMs, and for tables of CPUs behind them', () => {
    expect(problemsOf({ regions, config: WITHOUT_ACPI })).toMatchObject([
      {
        message:
          'the kernel looks for ROMs and tables at 0xc0000..0x100000, and the cell has no memory at 0xc0000..0x100000',
        symptom: 'FATAL: Invalid MMIO/RAM read, addr: 0xc0000 size: 2',
      },
    ]);
    expect(problemsOf({ regions: lowRamUpTo(0xf0000n), config: WITHOUT_ACPI })).toMatchObject([
      { severity: 'error', symptom: 'FATAL: Invalid MMIO/RAM read, addr: 0xf0000 size: 4' },
    ]);
  });

  test('is told with the first address that the kernel reads in vain', () => {
    expect(problemsOf({ regions, config: WITH_ACPI })).toMatchObject([
      {
        message:
          'the kernel, which has CONFIG_ACPI, looks for ACPI at 0xe0000..0x100000, and the cell has no memory at 0xe0000..0x100000',
        symptom: 'FATAL: Invalid MMIO/RAM read, addr: 0xe0000 size: 1',
      },
    ]);
    expect(problemsOf({ regions: lowRamUpTo(0xf8000n), config: WITH_ACPI })).toMatchObject([
      { symptom: 'FATAL: Invalid MMIO/RAM read, addr: 0xf8000 size: 1' },
    ]);
  });

  test('is fine if other memory that the cell can read is there', () => {
    const rom = region(0xc0000n, 0x40000n, 1n);
    expect(severities({ regions: [...regions, rom], config: WITH_ACPI })).toEqual([]);
  });
});

test('low RAM up to 1 MiB is fine with ACPI, in one region or in several', () => {
  expect(severities({ regions: lowRamUpTo(1n << 20n), config: WITH_ACPI })).toEqual([]);
  const split = [region(0n, 0xe8000n), region(0xe8000n, 0x18000n, RAM), commRegion, highRam];
  expect(severities({ regions: split, config: WITH_ACPI })).toEqual([]);
});

test('a loader elsewhere needs no low RAM, but the kernel does, with ACPI or without', () => {
  const shape: RequestShape = { revision: 8, resetAddress: 0x200000n, regions: [commRegion, highRam] };
  for (const known of [WITH_ACPI, WITHOUT_ACPI, null]) {
    expect(problemsOf({ ...shape, config: known })).toMatchObject([
      {
        code: 'placement/low-ram',
        severity: 'error',
        symptom: 'Kernel panic - not syncing: Real mode trampoline was not allocated',
      },
    ]);
  }
});

test('where the loader has no RAM either, that alone is told', () => {
  expect(severities({ regions: [commRegion, highRam], config: WITH_ACPI })).toEqual([
    'placement/no-ram error',
  ]);
});
