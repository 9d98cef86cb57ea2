import { describeRange, joined, uncovered, type AddressRange } from '../../../base/ranges.ts';
import { ramRanges } from '../../../formats/cell/memory.ts';
import { registersOf } from '../../../formats/dtb/addresses.ts';
import { childNamed, propertyOf } from '../../../formats/dtb/edit.ts';
import { readText } from '../../../formats/dtb/values.ts';
import { kernelRam, otherMemoryNodes, staleInitrd } from '../tree.ts';
import type { TreeBreach, TreeRule } from './rule.ts';
import type { TreeScene } from './scene.ts';

const textOf = (ranges: readonly AddressRange[]): string => joined(ranges).map(describeRange).join(', ');

function* findMemoryNodes({ request: { cell, placement }, tree }: TreeScene): Iterable<TreeBreach> {
  const ram = ramRanges(cell);
  for (const node of otherMemoryNodes(tree)) {
    const given = registersOf({ node, ancestors: [tree.root] });
    // What says the same as the node that is written changes nothing.
    if (given.length > 0 && textOf(given) === textOf(kernelRam(cell))) continue;
    const message = `the device tree has a node ${node.name} (${given.map(describeRange).join(', ') || 'empty'}) in addition to the memory node that the cell's RAM is written to`;
    if (placement === 'exact') {
      yield {
        severity: 'warning',
        message: `${message}; it is left out`,
        symptom: 'nothing, since it is left out',
        fix: 'remove it from the device tree: the memory is taken from the cell config',
      };
      continue;
    }
    const excess = given.some((range) => uncovered(range, ram).length > 0);
    yield {
      ...(excess ? {} : { severity: 'warning', symptom: 'the kernel is given of the same memory twice' }),
      message: excess ? `${message}, with memory that the cell does not have` : message,
      requested: 'one memory node, called `memory`',
      actual: node.name,
    };
  }
}

const MEMORY_RULE: TreeRule = {
  id: 'dtb/memory-nodes',
  severities: ['error', 'warning'],
  reason: 'the kernel uses the memory of all memory nodes',
  symptom: '`Unhandled data write`, and the CPU is parked',
  fix: 'use `placement: exact`, which leaves it out, or call it `memory` in the device tree',
  source: 'Linux, drivers/of/fdt.c; seen with cell-linux of Jailhouse',
  find: findMemoryNodes,
};

function* findStaleInitrd({ request, tree }: TreeScene): Iterable<TreeBreach> {
  const stale = staleInitrd(tree);
  if (request.initrdSize !== null || stale.length === 0) return;
  const message = `the device tree's /chosen has ${stale.join(' and ')}, and the cell has no initrd`;
  if (request.placement === 'exact') {
    yield {
      severity: 'warning',
      message: `${message}; they are left out`,
      symptom: 'nothing, since they are left out',
      fix: 'remove them from the device tree',
    };
    return;
  }
  yield { message, requested: 'no initrd in /chosen' };
}

const INITRD_RULE: TreeRule = {
  id: 'dtb/stale-initrd',
  severities: ['error', 'warning'],
  reason: 'the kernel takes what /chosen names for its initrd',
  symptom: 'the kernel frees memory that is not an initrd, then panics',
  fix: 'use `placement: exact`, which leaves them out, or remove them from the device tree',
  source: 'Linux, drivers/of/fdt.c and arch/arm64/mm/init.c',
  find: findStaleInitrd,
};

function* findStaleCmdline({ request, tree }: TreeScene): Iterable<TreeBreach> {
  const bootargs = readText(propertyOf(childNamed(tree.root, 'chosen'), 'bootargs'));
  if (request.cmdline !== '' || bootargs === null || bootargs === '') return;
  yield {
    message: `without a command line of the cell's own, the kernel uses the device tree's: '${bootargs}'`,
  };
}

const CMDLINE_RULE: TreeRule = {
  id: 'dtb/stale-cmdline',
  severities: ['warning'],
  reason: 'a command line of another boot may name what the cell does not have',
  symptom: 'another console or root file system than was meant',
  fix: 'give the cell its command line, or remove bootargs from the device tree',
  source: 'Linux, drivers/of/fdt.c',
  find: findStaleCmdline,
};

/** What a device tree still says of another boot: memory, initrd, command line. */
export const LEFTOVER_RULES: readonly TreeRule[] = [MEMORY_RULE, INITRD_RULE, CMDLINE_RULE];
