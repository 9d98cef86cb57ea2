import { hex } from '../../base/address.ts';
import { holds } from '../../base/ranges.ts';
import { registersOf } from '../../formats/dtb/addresses.ts';
import type { DeviceTree } from '../../formats/dtb/types.ts';
import { compatiblesOf, devicesOf, isEnabled, pathOf, type Device } from '../../formats/dtb/walk.ts';

/** A node of a device tree that has an address. */
export interface FoundNode {
  device: Device;
  /** `rtc@9010000` */
  name: string;
  /** From the start of its registers. */
  offset: bigint;
  enabled: boolean;
}

/** RAM is no device, and its node says nothing of who is there. */
const isMemory = ({ node }: Device): boolean => /^memory(?:@|$)/.test(node.name);

/** The node whose registers hold the address: an enabled one before others, the smallest before larger ones. */
export function nodeAt(tree: DeviceTree, address: bigint): FoundNode | null {
  let best: (FoundNode & { size: bigint }) | null = null;
  for (const device of devicesOf(tree)) {
    if (isMemory(device)) continue;
    for (const range of registersOf(device)) {
      if (!holds(range, address)) continue;
      const enabled = isEnabled(device);
      const found = {
        device,
        name: device.node.name,
        offset: address - range.start,
        enabled,
        size: range.size,
      };
      const isBetter = best === null || (enabled !== best.enabled ? enabled : range.size < best.size);
      if (isBetter) best = found;
    }
  }
  return best;
}

/** Where an AMBA device says what it is: the last 32 bytes of its first page. */
const AMBA_IDS = 0xfe0n;

/** `rtc@9010000 (arm,pl031), register 0xfe0: its id` */
export function nodeText({ device, name, offset }: FoundNode): string {
  const compatibles = compatiblesOf(device);
  const [first] = compatibles;
  const kind = first === undefined ? '' : ` (${first})`;
  const isId = compatibles.includes('arm,primecell') && offset >= AMBA_IDS && offset < 0x1000n;
  return `${name}${kind}${offset === 0n ? '' : `, ${hex(offset)} after its start`}${isId ? ', where an AMBA device has its id' : ''}`;
}

/** The path, for those who want to switch the node off. */
export const nodePath = ({ device }: FoundNode): string => pathOf(device);
