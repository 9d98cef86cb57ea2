import { describe, expect, test } from 'vitest';
import type { Revision } from '../../../src/formats/cell/releases.ts';
import type { SetupHeader } from '../../../src/formats/kernel/bzimage.ts';
import {
  setupDataJlhs,
  setupDataVersion1,
  setupDataVersion2,
} from '../../../src/placement/x86/setup-data.ts';
import { planX86 } from '../../../src/placement/x86/plan.ts';
import {
  commRegion,
  highRam,
  lowRam,
  region,
  requestFor,
  type RequestShape,
  WITHOUT_ACPI,
} from '../../helpers/x86-request.ts';

const codesOf = (shape: RequestShape): string[] =>
  planX86(requestFor(shape)).diagnostics.map(({ code }) => code);

/** Its own limit does not matter here. */
const ANY_CMDLINE = { cmdline_size: 1 << 30 };

describe.each<[Revision, number]>([
  [3, 40668],
  [4, 40668],
  [9, 7895],
  [10, 7895],
  [12, 7891],
  [13, 7891],
  [14, 7891],
])('revision %i', (revision, longest) => {
  test(`leaves ${longest} bytes for the cmdline`, () => {
    expect(codesOf({ revision, header: ANY_CMDLINE, cmdline: 'x'.repeat(longest) })).toEqual([]);
    expect(codesOf({ revision, header: ANY_CMDLINE, cmdline: 'x'.repeat(longest + 1) })).toEqual([
      'placement/cmdline',
    ]);
  });

  test('counts bytes of UTF-8, not characters', () => {
    const cmdline = 'ä'.repeat(Math.ceil(longest / 2) + 1);
    expect(codesOf({ revision, header: ANY_CMDLINE, cmdline })).toEqual(['placement/cmdline']);
  });
});

test('revision 8 leaves the cmdline all of its low RAM', () => {
  const longest = 0x100000 - 0x6000 - 4096 - 296 - 1;
  const shape: RequestShape = { revision: 8, header: ANY_CMDLINE };
  expect(codesOf({ ...shape, cmdline: 'x'.repeat(longest) })).toEqual([]);
  expect(codesOf({ ...shape, cmdline: 'x'.repeat(longest + 1) })).toEqual(['placement/cmdline']);
  const { diagnostics } = planX86(requestFor({ ...shape, cmdline: 'x'.repeat(longest + 1) }));
  expect(diagnostics[0]).toMatchObject({
    message: `the cmdline has ${longest + 1} bytes: its memory region leaves ${longest}`,
    symptom: 'JAILHOUSE_CELL_LOAD: Invalid argument',
  });
});

test("the kernel's own limit counts as well, and the smaller of the two is asked for", () => {
  const both = planX86(requestFor({ cmdline: 'x'.repeat(8000) })).diagnostics;
  expect(both).toHaveLength(1);
  expect(both[0]).toMatchObject({
    code: 'placement/cmdline',
    message:
      "the cmdline has 8000 bytes: the loader's memory leaves 7891, the kernel reads 2047 (cmdline_size)",
    requested: 'at most 2047 bytes',
    path: ['cmdline'],
  });
  expect(codesOf({ cmdline: 'x'.repeat(2047) })).toEqual([]);
  expect(codesOf({ cmdline: 'x'.repeat(2048) })).toEqual(['placement/cmdline']);
  expect(codesOf({ cmdline: 'x', header: { cmdline_size: 0 } })).toEqual(['placement/cmdline']);
  expect(codesOf({ cmdline: '', header: { cmdline_size: 0 } })).toEqual([]);
});

