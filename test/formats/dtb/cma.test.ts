import { expect, test } from 'vitest';
import { cmaAreasOf } from '../../../src/formats/dtb/cma.ts';
import { cells, composeTree, texts, type NewNode } from '../../../src/formats/dtb/compose.ts';

const pool = (...more: NewNode['properties']): NewNode => ({
  name: 'pool',
  properties: [texts('compatible', 'shared-dma-pool'), ...more],
  children: [],
});
const areas = (...children: NewNode[]) => {
  const properties = [cells('#address-cells', 2), cells('#size-cells', 2), cells('ranges')];
  const parent: NewNode = { name: 'reserved-memory', properties, children };
  return cmaAreasOf(composeTree({ name: '', properties: properties.slice(0, 2), children: [parent] }));
};
const reusable = cells('reusable');

test('areas for CMA of a device tree', () => {
  expect(
    areas(
      pool(
        reusable,
        cells('linux,cma-default'),
        cells('size', 0, 0x4000000),
        cells('alloc-ranges', 0, 0, 1, 0),
      ),
      pool(reusable, cells('reg', 0, 0x50000000, 0, 0x1000000)),
    ),
  ).toEqual([
    { isDefault: true, fixed: [], size: 0x4000000n, within: [{ start: 0n, size: 1n << 32n }] },
    { isDefault: false, fixed: [{ start: 0x50000000n, size: 0x1000000n }], size: 0n, within: null },
  ]);
});

test('what is not reusable, or not mapped, is not for CMA', () => {
  const size = cells('size', 0, 0x4000000);
  expect(
    areas(
      pool(size),
      pool(size, reusable, cells('no-map')),
      pool(size, reusable, texts('status', 'disabled')),
    ),
  ).toEqual([]);
});
