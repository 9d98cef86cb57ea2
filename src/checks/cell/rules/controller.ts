import { hex } from '../../../base/address.ts';
import { commonTo, overlaps, type AddressRange } from '../../../base/ranges.ts';
import { isRootShared } from '../../../formats/cell/memory.ts';
import { registersOf } from '../../../formats/dtb/addresses.ts';
import { propertyOf } from '../../../formats/dtb/edit.ts';
import type { DeviceTree } from '../../../formats/dtb/types.ts';
import { compatiblesOf, devicesOf, isEnabled, pathOf, type Device } from '../../../formats/dtb/walk.ts';
import { physicalRegions } from '../ranges.ts';
import { eachCell, type CellRule } from '../rule.ts';
import type { Party } from '../scene.ts';

/** Nodes that the root's Linux needs for other devices: who takes them stops these. */
function controllerKind({ node }: Device): string | null {
  const has = (name: string): boolean => propertyOf(node, name) !== undefined;
  if (has('#reset-cells')) return 'reset controller';
  const texts = compatiblesOf({ node, ancestors: [] }).join(' ');
  if (has('#clock-cells') && /clk|clock|ccu|ccm|cru|prcm|cpg|-car\b|scg|pcc/.test(`${texts} ${node.name}`)) {
    return 'clock controller';
  }
  if (/pinctrl|pinmux|iomuxc|padconf/.test(`${texts} ${node.name}`)) return 'pin controller';
  return has('gpio-controller') ? 'GPIO controller' : null;
}

interface Controller {
  text: string;
  ranges: AddressRange[];
}

/** By the root's tree, or by what the cell's own console says of its clock. */
function controllersOf(board: DeviceTree | null, cell: Party): Controller[] {
  const ofTree = board
    ? [...devicesOf(board)].filter(isEnabled).flatMap((device) => {
        const kind = controllerKind(device);
        return kind === null ? [] : [{ text: `the ${kind} ${pathOf(device)}`, ranges: registersOf(device) }];
      })
    : [];
  const clock = cell.description.header.console?.clock_reg ?? 0n;
  const ofConsole =
    clock === 0n
      ? []
      : [{ text: `the clock register of its console (${hex(clock)})`, ranges: [{ start: clock, size: 4n }] }];
  return ofTree.some(({ ranges }) => commonTo(ranges, ofConsole[0]?.ranges ?? []).length > 0)
    ? ofTree
    : [...ofTree, ...ofConsole];
}

/** What the drivers of the root's Linux share with all devices. */
export const CONTROLLER_RULES: readonly CellRule[] = [
  {
    id: 'cell/shared-controller',
    needs: ['board'],
    item: 'memoryRegions',
    severity: 'warning',
    after: ['system/architecture'],
    symptom:
      "the root's drivers stop at their next use of it: `failed to prepare_enable clock`, `Unhandled data read`",
    fix: 'flag the region JAILHOUSE_MEM_ROOTSHARED, or leave it out and describe the clock as a fixed one',
    source: 'Linux, drivers/clk/clk.c; users’ mails',
    find: eachCell(function* (cell, { facts }) {
      const controllers = controllersOf(facts?.board ?? null, cell);
      for (const item of physicalRegions(cell)) {
        if (isRootShared(item.region)) continue;
        const taken = controllers.filter(({ ranges }) => ranges.some((range) => overlaps(range, item.range)));
        if (taken.length === 0) continue;
        yield {
          at: [item.index],
          message: `${cell.title}: ${item.name} takes ${taken.map(({ text }) => text).join(', ')} from the root`,
          requested: 'ROOTSHARED',
          actual: 'no ROOTSHARED',
        };
      }
    }),
  },
];
