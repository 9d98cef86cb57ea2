import { hex } from '../../../base/address.ts';
import {
  contains,
  describeRange,
  endOf,
  holds,
  overlaps,
  rangeTo,
  type AddressRange,
} from '../../../base/ranges.ts';
import { plural } from '../../../base/text.ts';
import { isDevice } from '../../../formats/cell/memory.ts';
import { busPassage, cpuAddress, readRegisters, type Registers } from '../../../formats/dtb/addresses.ts';
import { propertyOf } from '../../../formats/dtb/edit.ts';
import { isPciHost } from '../../../formats/dtb/pci.ts';
import { uartAt } from '../../../formats/dtb/uarts.ts';
import { readText } from '../../../formats/dtb/values.ts';
import { compatiblesOf, parentOf, pathOf, type Device } from '../../../formats/dtb/walk.ts';
import { behind, listed, type TreeBreach, type TreeRule } from './rule.ts';
import { areBuiltIn, isSame, type TreeScene } from './scene.ts';

/** Peripherals whose identification Linux reads before it looks for a driver (drivers/amba/bus.c). */
const AMBA = /^arm,(?:primecell$|pl\d)/;

const isAmba = (device: Device): boolean =>
  compatiblesOf(device).some((each) => AMBA.test(each)) &&
  propertyOf(device.node, 'arm,primecell-periphid') === undefined;

/** The identification is in the last bytes of the registers. */
const AMBA_ID_SIZE = 0x20n;

/** Drivers that read their registers as soon as they find the node; they wait for no clock. */
const EAGER: readonly (readonly [compatible: RegExp, symbol: string])[] = [
  [/^virtio,mmio$/, 'VIRTIO_MMIO'],
  [/^qemu,fw-cfg-mmio$/, 'FW_CFG_SYSFS'],
  [/^arm,armv7-timer-mem$/, 'ARM_ARCH_TIMER'],
  [/^arm,smmu-v3$/, 'ARM_SMMU_V3'],
];

/** Whether the kernel surely touches the registers of the device. */
function isTouched(scene: TreeScene, device: Device): boolean {
  if (isAmba(device)) return true;
  const uart = uartAt(device);
  const symbols =
    uart?.kind.symbols.filter((symbol) => !symbol.endsWith('_CONSOLE')) ??
    EAGER.filter(([pattern]) => compatiblesOf(device).some((each) => pattern.test(each))).map(
      ([, symbol]) => symbol,
    );
  return symbols.length > 0 && areBuiltIn(scene, symbols) === true;
}

/** Whether the children of a node have addresses that the CPU uses: no I2C chips, CPUs or ports. */
function isMemoryBus(bus: Device): boolean {
  const above = parentOf(bus);
  return above === null || (busPassage(bus, 'ranges') !== 'none' && isMemoryBus(above));
}

/** What is not a device of the cell's memory map: RAM, the GIC, and the virtual PCI, which have rules of their own. */
function isElsewhere({ gic }: TreeScene, device: Device): boolean {
  const { node, ancestors } = device;
  return (
    propertyOf(node, 'reg') === undefined ||
    compatiblesOf(device).length === 0 ||
    isSame(device, gic) ||
    isPciHost(device) ||
    ancestors.some((each) => ['cpus', 'reserved-memory'].includes(each.name)) ||
    readText(propertyOf(node, 'device_type')) === 'memory'
  );
}

/** Where the first register, which a driver reads first, is not the cell's; `null`: nothing of it is certain. */
function outside(scene: TreeScene, device: Device, { entries }: Registers): AddressRange | null {
  const ranges = entries.flatMap(({ cpu }) => (cpu !== null && cpu.size > 0n ? cpu : []));
  const [first] = ranges;
  if (first === undefined) return null;
  if (!ranges.some((range) => scene.mapped.some((each) => overlaps(each, range)))) return first;
  if (!isAmba(device) || first.size < AMBA_ID_SIZE) return null;
  const id = rangeTo(endOf(first) - AMBA_ID_SIZE, endOf(first));
  return scene.mapped.some((each) => contains(each, id)) ? null : id;
}

interface Outside {
  device: Device;
  range: AddressRange;
  /** As the bus has it, where that is another address. */
  bus: AddressRange | null;
}

/** The address that a node is called after: `gpio@fe200000`. */
const UNIT_ADDRESS = /@([0-9a-f]{1,16})$/;

/** Where a device is by its name, since its `reg` cannot be read; `null`: in the cell, or nobody knows. */
function namedOutside(scene: TreeScene, device: Device, bus: Device): Outside | null {
  const unit = UNIT_ADDRESS.exec(device.node.name);
  if (unit === null) return null;
  const onBus = { start: BigInt(`0x${unit[1]!}`), size: 4n };
  const start = cpuAddress(bus, onBus.start);
  if (start === null || scene.mapped.some((each) => holds(each, start))) return null;
  return { device, range: { start, size: 4n }, bus: start === onBus.start ? null : onBus };
}

interface Unmapped {
  outside: Outside[];
  /** Their `reg` cannot be read. */
  misread: Device[];
  /** Of these, what is not the cell's by its name. */
  named: Outside[];
}

