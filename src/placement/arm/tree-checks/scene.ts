import type { AddressRange } from '../../../base/ranges.ts';
import { virtualRange } from '../../../formats/cell/memory.ts';
import { gicOf } from '../../../formats/dtb/gic.ts';
import type { DeviceTree } from '../../../formats/dtb/types.ts';
import { uartsOf, type Uart } from '../../../formats/dtb/uarts.ts';
import { devicesOf, isEnabled, phandlesOf, type Device, type Phandles } from '../../../formats/dtb/walk.ts';
import { isSetTo } from '../../../formats/kernel/kconfig.ts';
import { consoleUart } from '../console.ts';
import type { TreeRequest } from '../protocols.ts';

/** What the rules about a device tree look at. */
export interface TreeScene {
  request: TreeRequest;
  tree: DeviceTree;
  phandles: Phandles;
  /** Those that are switched on, parents first. */
  devices: readonly Device[];
  /** The interrupt controller; without a known one, a tree is not complete enough for most certainties. */
  gic: Device | null;
  /** The UART that the kernel's console will be on. */
  console: Uart | null;
  uarts: readonly Uart[];
  /** What the cell maps, as the guest sees it. */
  mapped: readonly AddressRange[];
}

export function treeScene(request: TreeRequest, tree: DeviceTree): TreeScene {
  return {
    request,
    tree,
    phandles: phandlesOf(tree),
    devices: [...devicesOf(tree)].filter(isEnabled),
    gic: gicOf(tree),
    console: consoleUart(tree, request.cmdline),
    uarts: uartsOf(tree),
    mapped: request.cell.memoryRegions.filter(({ size }) => size > 0n).map(virtualRange),
  };
}

/** Whether all of the kernel's symbols are built in; `null` where its config is not known. */
export function areBuiltIn({ request: { config } }: TreeScene, symbols: readonly string[]): boolean | null {
  return config && symbols.every((symbol) => isSetTo(config, symbol, 'y'));
}

/** Whether one of the symbols is neither built in nor a module; `null` where the config is not known. */
export function isMissing({ request: { config } }: TreeScene, symbols: readonly string[]): boolean | null {
  return config && symbols.some((symbol) => !isSetTo(config, symbol, 'y') && !isSetTo(config, symbol, 'm'));
}

/** A network, a console or a disk over ivshmem, which the command line cannot do without. */
const NEEDS_LINKS = /(?:^|\s)(?:root=\/dev\/nfs|nfsroot=|console=hvc|root=\/dev\/vd)/;

/** Whether the guest needs its ivshmem devices to be of use. */
export const needsLinks = ({ request: { cmdline } }: TreeScene): boolean => NEEDS_LINKS.test(cmdline);

/** Whether the device and the other one are the same node of the tree. */
export const isSame = (device: Device, other: Device | null | undefined): boolean =>
  device.node === other?.node;
