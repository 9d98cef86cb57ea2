import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCellConfig } from '../../src/formats/cell/config.ts';
import { createCellConfig } from '../../src/formats/cell/create.ts';
import type { Plan } from '../../src/placement/types.ts';
import { drawBriefly, drawPlan, LETTERS } from '../../src/reports/plan-picture.ts';
import { makeCell } from '../helpers/cell-files.ts';
import { codeBlock, readPage, ROOT } from '../helpers/docs.ts';
import { EMPTY_DEVICE } from '../helpers/machine.ts';
import { RUNS } from '../helpers/runs.ts';

const MIB = 1n << 20n;
const RAM = 0x4fn;
const SHARED = 0x83n;

const planOf = (placed: Plan['placed']): Plan => ({
  architecture: 'x86',
  placement: 'upstream',
  load: [],
  entry: 0x1000200n,
  params: new Uint8Array(),
  placed,
  details: {},
});

/** RAM in two regions, an ivshmem device of four, a device with registers, and an initrd that is too large. */
const CELL = createCellConfig({
  revision: 14,
  architecture: 'x86',
  name: 'demo',
  cpus: [2],
  memoryRegions: [
    ...[0n, 1n, 2n, 3n].map((index) => ({
      phys_start: 0x3f000000n + index * 0x1000n,
      virt_start: 0x3f000000n + index * 0x1000n,
      size: 0x1000n,
      flags: SHARED,
    })),
    { phys_start: 0x3a000000n, virt_start: 0n, size: MIB, flags: RAM },
    { phys_start: 0n, virt_start: MIB, size: 0x1000n, flags: 0x23n },
    { phys_start: 0x3a200000n, virt_start: 2n * MIB, size: 62n * MIB, flags: RAM },
    { phys_start: 0xfebc0000n, virt_start: 0xfebc0000n, size: 0x20000n, flags: 0x13n },
  ],
  pciDevices: [
    { ...EMPTY_DEVICE, type: 3, bdf: 0x70, shmem_regions_start: 0, shmem_dev_id: 0, shmem_peers: 2 },
    { ...EMPTY_DEVICE, type: 1, bdf: 0x18 },
  ],
});
const PLAN = planOf([
  { label: 'loader and its stack', start: 0n, size: 0xa000n },
  { label: 'params', start: 0x1000n, size: 0x1151n },
  { label: 'kernel file', start: 0xfffc00n, size: 0x800000n },
  { label: 'kernel run area', start: 0x1000000n, size: 0x1400000n },
  { label: 'initrd', start: 0x3400000n, size: 0x1123456n },
]);

test.each([80, 120])('at %i columns', async (width) => {
  const lines = drawPlan(CELL, PLAN, width);
  expect(lines.filter((line) => line.length > width)).toEqual([]);
  const file = path.join(ROOT, `test/fixtures/reports/plan-${width}.txt`);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(file);
});

test('the page shows the picture', () => {
  expect(readPage('placement.md')).toContain(codeBlock(drawPlan(CELL, PLAN, 80).join('\n')));
});

test('says what sticks out and by how much, and what is in no RAM at all', () => {
  expect(drawPlan(CELL, PLAN, 80)).toContain('  !  initrd sticks out of region 6 by 5.13 MiB');
  const lost = planOf([{ label: 'initrd', start: 0x80000000n, size: MIB }]);
  expect(drawPlan(CELL, lost, 80)).toContain('  !  initrd is in no region of RAM: 0x80000000..0x80100000');
});

test('in short it is the bar of the RAM that the kernel is in', () => {
  expect(drawBriefly(CELL, PLAN, 80)).toMatch(/^0x200000 \|\.+K+r+\.+I+\|> 0x4000000, 29\.99 MiB free$/);
  expect(drawBriefly(CELL, PLAN, 80)!.length).toBe(80);
  expect(drawBriefly(CELL, planOf([]), 80)).toBeNull();
});

test('colours each run of letters as one', () => {
  const [, bar] = drawPlan(CELL, PLAN, 80, (letter, text) => `<${letter}${text.length}>`);
  expect(bar).toMatch(/^\|<P1><L\d><\.\d+>\|$/);
});

test('a cell without RAM has no bar', () => {
  const cell = parseCellConfig(makeCell({ memoryRegions: [] }));
  expect(drawPlan(cell, planOf([]), 80)).toEqual([]);
});

test('a bar is not wider than asked for, nor much narrower, whatever is in it', () => {
  const part = fc.record({
    label: fc.constantFrom('loader', 'params', 'device tree', 'kernel', 'kernel run area', 'initrd'),
    start: fc.bigInt({ min: 0n, max: 80n * MIB }),
    size: fc.bigInt({ min: 1n, max: 80n * MIB }),
  });
  const parts = fc.uniqueArray(part, { selector: ({ label }) => label, maxLength: 6 });
  const cell = parseCellConfig(makeCell());
  fc.assert(
    fc.property(parts, fc.integer({ min: 40, max: 200 }), (placed, width) => {
      const bars = drawPlan(cell, planOf(placed), width).filter((line) => line.startsWith('|'));
      expect(bars).toHaveLength(2);
      for (const bar of bars) {
        expect(bar.length).toBeLessThanOrEqual(width);
        expect(bar.length).toBeGreaterThan(width / 2);
        expect(bar).toMatch(new RegExp(`^\\|[${Object.values(LETTERS).join('')}]+\\|>?$`));
      }
    }),
    { numRuns: RUNS },
  );
});
