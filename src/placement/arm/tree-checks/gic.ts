import { hex } from '../../../base/address.ts';
import { describeRange, holds } from '../../../base/ranges.ts';
import { REDISTRIBUTOR_SIZE, systemGic } from '../../../formats/cell/gic.ts';
import { isIvshmem } from '../../../formats/cell/names.ts';
import { cpusOf, pinsOf } from '../../../formats/cell/resources.ts';
import { registersOf } from '../../../formats/dtb/addresses.ts';
import { propertyOf } from '../../../formats/dtb/edit.ts';
import { gicVersion } from '../../../formats/dtb/gic.ts';
import { readCell } from '../../../formats/dtb/values.ts';
import { pathOf, type Device } from '../../../formats/dtb/walk.ts';
import type { TreeBreach, TreeRule } from './rule.ts';
import { needsLinks, type TreeScene } from './scene.ts';

const MISSING: TreeBreach = {
  severity: 'warning',
  message: 'the device tree has no known GIC that is switched on',
  requested: 'an interrupt controller, compatible with arm,gic-400, arm,gic-v3 or similar',
  symptom: 'no interrupts: the kernel stops at its first wait for a timer',
  fix: 'add the board’s interrupt controller to the cell’s device tree',
};

/** An entry of no address and no pins keeps a place free. */
const distributorsOf = ({ request: { cell, system } }: TreeScene): bigint[] => {
  const ofCell = cell.irqchips
    .filter((chip) => chip.address > 0n || pinsOf(chip).length > 0)
    .map(({ address }) => address);
  const ofSystem = system && systemGic(system).distributor;
  return [...new Set(ofSystem === null ? ofCell : [ofSystem])];
};

function* findDistributor(scene: TreeScene, gic: Device): Iterable<TreeBreach> {
  const [distributor] = registersOf(gic);
  const wanted = distributorsOf(scene);
  if (distributor === undefined || wanted.length === 0 || wanted.includes(distributor.start)) return;
  const whose = scene.request.system === null ? "the cell's" : "the machine's";
  yield {
    message: `the device tree's GIC (${pathOf(gic)}) is at ${hex(distributor.start)}, ${whose} at ${wanted.map(hex).join(', ')}`,
    requested: wanted.map(hex).join(', '),
    actual: hex(distributor.start),
  };
}

/** The redistributors, one frame pair for each CPU of the machine, in one region or several. */
function* findRedistributors({ request }: TreeScene, gic: Device): Iterable<TreeBreach> {
  const count = readCell(propertyOf(gic.node, '#redistributor-regions')) ?? 1;
  const regions = registersOf(gic).slice(1, 1 + count);
  const [first] = regions;
  const base = request.system && systemGic(request.system).redistributors;
  if (first !== undefined && base !== null && !regions.some(({ start }) => start === base)) {
    yield {
      message: `the redistributors of the device tree's GIC are at ${hex(first.start)}, the machine's at ${hex(base)}`,
      requested: hex(base),
      actual: regions.map(describeRange).join(', '),
      symptom: `no output, or \`Unhandled data read at ${hex(first.start + 0xffe8n)}\``,
    };
    return;
  }
  const highest = cpusOf(request.cell).at(-1) ?? 0;
  const needed = BigInt(highest + 1) * REDISTRIBUTOR_SIZE;
  const size = regions.reduce((sum, region) => sum + region.size, 0n);
  if (first === undefined || size >= needed) return;
  yield {
    message: `the redistributors of the device tree's GIC (${hex(size)} bytes) end before that of CPU ${highest}`,
    requested: `at least ${hex(needed)} bytes: ${hex(REDISTRIBUTOR_SIZE)} for each CPU of the machine, up to CPU ${highest}`,
    actual: regions.map(describeRange).join(', '),
    symptom: 'no output, or the boot ends at "Bringing up secondary CPUs"',
    fix: 'give the second range of the GIC’s reg the size that it has in the board’s device tree',
  };
}

function* findClipped(scene: TreeScene, gic: Device): Iterable<TreeBreach> {
  const { cell, system } = scene.request;
  const base = system?.pciMmconfigBase ?? 0n;
  const over = registersOf(gic).find((range) => holds(range, base));
  if (base === 0n || over === undefined || !cell.pciDevices.some(isIvshmem)) return;
  yield {
    ...(needsLinks(scene) ? {} : { severity: 'warning' }),
    message: `a range of the device tree's GIC (${describeRange(over)}) reaches over the virtual PCI's configuration at ${hex(base)}`,
    requested: `a range that ends at ${hex(base)} or before`,
    actual: describeRange(over),
    symptom: "`can't claim ECAM area`, the PCI host's probe fails with -16, and no ivshmem device appears",
    fix: 'shorten that range of the GIC’s reg: each CPU of the machine needs 0x20000 bytes of it',
  };
}

function* findGic(scene: TreeScene): Iterable<TreeBreach> {
  const { gic, request } = scene;
  if (gic === null) {
    yield MISSING;
    return;
  }
  const version = gicVersion(gic);
  const machine = request.system && systemGic(request.system);
  if (machine !== null && machine.version !== version) {
    yield {
      message: `the device tree's GIC (${pathOf(gic)}) is a GICv${version}, the machine's is a GICv${machine.version}`,
      requested: machine.version === 3 ? 'compatible = "arm,gic-v3"' : 'compatible = "arm,gic-400"',
      actual: `GICv${version}`,
      symptom: 'no output, or the boot ends at "Bringing up secondary CPUs"',
    };
    return;
  }
  yield* findDistributor(scene, gic);
  if (version === 3) yield* findRedistributors(scene, gic);
  yield* findClipped(scene, gic);
}

export const GIC_RULE: TreeRule = {
  id: 'dtb/gic',
  severities: ['error', 'warning'],
  reason: 'the hypervisor shows a cell the interrupt controller of the machine, at its own addresses',
  symptom: 'no interrupts, or "unable to map gic"',
  fix: 'give the device tree of the same board as the cell config',
  source:
    'Jailhouse, hypervisor/arch/arm-common/gic-v2.c and gic-v3.c; Linux, drivers/irqchip/irq-gic-v3.c; seen under a real Jailhouse',
  find: findGic,
};
