import type { Interrupt } from './interrupts.ts';
import type { DeviceTree } from './types.ts';
import { compatiblesOf, devicesOf, isEnabled, type Device } from './walk.ts';

/** Interrupt controllers of the Arm architecture (Linux, Documentation/devicetree/bindings/interrupt-controller). */
const GIC_V2 =
  /^(?:arm,(?:gic-400|cortex-a(?:5|7|9|15)-gic|arm11mp-gic|pl390|eb11mp-gic|tc11mp-gic)|brcm,brahma-b15-gic|qcom,msm-(?:8660-)?qgic2?)$/;
const GIC_V3 = /^(?:arm,gic-v3|qcom,msm8996-gic-v3)$/;

/** Controllers in front of a GIC that count as it does: they only wake the CPU. */
const PASSING = /^(?:fsl,imx[0-9a-z]+-gpc|nvidia,tegra\d+-ictlr)$/;

/** 2 or 3, for the GIC's generation; `null` if the device is none. GICv1 is driven as GICv2. */
export function gicVersion(device: Device): 2 | 3 | null {
  const compatibles = compatiblesOf(device);
  if (compatibles.some((each) => GIC_V3.test(each))) return 3;
  return compatibles.some((each) => GIC_V2.test(each)) ? 2 : null;
}

/** The tree's first GIC that is switched on. */
export const gicOf = (tree: DeviceTree): Device | null =>
  [...devicesOf(tree)].find((device) => isEnabled(device) && gicVersion(device) !== null) ?? null;

/** A shared peripheral interrupt's number to the hypervisor and the hardware: private ones come first. */
export const SPI_BASE = 32;

/** An interrupt in the words of the GIC's binding. */
export interface GicInterrupt {
  kind: 'spi' | 'ppi';
  /** Counted from the first of its kind. */
  number: number;
  /** The trigger in its low four bits: 1 and 2 for edges, 4 and 8 for levels. */
  flags: number;
}

const KINDS = ['spi', 'ppi'] as const;

/** An interrupt at a GIC, or at what counts as one; `null` for other controllers, and for extended ranges. */
export function gicInterrupt({ controller, cells }: Interrupt): GicInterrupt | null {
  const isGic =
    gicVersion(controller) !== null || compatiblesOf(controller).some((each) => PASSING.test(each));
  const [kind, number, flags] = cells;
  if (!isGic || kind === undefined || number === undefined || flags === undefined) return null;
  const name = KINDS[kind];
  return name === undefined ? null : { kind: name, number, flags };
}

/** The numbers of the SPIs among interrupts. */
export const spisAmong = (interrupts: readonly Interrupt[]): number[] =>
  interrupts.flatMap((interrupt) => {
    const found = gicInterrupt(interrupt);
    return found?.kind === 'spi' ? [found.number] : [];
  });
