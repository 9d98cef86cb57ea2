import { expect, test } from 'vitest';
import { drawMemoryMap } from '../../src/placement/memory-map.ts';
import { planX86 } from '../../src/placement/x86/plan.ts';
import { commRegion, highRam, lowRam, region, requestFor } from '../helpers/x86-request.ts';

const MIB = 1n << 20n;

test('the first error carries the map, with what does not fit', () => {
  const { diagnostics } = planX86(
    requestFor({ initrdSize: 20n * MIB, regions: [lowRam, commRegion, region(0x200000n, 30n * MIB)] }),
  );
  expect(diagnostics[0]!.detail).toBe(
    [
      '      0x0.. 0x100000      1 MiB  region 0: RAM (read write execute dma loadable)',
      '      0x0..   0xa000     40 KiB    loader and its stack',
      '   0x1000..   0x2141   4.31 KiB    params',
      ' 0x100000.. 0x101000      4 KiB  region 1: comm region (read write comm_region)',
      ' 0x200000..0x2000000     30 MiB  region 2: RAM (read write execute dma loadable)',
      ' 0xffc000..0x1159400   1.36 MiB    kernel file',
      '0x1000000..0x1dc0000  13.75 MiB    kernel run area',
      '0x1dc0000..0x31c0000     20 MiB    initrd  <- ends 17.75 MiB after region 2',
    ].join('\n'),
  );
  expect(diagnostics.filter(({ detail }) => detail !== undefined)).toHaveLength(1);
});

test('what lies in no region says so; empty regions are left out', () => {
  const { cell } = requestFor({ regions: [region(0x1000n, 0n), commRegion] });
  expect(drawMemoryMap(cell, [{ label: 'params', start: 0x1000n, size: 1n }])).toBe(
    [
      '  0x1000..  0x1001  1 byte    params  <- outside every region',
      '0x100000..0x101000   4 KiB  region 1: comm region (read write comm_region)',
    ].join('\n'),
  );
});

test('in a long map, memory that the plan does not touch is only counted', () => {
  const devices = Array.from({ length: 30 }, (_, index) =>
    region(0xf0000000n + BigInt(index) * 0x1000n, 0x1000n, 0x13n),
  );
  const { cell } = requestFor({ regions: [lowRam, commRegion, ...devices, highRam] });
  const lines = drawMemoryMap(cell, [{ label: 'initrd', start: 0xf0003000n, size: 0x10n }]).split('\n');
  expect(lines).toHaveLength(6);
  expect(lines.map((line) => line.replace(/.*iB {2}|.*bytes {2}/, ''))).toEqual([
    'region 0: RAM (read write execute dma loadable)',
    'region 1: comm region (read write comm_region)',
    'region 32: RAM (read write execute dma loadable)',
    'region 5: other memory (read write io)',
    '  initrd',
    '(29 regions of other memory are not shown)',
  ]);
});

test('130,000 regions are drawn, and planned with, without running out of stack or time', () => {
  const many = Array.from({ length: 130_000 }, (_, index) => region(BigInt(index) * 0x800n, 0x1000n, 0x13n));
  const { diagnostics } = planX86(requestFor({ regions: [...many, lowRam, commRegion, highRam] }));
  expect(diagnostics.map(({ code }) => code)).toContain('placement/regions-overlap');
});
