import { endOf, type AddressRange } from '../../base/ranges.ts';
import { hex } from '../../base/address.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import { isRam, virtualRange } from '../../formats/cell/memory.ts';
import type { DeviceTree } from '../../formats/dtb/types.ts';
import { propertyOf } from '../../formats/dtb/edit.ts';
import { readTexts } from '../../formats/dtb/values.ts';
import { describeRegion } from '../memory-map.ts';
import type { ArmRequest } from './protocols.ts';
import { presentCpus } from './tree-checks/cpus.ts';

/**
 * Bits of a physical address, by the core's `compatible`: ID_AA64MMFR0_EL1.PARange in Arm's technical reference
 * manuals of these cores.
 */
const ADDRESS_BITS: Readonly<Record<string, number>> = {
  'arm,cortex-a35': 40,
  'arm,cortex-a53': 40,
  'arm,cortex-a55': 40,
  'arm,cortex-a57': 44,
  'arm,cortex-a72': 44,
  'arm,cortex-a76': 40,
  'arm,neoverse-n1': 48,
};

interface Core {
  name: string;
  bits: number;
}

/** The core that can address least; `null` if the tree names none of them. */
const narrowest = (tree: DeviceTree): Core | null =>
  presentCpus(tree)
    .flatMap((node) => readTexts(propertyOf(node, 'compatible')))
    .flatMap((name): Core[] => {
      const bits = ADDRESS_BITS[name];
      return bits === undefined ? [] : [{ name, bits }];
    })
    .toSorted((a, b) => a.bits - b.bits)[0] ?? null;

/** RAM that the CPU cannot address, as the guest sees it or as the machine has it. */
export function checkAddressBits({ cell }: ArmRequest, tree: DeviceTree): Diagnostic[] {
  const core = narrowest(tree);
  if (core === null) return [];
  const limit = 1n << BigInt(core.bits);
  const isBeyond = (range: AddressRange): boolean => endOf(range) > limit;
  const index = cell.memoryRegions.findIndex(
    (region) =>
      isRam(region) &&
      (isBeyond(virtualRange(region)) || isBeyond({ start: region.phys_start, size: region.size })),
  );
  if (index < 0) return [];
  const { phys_start, virt_start, size } = cell.memoryRegions[index]!;
  const [start, whose] = isBeyond({ start: virt_start, size })
    ? [virt_start, '']
    : [phys_start, ' of the machine'];
  return [
    {
      code: 'placement/address-bits',
      severity: 'warning',
      message: `${describeRegion(cell, index)} ends at ${hex(start + size)}${whose}, and the CPU (${core.name}) has addresses of ${core.bits} bits`,
      requested: `RAM below ${hex(limit)}`,
      actual: `RAM up to ${hex(start + size)}`,
      symptom: 'a silent hang',
      fix: 'correct .phys_start, .virt_start or .size of that region',
      path: ['cell'],
    },
  ];
}
