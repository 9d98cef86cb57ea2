import { contains, describeRange } from '../base/ranges.ts';
import { addressCellsOf, sizeCellsOf } from '../formats/dtb/addresses.ts';
import { cells, flag, texts, twoCells, type NewNode, type NewProperty } from '../formats/dtb/compose.ts';
import { writeSource } from '../formats/dtb/source.ts';
import { childNamed } from '../formats/dtb/edit.ts';
import type { DeviceTree, DtbNode } from '../formats/dtb/types.ts';
import { deviceByName, isEnabled } from '../formats/dtb/walk.ts';
import type { GeneratedCell } from './generate.ts';
import type { RootSide } from './root-side.ts';

const fragment = (index: number, path: string, overlay: Omit<NewNode, 'name'>): NewNode => ({
  name: `fragment@${index}`,
  properties: [texts('target-path', path)],
  children: [{ name: '__overlay__', ...overlay }],
});

/** A number in as many cells as the board has for it: one or two. */
const numberCells = (value: bigint, width: number): number[] =>
  width === 1 ? [Number(value & 0xffffffffn)] : twoCells(value);

/** How many cells an address and a size have among the children of a node. */
const cellCounts = (node: DtbNode): NewProperty[] => [
  cells('#address-cells', addressCellsOf(node)),
  cells('#size-cells', sizeCellsOf(node)),
];

function reservations(parent: DtbNode, { ranges, reserved }: RootSide): NewNode[] {
  const [address, size] = [addressCellsOf(parent), sizeCellsOf(parent)];
  return ranges.map((range) => {
    const parts = reserved.filter((each) => contains(range, each.range));
    return {
      name: `jailhouse@${range.start.toString(16)}`,
      comment: `${describeRange(range)}: ${[...new Set(parts.map(({ what }) => what))].join(', ')}`,
      properties: [
        cells('reg', ...numberCells(range.start, address), ...numberCells(range.size, size)),
        flag('no-map'),
      ],
      children: [],
    };
  });
}

/** The reserved memory: in the node that the board has for it, or in a new one. */
function reservedFragment({ root }: DeviceTree, side: RootSide): NewNode {
  const known = childNamed(root, 'reserved-memory');
  if (known !== undefined) {
    const children = reservations(known, side);
    return fragment(0, '/reserved-memory', { properties: cellCounts(known), children });
  }
  const own: NewNode = {
    name: 'reserved-memory',
    properties: [...cellCounts(root), flag('ranges')],
    children: reservations(root, side),
  };
  return fragment(0, '/', { properties: cellCounts(root), children: [own] });
}

/** The source of an overlay for the root cell's device tree: what its Linux must leave alone. */
export function rootOverlay({ name, rootSide }: GeneratedCell, board: DeviceTree, source: string): string {
  const given = rootSide.disabled.filter((path) => {
    const device = deviceByName(board, path);
    return device !== null && isEnabled(device);
  });
  const root: NewNode = {
    name: '',
    properties: [],
    children: [
      reservedFragment(board, rootSide),
      ...given.map((path, index) =>
        fragment(index + 1, path, {
          comment: `given to the cell ${name}`,
          properties: [texts('status', 'disabled')],
          children: [],
        }),
      ),
    ],
  };
  return writeSource(
    root,
    [
      `For the root cell's device tree, made by \`jailhouse-bundle cell generate\` from ${source}.`,
      'dtc -@ -O dtb -o root-overlay.dtbo root-overlay.dts',
      'Clocks, pins and power of devices that are given away must stay on: boot with clk_ignore_unused.',
    ],
    true,
  );
}
