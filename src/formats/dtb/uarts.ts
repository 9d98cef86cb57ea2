import { childNamed, propertyOf } from './edit.ts';
import type { DeviceTree } from './types.ts';
import { readText } from './values.ts';
import { aliasesOf, compatiblesOf, deviceByName, devicesOf, isEnabled, type Device } from './walk.ts';

/** UARTs that one Linux driver drives. */
interface UartKind {
  /** Patterns of the compatible strings. */
  compatible: RegExp;
  /** What the kernel calls them, without the number. */
  tty: string;
  /** Kconfig symbols of the driver and its console. */
  symbols: readonly string[];
  /** Its driver takes no UART that has no alias serialN. */
  needsAlias?: true;
  /** What its driver asks for of its clocks; without it, it does not take the UART. */
  clocks?: ClockNeed;
}

interface ClockNeed {
  /** In clock-names; otherwise any clock does. */
  names?: readonly string[];
  /** A clock-frequency does, too. */
  orFrequency?: true;
}

/** The UARTs of the boards that Jailhouse supports (Linux, drivers/tty/serial). */
const KINDS: readonly UartKind[] = [
  {
    compatible: /^arm,pl011$/,
    tty: 'ttyAMA',
    symbols: ['SERIAL_AMBA_PL011', 'SERIAL_AMBA_PL011_CONSOLE'],
    clocks: { names: ['apb_pclk'] },
  },
  {
    compatible: /^arm,sbsa-uart$/,
    tty: 'ttyAMA',
    symbols: ['SERIAL_AMBA_PL011', 'SERIAL_AMBA_PL011_CONSOLE'],
  },
  {
    compatible: /^(?:cdns,uart-r1p(?:8|12)|xlnx,(?:xuartps|zynqmp-uart))$/,
    tty: 'ttyPS',
    symbols: ['SERIAL_XILINX_PS_UART', 'SERIAL_XILINX_PS_UART_CONSOLE'],
    clocks: {},
  },
  {
    compatible: /^snps,dw-apb-uart$/,
    tty: 'ttyS',
    symbols: ['SERIAL_8250', 'SERIAL_8250_CONSOLE', 'SERIAL_8250_DW'],
    clocks: { orFrequency: true },
  },
  {
    compatible: /^brcm,bcm2835-aux-uart$/,
    tty: 'ttyS',
    symbols: ['SERIAL_8250', 'SERIAL_8250_CONSOLE', 'SERIAL_8250_BCM2835AUX'],
    clocks: { orFrequency: true },
  },
  {
    compatible: /^ti,(?:am\d+|omap\d|dra742)-uart$/,
    tty: 'ttyS',
    symbols: ['SERIAL_8250', 'SERIAL_8250_CONSOLE', 'SERIAL_8250_OMAP'],
    needsAlias: true,
  },
  {
    compatible: /^(?:ns16[45]50a?|ns8250|nvidia,tegra\d+-uart)$/,
    tty: 'ttyS',
    symbols: ['SERIAL_8250', 'SERIAL_8250_CONSOLE', 'SERIAL_OF_PLATFORM'],
    clocks: { orFrequency: true },
  },
  {
    compatible: /^fsl,(?:vf610|ls1021a|imx7ulp|imx8qxp|imxrt1050)-lpuart$/,
    tty: 'ttyLP',
    symbols: ['SERIAL_FSL_LPUART', 'SERIAL_FSL_LPUART_CONSOLE'],
    clocks: {},
  },
  {
    compatible: /^fsl,imx\d+[a-z]*-uart$/,
    tty: 'ttymxc',
    symbols: ['SERIAL_IMX', 'SERIAL_IMX_CONSOLE'],
    clocks: { names: ['ipg', 'per'] },
    needsAlias: true,
  },
  {
    compatible: /^renesas,h?scif(?:a|b)?(?:-|$)/,
    tty: 'ttySC',
    symbols: ['SERIAL_SH_SCI', 'SERIAL_SH_SCI_CONSOLE'],
  },
  {
    compatible: /^marvell,armada-3700-uart(?:-ext)?$/,
    tty: 'ttyMV',
    symbols: ['SERIAL_MVEBU_UART', 'SERIAL_MVEBU_CONSOLE'],
  },
];

export interface Uart {
  device: Device;
  kind: UartKind;
  /** The compatible string that tells the kind. */
  compatible: string;
}

/** The UART at a device; `null` if it is none that is known. */
export function uartAt(device: Device): Uart | null {
  const compatibles = compatiblesOf(device);
  for (const kind of KINDS) {
    const compatible = compatibles.find((each) => kind.compatible.test(each));
    if (compatible !== undefined) return { device, kind, compatible };
  }
  return null;
}

/** The UARTs that are switched on. */
export const uartsOf = (tree: DeviceTree): Uart[] =>
  [...devicesOf(tree)]
    .filter(isEnabled)
    .map(uartAt)
    .filter((uart) => uart !== null);

/** The device that /chosen names for output, and its own words for it. */
export function stdoutOf(tree: DeviceTree): { text: string; device: Device | null } | null {
  const chosen = childNamed(tree.root, 'chosen');
  const text =
    readText(propertyOf(chosen, 'stdout-path')) ?? readText(propertyOf(chosen, 'linux,stdout-path'));
  return text === null ? null : { text, device: deviceByName(tree, text) };
}

/** A UART, and the number that its driver gives it. */
export interface NumberedUart extends Uart {
  /** The N of ttyAMAN; `null`: without an alias, the driver does not take it. */
  line: number | null;
  /** From an alias serialN; otherwise UARTs have the first numbers that are free. */
  hasAlias: boolean;
}

const SERIAL_ALIAS = /^serial(\d+)$/;

/** The N of serialN, by device node. */
function serialAliases(tree: DeviceTree): Map<Device['node'], number> {
  const found = new Map<Device['node'], number>();
  for (const { name, device } of aliasesOf(tree)) {
    const number = SERIAL_ALIAS.exec(name)?.[1];
    if (number !== undefined && device !== null && !found.has(device.node)) {
      found.set(device.node, Number(number));
    }
  }
  return found;
}

/** The UARTs that are switched on, with the numbers that Linux gives them, in the order of the tree. */
export function numberedUarts(tree: DeviceTree): NumberedUart[] {
  const aliases = serialAliases(tree);
  const taken = new Set<string>();
  /** Below it, none of its numbers is free. */
  const next = new Map<string, number>();
  return uartsOf(tree).map((uart) => {
    const { tty, needsAlias } = uart.kind;
    const alias = aliases.get(uart.device.node);
    let line: number | null = alias ?? null;
    if (alias === undefined && !needsAlias) {
      line = next.get(tty) ?? 0;
      while (taken.has(`${tty}${line}`)) line++;
      next.set(tty, line + 1);
    }
    taken.add(`${tty}${line}`);
    return { ...uart, line, hasAlias: alias !== undefined };
  });
}

/** Whether a driver that is known here calls its UARTs so. */
export const isKnownTty = (tty: string): boolean => KINDS.some((kind) => kind.tty === tty);
