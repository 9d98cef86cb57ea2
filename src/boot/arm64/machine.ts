import { hex } from '../../base/address.ts';
import type { SystemConfig } from '../../formats/cell/types.ts';
import { registersOf } from '../../formats/dtb/addresses.ts';
import { encodeDtb } from '../../formats/dtb/encode.ts';
import { gicOf, gicVersion } from '../../formats/dtb/gic.ts';
import { parseDtb } from '../../formats/dtb/parse.ts';
import { pciHostsOf } from '../../formats/dtb/pci.ts';
import type { DeviceTree } from '../../formats/dtb/types.ts';
import type { BoxMachine, BoxSubject, Gic } from '../types.ts';
import { playCpus } from './cpus.ts';
import { loadTree } from './load.ts';
import { playTree } from './tree.ts';

/** What no file says and was taken as usual goes to `assumed`. */
type Found<T> = { found: T; assumed: string | null };

const told = <T>(found: T): Found<T> => ({ found, assumed: null });

/** Those of QEMU's virt machine. */
const USUAL_GIC: Gic = {
  version: 3,
  gicd: 0x800_0000n,
  gicc: 0n,
  gich: 0n,
  gicv: 0n,
  gicr: 0x80a_0000n,
};

function gicOfSystem({ platform: { fields } }: SystemConfig): Gic {
  const base = (name: string): bigint => (fields[`${name}_base`] as bigint | undefined) ?? 0n;
  return {
    version: fields['gic_version'] === 2 ? 2 : 3,
    gicd: base('gicd'),
    gicc: base('gicc'),
    gich: base('gich'),
    gicv: base('gicv'),
    gicr: base('gicr'),
  };
}

function gicOfTree(tree: DeviceTree): Found<Gic> {
  const device = gicOf(tree);
  const version = device && gicVersion(device);
  if (device === null || version === null) {
    return { found: USUAL_GIC, assumed: 'the device tree has no GIC: a GICv3 where QEMU has it is taken' };
  }
  const [gicd, second, third, fourth] = registersOf(device).map(({ start }) => start);
  const found: Gic =
    version === 3
      ? { version, gicd: gicd ?? 0n, gicc: 0n, gich: 0n, gicv: 0n, gicr: second ?? 0n }
      : { version, gicd: gicd ?? 0n, gicc: second ?? 0n, gich: third ?? 0n, gicv: fourth ?? 0n, gicr: 0n };
  const where = `a GICv${version} at ${hex(found.gicd)} and ${hex(second ?? 0n)}`;
  return {
    found,
    assumed: `without a system config (--system), ${where} is taken, as the device tree has it`,
  };
}

const BUS_SIZE = 1n << 20n;

function mmconfigOf(system: SystemConfig | null, tree: DeviceTree): Found<BoxMachine['mmconfig']> {
  if (system !== null) {
    const { pciMmconfigBase: base, pciMmconfigEndBus: endBus } = system;
    return told(base === 0n ? null : { base, endBus });
  }
  const [registers] = pciHostsOf(tree).flatMap(registersOf);
  if (registers === undefined) return told(null);
  const buses = registers.size / BUS_SIZE;
  return {
    found: { base: registers.start, endBus: buses > 0n ? Number(buses) - 1 : 0 },
    assumed: `without a system config (--system), PCI is taken to be at ${hex(registers.start)}, as the device tree has it`,
  };
}

/**
 * The arm64 machine around a cell: interrupt controller and PCI as the system config says (a wrong device tree then
 * ends as it does under Jailhouse), CPUs and console as the device tree says.
 *
 * @throws InputError `dtb/*` for a tree that cannot be read, `boot/unsupported` for CPUs that QEMU cannot have
 */
export function arm64Machine(subject: BoxSubject): BoxMachine {
  const { cell, system, load, params } = subject;
  const original = parseDtb(params);
  const gic = system === null ? gicOfTree(original) : told(gicOfSystem(system));
  const mmconfig = mmconfigOf(system, original);
  const { tree, uart, isReplaced, changed } = playTree(original, cell);
  const loaded = tree === original ? { load, moved: null } : loadTree(cell, load, encodeDtb(tree));
  return {
    cpus: playCpus(cell, original, gic.found.version),
    x2apic: false,
    pmTimer: 0,
    mmconfig: mmconfig.found,
    gic: gic.found,
    uart,
    needsPl011: isReplaced,
    load: loaded.load,
    assumed: [gic, mmconfig].flatMap(({ assumed }) => assumed ?? []),
    changed: [...changed, ...(loaded.moved === null ? [] : [loaded.moved])],
  };
}
