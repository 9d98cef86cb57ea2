import fc from 'fast-check';
import { expect, test } from 'vitest';
import { supportOf } from '../../../src/placement/architectures.ts';
import type { MemoryRegion } from '../../../src/formats/cell/records.ts';
import type { PlanRequest } from '../../../src/placement/request.ts';
import type { Placement } from '../../../src/base/choices.ts';
import type { Plan } from '../../../src/placement/types.ts';
import {
  arm64Kernel,
  arm64Request,
  armCell,
  armRegion,
  commRegion,
  MIB,
  partsOf,
  uartRegion,
} from '../../helpers/arm-request.ts';
import { dtbOf } from '../../helpers/trees.ts';
import { oneIn } from '../../helpers/runs.ts';

// A second opinion on arm64 plans, from the format description and the boot protocol alone.

type Interval = readonly [start: bigint, end: bigint];

const meet = (a: Interval, b: Interval): boolean => a[0] < b[1] && b[0] < a[1];
const inside = (inner: Interval, { virt_start, size }: MemoryRegion): boolean =>
  virt_start <= inner[0] && inner[1] <= virt_start + size;

/** `jailhouse cell load` takes the first region that holds the start. */
function isLoadable(image: Interval, regions: readonly MemoryRegion[]): boolean {
  const home = regions.find((each) => each.virt_start <= image[0] && image[0] < each.virt_start + each.size);
  return home !== undefined && (home.flags & 0x42n) === 0x42n && inside(image, home);
}

/** What is wrong with a plan that is said to boot. */
function objections(request: PlanRequest, plan: Plan, memory: bigint, textOffset: bigint): string[] {
  const wrong: string[] = [];
  const want = (holds: boolean, what: string): void => void (holds || wrong.push(what));
  const regions = request.cell.memoryRegions;
  const images = Object.entries(partsOf(plan)).map(([name, { start, size }]): [string, Interval] => [
    name,
    [start, start + size],
  ]);
  const named = new Map(images);
  for (const [name, image] of images) want(isLoadable(image, regions), `${name} is loadable`);

  const kernel = named.get('kernel')!;
  const runEnd = kernel[0] + memory > kernel[1] ? kernel[0] + memory : kernel[1];
  const used: [string, Interval][] = [
    ['loader', [0n, 0x10000n]],
    ['kernel', [kernel[0], runEnd]],
    ['dtb', named.get('params')!],
  ];
  const initrd = named.get('initrd');
  if (initrd) used.push(['initrd', initrd]);
  for (const [name, interval] of used.slice(1)) {
    const isRam = (each: MemoryRegion): boolean => (each.flags & 0xbfn) === 0x0fn;
    want(
      regions.some((each) => isRam(each) && inside(interval, each)),
      `${name} lies in RAM`,
    );
  }
  used.forEach(([a, one], index) => {
    for (const [b, other] of used.slice(index + 1)) want(!meet(one, other), `${a} and ${b} are apart`);
  });
  want(kernel[0] % (2n * MIB) === textOffset, 'the kernel is at its text_offset');
  want(named.get('params')![0] % 8n === 0n, 'the DTB is aligned');
  want(plan.entry === kernel[0], 'the entry is the kernel');
  return wrong;
}

/** Regions that do not overlap in the guest: RAM and other memory of any size, with gaps. */
const anyRegions = fc
  .array(
    fc.record({
      pages: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 256, max: 6000 })),
      gap: fc.integer({ min: 0, max: 700 }),
      flags: fc.constantFrom(0x4fn, 0x4fn, 0x4fn, 0x0fn, 0x47n, 0x13n, 0x23n),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((given) => {
    let at = 0x10000n;
    return given.map(({ pages, gap, flags }) => {
      const start = at + BigInt(gap) * 0x1000n;
      at = start + BigInt(pages) * 0x1000n;
      return armRegion(start, BigInt(pages) * 0x1000n, flags);
    });
  });

const anyCase = fc.record({
  regions: anyRegions,
  lowRam: fc.boolean(),
  size: fc.integer({ min: 0x400, max: 2 << 20 }),
  extra: fc.integer({ min: 0, max: 4 << 20 }),
  textOffset: fc.constantFrom(0n, 0x80000n),
  initrdSize: fc.option(fc.integer({ min: 1, max: 6 << 20 }).map(BigInt)),
  cmdline: fc.integer({ min: 0, max: 9000 }).map((length) => 'x'.repeat(length)),
  placement: fc.constantFrom<Placement>('exact', 'exact', 'upstream'),
});

const DTB = dtbOf({ '#address-cells': [2], '#size-cells': [2], compatible: 'acme,board' });

test('what is said to boot does: every plan without an error has no objection', () => {
  let fine = 0;
  fc.assert(
    fc.property(anyCase, ({ regions, lowRam, size, extra, textOffset, ...given }) => {
      const memory = BigInt(size + extra);
      const low = lowRam ? [armRegion(0n, 0x10000n)] : [];
      const cell = armCell({ memoryRegions: [...regions, uartRegion, commRegion, ...low] });
      const request = arm64Request({
        cell,
        kernel: arm64Kernel(size, memory, textOffset),
        dtb: DTB,
        ...given,
      });
      const { plan, diagnostics } = supportOf('arm64').plan(request);
      if (plan === null || diagnostics.some(({ severity }) => severity === 'error')) return;
      fine++;
      expect(objections(request, plan, memory, textOffset)).toEqual([]);
    }),
    { numRuns: oneIn(3) },
  );
  expect(fine).toBeGreaterThan(oneIn(3) / 15);
});

test('exact placement serves whatever upstream’s serves', () => {
  let served = 0;
  fc.assert(
    fc.property(anyCase, ({ regions, size, extra, textOffset, ...given }) => {
      const cell = armCell({ memoryRegions: [...regions, uartRegion, commRegion, armRegion(0n, 0x10000n)] });
      const request = arm64Request({
        cell,
        kernel: arm64Kernel(size, BigInt(size + extra), textOffset),
        dtb: DTB,
        ...given,
      });
      const boots = (placement: Placement): boolean =>
        supportOf('arm64')
          .plan({ ...request, placement })
          .diagnostics.every(({ severity }) => severity !== 'error');
      if (!boots('upstream')) return;
      served++;
      expect(boots('exact')).toBe(true);
    }),
    { numRuns: oneIn(4) },
  );
  expect(served).toBeGreaterThan(oneIn(4) / 40);
});