/** Devices that the rule is about, by what is wrong with them. */
export function unmappedDevices(scene: TreeScene): Unmapped {
  const found: Unmapped = { outside: [], misread: [], named: [] };
  for (const device of scene.devices) {
    const bus = parentOf(device);
    if (bus === null || isElsewhere(scene, device) || !isMemoryBus(bus)) continue;
    const registers = readRegisters(device);
    if (registers.leftOver > 0) {
      found.misread.push(device);
      const named = registers.entries.length === 0 ? namedOutside(scene, device, bus) : null;
      if (named !== null) found.named.push(named);
    }
    const range = outside(scene, device, registers);
    if (range === null) continue;
    const [first] = registers.entries;
    found.outside.push({ device, range, bus: first!.bus.start === first!.cpu?.start ? null : first!.bus });
  }
  return found;
}

/** The low bits by which the CPU's and a bus's address of one device agree. */
const SAME_ON_BUS = 0xffffffn;

/** A device region of the cell that looks as if it meant these registers by an address of another bus. */
function otherView({ request }: TreeScene, { range, bus }: Outside): string | null {
  const regions = request.cell.memoryRegions.filter(isDevice);
  const byBus = bus && regions.find((region) => region.virt_start === bus.start);
  if (byBus) {
    return `the cell has ${hex(byBus.virt_start)}, which is the address on the bus: give it ${hex(range.start)}, the CPU's`;
  }
  const twin = regions.find(
    ({ virt_start }) =>
      (virt_start & SAME_ON_BUS) === (range.start & SAME_ON_BUS) && virt_start !== range.start,
  );
  return twin === undefined
    ? null
    : `the cell has ${hex(twin.virt_start)}; one of the two is an address on the bus, and the CPU needs its own in both`;
}

function outsideBreach(scene: TreeScene, found: readonly Outside[], isCertain: boolean): TreeBreach[] {
  const [first] = found;
  if (first === undefined) return [];
  const lines = found.map(({ device, range }) => `${pathOf(device)} at ${describeRange(range)}`);
  const view = found.map((each) => otherView(scene, each)).find((each) => each !== null);
  const what = found.length === 1 ? 'is' : 'are';
  return [
    {
      message: `${listed(lines)} ${what} switched on, but in no memory region of the cell`,
      requested: `a region with READ, WRITE and IO at ${describeRange(first.range)}, or status = "disabled"`,
      actual: `${plural(found.length, 'device')} outside of the cell's memory`,
      symptom: `\`Unhandled data read at ${hex(first.range.start + (isAmba(first.device) ? first.range.size - AMBA_ID_SIZE : 0n))}\`, and the CPU is parked${isCertain ? '' : ', if the kernel has a driver for it'}`,
      ...(view === undefined ? {} : { fix: view }),
      ...(isCertain ? {} : { severity: 'warning' }),
      ...behind(lines),
    },
  ];
}

function misreadBreach(devices: readonly Device[]): TreeBreach[] {
  const [first] = devices;
  if (first === undefined) return [];
  const { widths, leftOver, entries } = readRegisters(first);
  const has = entries.length * (widths[0] + widths[1]) + leftOver;
  return [
    {
      severity: 'warning',
      message: `reg of ${listed(devices.map(pathOf))} has ${plural(has, 'cell')}, not a multiple of the ${widths[0]} + ${widths[1]} that its bus asks for`,
      requested: `${widths[0]} cells for each address, ${widths[1]} for each size (#address-cells and #size-cells of the parent)`,
      actual: plural(has, 'cell'),
      symptom: 'the kernel finds no registers, or others than were meant: the device does not appear',
      fix: 'write reg with the cells of the parent, or move the node below the bus that it was written for',
      ...behind(devices.map(pathOf)),
    },
  ];
}

function namedBreach(scene: TreeScene, found: readonly Outside[]): TreeBreach[] {
  const [first] = found;
  if (first === undefined) return [];
  const lines = found.map(({ device }) => pathOf(device));
  const view = found.map((each) => otherView(scene, each)).find((each) => each !== null);
  const address = hex(first.range.start);
  return [
    {
      severity: 'warning',
      message: `${listed(lines)} ${found.length === 1 ? 'is' : 'are'} called after an address that is in no memory region of the cell`,
      requested: `a region with READ, WRITE and IO at ${address}, or status = "disabled"`,
      actual: `${address}, as the CPU sees it`,
      symptom: `once reg is right: \`Unhandled data read at ${address}\`, and the CPU is parked, if the kernel has a driver for it`,
      ...(view === undefined ? {} : { fix: view }),
      ...behind(lines),
    },
  ];
}

function* findUnmapped(scene: TreeScene): Iterable<TreeBreach> {
  const { outside: all, misread, named } = unmappedDevices(scene);
  // The console's UART has a rule of its own.
  const found = all.filter(({ device }) => !isSame(device, scene.console?.device));
  const touched = new Set(found.filter(({ device }) => isTouched(scene, device)));
  yield* outsideBreach(scene, [...touched], true);
  yield* outsideBreach(
    scene,
    found.filter((each) => !touched.has(each)),
    false,
  );
  yield* misreadBreach(misread);
  yield* namedBreach(scene, named);
}

export const REGISTERS_RULE: TreeRule = {
  id: 'dtb/registers',
  severities: ['error', 'warning'],
  reason: 'a cell that touches what it does not have is stopped',
  symptom: '`Unhandled data read`, and the CPU is parked',
  fix: 'give the cell the registers as a region with READ, WRITE and IO, or switch the node off in the device tree',
  source:
    'Jailhouse, hypervisor/arch/arm-common/mmio.c; Linux, drivers/amba/bus.c and drivers/of/address.c; seen under a real Jailhouse',
  find: findUnmapped,
};