describe.each<[Revision, bigint, bigint]>([
  [3, 0xf0000n, 0x10000n],
  [4, 0xf0000n, 0x10000n],
  [9, 0n, 0xa000n],
  [10, 0n, 0xa000n],
  [12, 0n, 0xa000n],
  [13, 0n, 0xa000n],
  [14, 0n, 0xa000n],
])('the loader of revision %i', (revision, start, size) => {
  test('asks for its RAM, to the byte', () => {
    // Where the kernel looks for ROMs.
    const roms = region(0xc0000n, start === 0n ? 0x40000n : 0x30000n, 1n);
    const withLow = (low: bigint, bytes: bigint): string[] =>
      codesOf({ revision, regions: [region(low, bytes), roms, commRegion, highRam], config: WITHOUT_ACPI });
    expect(withLow(start, size)).toEqual([]);
    expect(withLow(start, size - 1n)).toEqual(['placement/no-ram']);
    expect(withLow(start + 1n, size - 1n)).toContain('placement/no-ram');
  });

  test('is no larger than that', () => {
    expect(codesOf({ revision, loaderSize: size })).toEqual([]);
    expect(codesOf({ revision, loaderSize: size + 1n })).toEqual(['placement/loader']);
  });
});

test('revision 8 puts loader and params where the cell resets to', () => {
  const reset = 0x2345000n;
  const shape: RequestShape = { revision: 8, resetAddress: reset, cmdline: '', loaderSize: 0x6000n };
  const needs = 0x6000n + 4096n + 296n + 1n;
  const { plan, diagnostics } = planX86(
    requestFor({
      ...shape,
      regions: [lowRam, commRegion, region(reset, needs), region(0x3e00000n, 66n << 20n)],
      header: { pref_address: 0x4000000n },
    }),
  );
  expect(diagnostics).toEqual([]);
  expect(plan!.load.map((item) => item.address)).toEqual([reset, 0x3ffc000n, 0x4dc0000n, reset + 0x6000n]);
  expect(
    codesOf({
      ...shape,
      regions: [lowRam, commRegion, region(reset, needs - 1n), region(0x3e00000n, 66n << 20n)],
      header: { pref_address: 0x4000000n },
    }),
  ).toEqual(['placement/no-ram']);
  expect(codesOf({ revision: 8, loaderSize: 0x6001n })).toEqual(['placement/loader']);
  expect(codesOf({ revision: 8, resetAddress: 1n << 33n })).toEqual(['placement/params']);
  expect(codesOf({ revision: 8, resetAddress: (1n << 64n) - 1n, placement: 'upstream' })).toEqual([
    'placement/params',
  ]);
});

test('from revision 9 on the cell must reset to 0', () => {
  for (const revision of [9, 10, 12, 13, 14] as const) {
    expect(codesOf({ revision, resetAddress: 0x1000n })).toEqual(['placement/reset-address']);
  }
});

test('revisions without a release are not planned', () => {
  for (const revision of [5, 6, 7, 11] as const) {
    const { plan, diagnostics } = planX86(requestFor({ revision }));
    expect(plan).toBeNull();
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({
      code: 'placement/release',
      requested: 'one of the revisions 3, 4, 8, 9, 10, 12, 13, 14',
      actual: `revision ${revision}`,
    });
  }
});

test('the e820 takes 2 to 128 entries', () => {
  const extra = (count: number) =>
    Array.from({ length: count }, (_, index) => region(0x10000000n + BigInt(index) * 0x2000n, 0x1000n));
  const regions = [lowRam, commRegion, highRam];
  expect(codesOf({ regions: [...regions, ...extra(125)] })).toEqual([]);
  const { plan, diagnostics } = planX86(requestFor({ regions: [...regions, ...extra(126)] }));
  expect(plan).toBeNull();
  expect(diagnostics).toMatchObject([{ code: 'placement/e820', requested: 'at most 128', actual: '129' }]);
  expect(codesOf({ regions: [region(0n, 64n << 20n)] })).toEqual(['placement/comm-region', 'placement/e820']);
});

