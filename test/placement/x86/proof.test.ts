import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MemoryRegion } from '../../../src/formats/cell/records.ts';
import { hasErrors } from '../../../src/base/diagnostic.ts';
import { planX86 } from '../../../src/placement/x86/plan.ts';
import { isLoadable, objections } from '../../helpers/x86-oracle.ts';
import {
  COMM,
  commRegion,
  highRam,
  LOADABLE,
  lowRam,
  RAM,
  region,
  RELEASED,
  requestFor,
  type RequestShape,
} from '../../helpers/x86-request.ts';
import { oneIn, RUNS } from '../../helpers/runs.ts';

const GIB4 = 1n << 32n;

/** Addresses where something begins or ends, one more, one less, and any at all. */
const address = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        0n,
        0x1000n,
        0x4000n,
        0x6000n,
        0xa000n,
        0xf0000n,
        0x100000n,
        0x101000n,
        0x200000n,
        0xffc000n,
        0x1000000n,
        0x1dc0000n,
        0x1dc1000n,
        0x2285000n,
        GIB4,
        1n << 63n,
      ),
      fc.constantFrom(0n, 0n, 0n, 1n, -1n, 0x1000n, -0x1000n),
    )
    .map(([value, delta]) => (value + delta < 0n ? 0n : value + delta)),
  fc.bigInt({ min: 0n, max: 0x4000000n }),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
);
const flags = fc.oneof(
  { weight: 4, arbitrary: fc.constant(RAM | LOADABLE) },
  { weight: 1, arbitrary: fc.constantFrom(RAM, 0x07n | LOADABLE, 0x03n | COMM, 0x83n, 0xcfn, 0x8003n, 0n) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 0x1ffn }) },
);
const anyRegion: fc.Arbitrary<MemoryRegion> = fc
  .tuple(address, address, flags)
  .map(([a, b, flag]) => region(a < b ? a : b, a < b ? b - a : a - b, flag));
const hugeRegion: fc.Arbitrary<MemoryRegion> = fc
  .tuple(address, address, flags)
  .map(([start, size, flag]) => region(start, size, flag));

type Change = (regions: readonly MemoryRegion[]) => MemoryRegion[];

const at = <T>(items: readonly T[], index: number): number => index % Math.max(items.length, 1);

