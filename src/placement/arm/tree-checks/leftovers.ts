import { ramRanges } from '../../../formats/cell/memory.ts';
import { failure, type Diagnostic } from '../../../base/diagnostic.ts';
import { childNamed, propertyOf } from '../../../formats/dtb/edit.ts';
import type { DeviceTree } from '../../../formats/dtb/types.ts';
import { readText } from '../../../formats/dtb/values.ts';
import { registersOf } from '../../../formats/dtb/addresses.ts';
import { describeRange, uncovered } from '../../../base/ranges.ts';
import type { ArmRequest } from '../protocols.ts';
import { otherMemoryNodes, staleInitrd } from '../tree.ts';

function checkMemoryNodes({ cell, placement }: ArmRequest, tree: DeviceTree): Diagnostic[] {
  const ram = ramRanges(cell);
  return otherMemoryNodes(tree).flatMap((node): Diagnostic[] => {
    const told = registersOf({ node, ancestors: [tree.root] });
    const message = `the device tree has a node ${node.name} (${told.map(describeRange).join(', ') || 'empty'}) in addition to the memory node that the cell's RAM is written to`;
    if (placement === 'exact') {
      return [
        {
          code: 'dtb/memory-nodes',
          severity: 'warning',
          message: `${message}; it is left out`,
          fix: 'remove it from the device tree: the memory is taken from the cell config',
          path: ['dtb'],
        },
      ];
    }
    const excess = told.flatMap((range) => uncovered(range, ram));
    const more = {
      requested: 'one memory node, called `memory`',
      actual: node.name,
      fix: 'use `placement: exact`, which leaves it out, or call it `memory` in the device tree',
      path: ['dtb'],
    };
    if (excess.length === 0) return [{ code: 'dtb/memory-nodes', severity: 'warning', message, ...more }];
    return [
      failure('dtb/memory-nodes', `${message}, with memory that the cell does not have`, {
        ...more,
        symptom: '`Unhandled data write`, and the CPU is parked',
      }),
    ];
  });
}

function checkStaleInitrd({ initrdSize, placement }: ArmRequest, tree: DeviceTree): Diagnostic[] {
  const stale = staleInitrd(tree);
  if (initrdSize !== null || stale.length === 0) return [];
  const message = `the device tree's /chosen has ${stale.join(' and ')}, and the cell has no initrd`;
  if (placement === 'exact') {
    return [
      {
        code: 'dtb/stale-initrd',
        severity: 'warning',
        message: `${message}; they are left out`,
        fix: 'remove them from the device tree',
        path: ['dtb'],
      },
    ];
  }
  return [
    failure('dtb/stale-initrd', message, {
      requested: 'no initrd in /chosen',
      symptom: 'the kernel frees memory that is not an initrd, then panics',
      fix: 'use `placement: exact`, which leaves them out, or remove them from the device tree',
      path: ['dtb'],
    }),
  ];
}

function checkStaleCmdline({ cmdline }: ArmRequest, { root }: DeviceTree): Diagnostic[] {
  const bootargs = readText(propertyOf(childNamed(root, 'chosen'), 'bootargs'));
  if (cmdline !== '' || bootargs === null || bootargs === '') return [];
  return [
    {
      code: 'dtb/stale-cmdline',
      severity: 'warning',
      message: `without a command line of the cell's own, the kernel uses the device tree's: '${bootargs}'`,
      fix: 'give the cell its command line, or remove bootargs from the device tree',
      path: ['dtb'],
    },
  ];
}

/** What a device tree still says of another boot: memory, command line, initrd. */
export const checkLeftovers = (request: ArmRequest, tree: DeviceTree): Diagnostic[] => [
  ...checkMemoryNodes(request, tree),
  ...checkStaleInitrd(request, tree),
  ...checkStaleCmdline(request, tree),
];