test('setup_data has the sizes and offsets of each release', () => {
  expect(setupDataJlhs.size).toBe(275);
  expect(setupDataJlhs.offsets).toEqual({
    next: 0,
    type: 8,
    len: 12,
    pm_timer_address: 16,
    num_cpus: 18,
    cpu_ids: 20,
  });
  const version1 = {
    next: 0,
    type: 8,
    len: 12,
    version: 16,
    compatible_version: 18,
    pm_timer_address: 20,
    num_cpus: 22,
    pci_mmconfig_base: 24,
    tsc_khz: 32,
    apic_khz: 36,
    standard_ioapic: 40,
    cpu_ids: 41,
  };
  expect(setupDataVersion1.size).toBe(296);
  expect(setupDataVersion1.offsets).toEqual(version1);
  expect(setupDataVersion2.size).toBe(300);
  expect(setupDataVersion2.offsets).toEqual({ ...version1, flags: 296 });
});

test.each([
  [3, { type: 0x53484c4a, len: 259 }],
  [4, { type: 0x53484c4a, len: 259 }],
  [8, { type: 6, len: 280, version: 1, compatible: 1 }],
  [9, { type: 6, len: 280, version: 1, compatible: 1 }],
  [10, { type: 6, len: 280, version: 1, compatible: 1 }],
  [12, { type: 6, len: 284, version: 2, compatible: 1 }],
  [13, { type: 6, len: 284, version: 2, compatible: 1 }],
  [14, { type: 6, len: 284, version: 2, compatible: 1 }],
] as const)('setup_data of revision %i', (revision, { type, len, ...versions }) => {
  const request = requestFor({ revision });
  request.cell.irqchips.push({ address: 0xfec00000n, id: 1, pin_base: 0, pin_bitmap: [1, 0, 0, 0] });
  request.cell.pio =
    'regions' in request.cell.pio
      ? {
          regions: [
            { base: 0x3f8, length: 8 },
            { base: 0x3e8, length: 8 },
            { base: 0x2f8, length: 16 },
          ],
        }
      : request.cell.pio;
  const { params } = planX86(request).plan!;
  const node = new DataView(params.buffer, 0x1000);
  expect([node.getUint32(8, true), node.getUint32(12, true)]).toEqual([type, len]);
  if ('version' in versions) {
    expect([node.getUint16(16, true), node.getUint16(18, true)]).toEqual([
      versions.version,
      versions.compatible,
    ]);
    expect(node.getUint8(40)).toBe(1);
  }
  // ttyS0 and ttyS2; the third region is no UART, having sixteen ports.
  if (len === 284) expect(node.getUint32(296, true)).toBe(0b101);
});

test.each<[string, Partial<SetupHeader>, string[]]>([
  ['a 32-bit kernel', { xloadflags: 0 }, ['kernel/32-bit']],
  ['an older one, which does not say', { version: 0x20b, xloadflags: 0 }, []],
  ['a zImage', { loadflags: 0 }, ['kernel/not-bzimage']],
])('%s', (_what, header, codes) => {
  for (const placement of ['exact', 'upstream'] as const) {
    const { plan, diagnostics } = planX86(requestFor({ header, placement, initrdSize: null }));
    expect(diagnostics.map(({ code }) => code)).toEqual(codes);
    expect(plan === null).toBe(codes.length > 0);
  }
});

test('an initrd that only initrd_addr_max keeps out asks for no RAM', () => {
  const [problem] = planX86(
    requestFor({ initrdSize: 20n << 20n, header: { initrd_addr_max: 0x1ffffff } }),
  ).diagnostics;
  expect(problem).toMatchObject({
    code: 'placement/initrd',
    fix: 'use a kernel with a higher initrd_addr_max, or shrink the initrd',
  });
  expect(problem!.requested).toContain('initrd_addr_max (0x1ffffff)');
  expect(problem!.symptom).toBeUndefined();
});

test('an init_size that no address would fit is not blamed on pref_address', () => {
  const codes = codesOf({ initrdSize: null, header: { init_size: 0xffffffff } });
  expect(codes).toContain('placement/init-size');
  expect(codes).not.toContain('placement/pref-address');
  expect(
    codesOf({ initrdSize: null, header: { pref_address: 0x80000000n, init_size: 0x80000001 } }),
  ).toContain('placement/pref-address');
});