/** Small faults, as people make them. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(fc.nat(9), anyRegion).map(
    ([index, extra]): Change =>
      (all) =>
        all.toSpliced(index, 0, extra),
  ),
  fc.nat(9).map(
    (index): Change =>
      (all) =>
        all.toSpliced(at(all, index), 1),
  ),
  fc.nat(9).map((index): Change => (all) => [...all.slice(at(all, index)), ...all.slice(0, at(all, index))]),
  fc.tuple(fc.nat(9), flags).map(
    ([index, flag]): Change =>
      (all) =>
        all.map((one, i) => (i === at(all, index) ? { ...one, flags: flag } : one)),
  ),
  fc.tuple(fc.nat(9), address).map(
    ([index, size]): Change =>
      (all) =>
        all.map((one, i) => (i === at(all, index) ? { ...one, size } : one)),
  ),
  fc.tuple(fc.nat(9), address).map(
    ([index, start]): Change =>
      (all) =>
        all.map((one, i) => (i === at(all, index) ? { ...one, virt_start: start } : one)),
  ),
  // Split in two, of which the second may be of another kind.
  fc.tuple(fc.nat(9), address, flags).map(
    ([index, cut, flag]): Change =>
      (all) =>
        all.flatMap((one, i) =>
          i === at(all, index) && one.virt_start < cut && cut < one.virt_start + one.size
            ? [
                { ...one, size: cut - one.virt_start },
                { ...one, virt_start: cut, size: one.virt_start + one.size - cut, flags: flag },
              ]
            : [one],
        ),
  ),
);

const regions: fc.Arbitrary<readonly MemoryRegion[]> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .array(change, { maxLength: 3 })
      .map((changes) =>
        changes.reduce<MemoryRegion[]>((all, one) => one(all), [lowRam, commRegion, highRam]),
      ),
  },
  { weight: 1, arbitrary: fc.array(fc.oneof(anyRegion, hugeRegion), { maxLength: 8 }) },
  { weight: 1, arbitrary: fc.array(anyRegion, { minLength: 120, maxLength: 140 }) },
);

const usually = <T>(value: T, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(value) }, { weight: 1, arbitrary });

const shape: fc.Arbitrary<RequestShape> = fc
  .record({
    revision: fc.constantFrom(...RELEASED),
    regions,
    resetAddress: usually(0n, address),
    size: usually(0x15d400, fc.integer({ min: 0x4200, max: 0x4000000 })),
    header: fc.record({
      setup_sects: usually(31, fc.constantFrom(0, 1, 4, 63)),
      syssize: usually(0, fc.constantFrom(1, 1000)),
      pref_address: usually(
        0x1000000n,
        fc.oneof(
          fc.nat(63).map((bit) => 1n << BigInt(bit)),
          address,
        ),
      ),
      init_size: usually(0xdc0000, fc.oneof(fc.nat(0x5000000), fc.constant(0xffffffff))),
      initrd_addr_max: usually(0x7fffffff, fc.oneof(fc.nat(0x4000000), fc.constant(0xffffffff))),
      cmdline_size: usually(2047, fc.nat(50000)),
      payload_offset: usually(0, fc.nat(30_000)),
    }),
    initrdSize: fc.oneof(
      fc.constant(null),
      fc.bigInt({ min: 1n, max: 45n << 20n }),
      fc.constantFrom(1n, 0x1000n, 0x1001n, GIB4 - 1n, GIB4, 1n << 40n),
    ),
    cmdline: usually(
      'console=ttyS0',
      fc.nat(50000).map((length) => 'x'.repeat(length)),
    ),
    decompressionFactor: fc.constantFrom(null, 0, 1, 64, 1_000_000),
    loaderSize: usually<bigint | null>(
      null,
      fc.constantFrom(1n, 0x4abcn, 0x6000n, 0x6001n, 0xa000n, 0xa001n, 0x10000n, 0x20000n),
    ),
  })
  // Only revision 8 has use for a reset address; those from 9 on demand 0.
  .map(({ resetAddress, ...rest }) => (rest.revision === 8 ? { ...rest, resetAddress } : rest));

test('what is planned without an error would boot, for an independent eye', () => {
  const plans = { good: 0, bad: 0 };
  fc.assert(
    fc.property(shape, (given) => {
      const request = requestFor(given);
      const { plan, diagnostics } = planX86(request);
      if (plan === null) expect(hasErrors(diagnostics)).toBe(true);
      if (plan === null || hasErrors(diagnostics)) return void plans.bad++;
      plans.good++;
      expect(objections(request, plan)).toEqual([]);
    }),
    { numRuns: RUNS },
  );
  // The cells are near enough to good ones that both answers are well tried.
  expect(plans.good).toBeGreaterThan(RUNS / 10);
  expect(plans.bad).toBeGreaterThan(RUNS / 10);
});

test('upstream placement: a plan or a diagnostic, never anything else', () => {
  fc.assert(
    fc.property(shape, (given) => {
      const request = requestFor({ ...given, placement: 'upstream' });
      const { plan, diagnostics } = planX86(request);
      if (plan === null) expect(hasErrors(diagnostics)).toBe(true);
      else if (!hasErrors(diagnostics)) expect(objections(request, plan)).toEqual([]);
    }),
    { numRuns: oneIn(3) },
  );
});

const MIB = 1n << 20n;

/** Cells in which everything has its place: RAM behind the kernel in one or several regions, some with holes. */
const goodShape = fc
  .record({
    revision: fc.constantFrom(...RELEASED),
    initSize: fc.integer({ min: 0x15d400, max: 0x1800000 }),
    initrdSize: fc.bigInt({ min: 1n, max: 8n * MIB }),
    cuts: fc.array(
      fc.record({ pages: fc.integer({ min: 1, max: 3000 }), hole: fc.nat(3), loadable: fc.boolean() }),
      { maxLength: 4 },
    ),
    order: fc.boolean(),
  })
  .map(({ revision, initSize, initrdSize, cuts, order }) => {
    // The run area may span two regions that touch.
    const first = region(0x200000n, 0xe00000n + 0x160000n);
    const all = [first];
    let next = first.virt_start + first.size;
    const middle = region(
      next,
      0x1000000n + BigInt(initSize) > next ? 0x1000000n + BigInt(initSize) - next : 0x1000n,
    );
    all.push(middle);
    next = middle.virt_start + middle.size;
    for (const { pages, hole, loadable } of cuts) {
      next += BigInt(hole) * 0x1800n;
      all.push(region(next, BigInt(pages) * 0x1000n, loadable ? RAM | LOADABLE : RAM));
      next += BigInt(pages) * 0x1000n;
    }
    all.push(region(next + 0x2345n, 16n * MIB));
    const regions = [lowRam, commRegion, ...all];
    return {
      revision,
      initrdSize,
      header: { init_size: initSize },
      regions: order ? regions : regions.toReversed(),
    };
  });

test('a cell with room gets its plan, and the initrd the lowest page there is', () => {
  fc.assert(
    fc.property(goodShape, (given) => {
      const request = requestFor(given);
      const { plan, diagnostics } = planX86(request);
      expect(diagnostics).toEqual([]);
      expect(objections(request, plan!)).toEqual([]);
      const placed = plan!.load.find((item) => item.kind === 'image' && item.role === 'initrd')!.address!;
      const runEnd = 0x1000000n + BigInt(given.header.init_size);
      const from = ((runEnd + 0xfffn) / 0x1000n) * 0x1000n;
      for (let page = from; page < placed; page += 0x1000n) {
        if (isLoadable([page, page + given.initrdSize], given.regions)) expect(page).toBe(placed);
      }
      expect(placed).toBeGreaterThanOrEqual(from);
    }),
    { numRuns: oneIn(10) },
  );
});
