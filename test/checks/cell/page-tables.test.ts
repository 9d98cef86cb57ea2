import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countPageTables, type Mapping } from '../../../src/checks/cell/page-tables.ts';
import { oneIn } from '../../helpers/runs.ts';

const PAGE = 0x1000n;
const HUGE = 1n << 21n;
const GIB = 1n << 30n;

/** What the hypervisor does: from the start on, the largest page that fits and is aligned on both sides. */
function tablesByWalking(mappings: readonly Mapping[]): bigint {
  const tables = new Set(['root']);
  for (const { start, size, physical, huge } of mappings) {
    for (let done = 0n; done < size;) {
      const at = start + done;
      const isHuge = huge && ((at | (physical + done)) & (HUGE - 1n)) === 0n && size - done >= HUGE;
      tables.add(`512G ${at >> 39n}`);
      tables.add(`1G ${at >> 30n}`);
      if (!isHuge) tables.add(`2M ${at >> 21n}`);
      done += isHuge ? HUGE : PAGE;
    }
  }
  return BigInt(tables.size);
}

const pages = (most: number) => fc.integer({ min: 0, max: most }).map((count) => BigInt(count) * PAGE);

/** Some MiB around the borders of tables, apart from each other. */
const mappings: fc.Arbitrary<Mapping[]> = fc
  .array(
    fc.record({
      start: pages(1100),
      size: pages(1100).map((size) => size + PAGE),
      physical: fc.oneof(pages(1100), fc.constant(null)),
      huge: fc.boolean(),
    }),
    { maxLength: 4 },
  )
  .map((regions) =>
    regions.map(({ physical, ...region }, index) => {
      const start = region.start + BigInt(index) * (512n * GIB - 4n * HUGE);
      return { ...region, start, physical: physical ?? start };
    }),
  );

describe('countPageTables', () => {
  it('counts what a walk through the regions finds', () => {
    fc.assert(
      fc.property(mappings, (regions) => {
        expect(countPageTables(regions)).toBe(tablesByWalking(regions));
      }),
      { numRuns: oneIn(4) },
    );
  });

  it.each([
    ['1 GiB aligned alike', GIB, 0n, 3n],
    ['1 GiB that is not', GIB, HUGE / 2n, 3n + 512n],
    ['less than a huge page', HUGE - PAGE, 0n, 4n],
  ])('knows %s', (_, size, physical, pagesWanted) => {
    expect(countPageTables([{ start: 0n, size, physical, huge: true }])).toBe(pagesWanted);
  });

  it('does not count page by page', () => {
    const region = { start: 0n, size: 1n << 62n, physical: PAGE, huge: true };
    expect(countPageTables([region])).toBe((1n << 41n) + (1n << 32n) + (1n << 23n) + 1n);
  });
});
