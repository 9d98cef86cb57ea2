import { pinsOf } from '../../../formats/cell/resources.ts';
import { propertyOf } from '../../../formats/dtb/edit.ts';
import { SPI_BASE, spisAmong } from '../../../formats/dtb/gic.ts';
import { interruptsOf, type InterruptFault } from '../../../formats/dtb/interrupts.ts';
import { uartAt } from '../../../formats/dtb/uarts.ts';
import { compatiblesOf, pathOf, type Device } from '../../../formats/dtb/walk.ts';
import { unmappedDevices } from './registers.ts';
import { behind, listed, type TreeBreach, type TreeRule } from './rule.ts';
import { isMissing, isSame, type TreeScene } from './scene.ts';

const NO_INPUT = 'the console prints and reads nothing';
const NO_INTERRUPTS = 'the device gets no interrupts';

const isTimer = (device: Device): boolean =>
  compatiblesOf(device).some((each) => /^arm,armv[78]-timer$/.test(each));

/** Whether this kernel certainly has no driver for the device; only UARTs are known well enough. */
function hasNoDriver(scene: TreeScene, device: Device): boolean {
  const uart = uartAt(device);
  return uart !== null && isMissing(scene, uart.kind.symbols.slice(0, 1)) === true;
}

interface Foreign {
  device: Device;
  spis: readonly number[];
}

const FAULTS: Readonly<Record<InterruptFault, { what: string; requested: string; fix: string }>> = {
  'no-parent': {
    what: 'have interrupts, but no interrupt-parent',
    requested: 'interrupt-parent = <&gic>, most often of the root node',
    fix: 'write interrupt-parent = <&gic> to the root node of the device tree',
  },
  'no-controller': {
    what: 'have interrupts of a controller that the device tree does not have',
    requested: 'the phandle of an interrupt controller with #interrupt-cells',
    fix: 'correct interrupts-extended, or add the controller that it names',
  },
  'cut-short': {
    what: 'have interrupts that do not divide by the #interrupt-cells of their controller',
    requested: 'as many cells for each interrupt as the controller asks for: 3 for a GIC',
    fix: 'write interrupts as the binding of their controller does: <type number flags> for a GIC',
  },
  'not-mapped': {
    what: 'have interrupts that no interrupt-map on their way leads to a controller',
    requested: 'an entry of interrupt-map for each interrupt, or the GIC as interrupt-parent',
    fix: 'write the interrupts as the GIC counts them, with the GIC as interrupt-parent',
  },
};

function* faultBreaches(
  scene: TreeScene,
  faults: ReadonlyMap<InterruptFault, readonly Device[]>,
): Iterable<TreeBreach> {
  for (const [fault, devices] of faults) {
    const isConsole = devices.some((device) => isSame(device, scene.console?.device));
    const isClock = devices.some(isTimer);
    const { what, requested, fix } = FAULTS[fault];
    const names = devices.map(pathOf);
    yield {
      ...(isConsole || isClock ? {} : { severity: 'warning' }),
      message: `${listed(names)} ${devices.length === 1 ? what.replace('have', 'has') : what}`,
      requested,
      actual: names.length === 1 ? `interrupts of ${names[0]}` : `interrupts of ${names.length} devices`,
      symptom: isClock
        ? 'the clock does not advance: the boot ends without a message, or user space prints nothing'
        : isConsole
          ? NO_INPUT
          : NO_INTERRUPTS,
      fix,
      ...behind(names),
    };
  }
}

const inWords = ({ device, spis }: Foreign): string =>
  `${pathOf(device)} raises ${spis.map((spi) => `SPI ${spi} (interrupt ${spi + SPI_BASE})`).join(', ')}`;

function foreignBreach(found: readonly Foreign[], more: Partial<TreeBreach>): TreeBreach[] {
  if (found.length === 0) return [];
  const lines = found.map(inWords);
  const pins = [...new Set(found.flatMap(({ spis }) => spis.map((spi) => spi + SPI_BASE)))];
  return [
    {
      message: `${lines.slice(0, 3).join('; ')}${lines.length > 3 ? `; and ${lines.length - 3} more` : ''}, which the cell does not own`,
      requested: `in .irqchips of the cell: ${pins.toSorted((a, b) => a - b).join(', ')}`,
      ...behind(lines),
      ...more,
    },
  ];
}

function* findInterrupts(scene: TreeScene): Iterable<TreeBreach> {
  const owned = new Set(scene.request.cell.irqchips.flatMap(pinsOf));
  // Whose registers are not the cell's has its interrupts elsewhere, too, and that is reported.
  const reported = new Set(unmappedDevices(scene).outside.map(({ device }) => device.node));
  const faults = new Map<InterruptFault, Device[]>();
  const foreign: Foreign[] = [];
  for (const device of scene.devices) {
    if (reported.has(device.node)) continue;
    const { interrupts, fault } = interruptsOf(scene.phandles, device);
    if (fault !== null && propertyOf(device.node, 'compatible') !== undefined) {
      const before = faults.get(fault);
      if (before === undefined) faults.set(fault, [device]);
      else before.push(device);
    }
    const spis = spisAmong(interrupts).filter((spi) => !owned.has(spi + SPI_BASE));
    if (spis.length > 0) foreign.push({ device, spis });
  }
  if (scene.gic !== null) yield* faultBreaches(scene, faults);
  const isOfConsole = ({ device }: Foreign): boolean => isSame(device, scene.console?.device);
  const ofOthers = foreign.filter((each) => !isOfConsole(each));
  const driverless = new Set(ofOthers.filter(({ device }) => hasNoDriver(scene, device)));
  yield* foreignBreach(foreign.filter(isOfConsole), { symptom: NO_INPUT });
  yield* foreignBreach(
    ofOthers.filter((each) => !driverless.has(each)),
    { severity: 'warning' },
  );
  yield* foreignBreach([...driverless], {
    severity: 'info',
    symptom: 'nothing: the kernel has no driver for the device',
  });
}

export const INTERRUPTS_RULE: TreeRule = {
  id: 'dtb/interrupts',
  severities: ['error', 'warning', 'info'],
  reason: 'an interrupt that the cell does not own does not reach it',
  symptom: NO_INTERRUPTS,
  fix: 'add the interrupt to a pin_bitmap of the cell, or switch the device off in the device tree',
  source:
    'Jailhouse, hypervisor/arch/arm-common/irqchip.c; Linux, drivers/of/irq.c; seen under a real Jailhouse',
  find: findInterrupts,
};
