import { propertyOf, childNamed } from '../../formats/dtb/edit.ts';
import type { DeviceTree } from '../../formats/dtb/types.ts';
import { compatiblesOf, deviceByName, devicesOf, isEnabled, type Device } from '../../formats/dtb/walk.ts';
import { readText } from '../../formats/dtb/values.ts';

/** UARTs that one Linux driver drives. */
interface UartKind {
  /** Patterns of the compatible strings. */
  compatible: RegExp;
  /** What the kernel calls them, without the number. */
  tty: string;
  /** Kconfig symbols of the driver and its console. */
  symbols: readonly string[];
}

/** The UARTs of the boards that Jailhouse supports (Linux, drivers/tty/serial). */
const KINDS: readonly UartKind[] = [
  {
    compatible: /^arm,(?:pl011|sbsa-uart)$/,
    tty: 'ttyAMA',
    symbols: ['SERIAL_AMBA_PL011', 'SERIAL_AMBA_PL011_CONSOLE'],
  },
  {
    compatible: /^(?:cdns,uart-r1p(?:8|12)|xlnx,(?:xuartps|zynqmp-uart))$/,
    tty: 'ttyPS',
    symbols: ['SERIAL_XILINX_PS_UART', 'SERIAL_XILINX_PS_UART_CONSOLE'],
  },
  {
    compatible: /^snps,dw-apb-uart$/,
    tty: 'ttyS',
    symbols: ['SERIAL_8250', 'SERIAL_8250_CONSOLE', 'SERIAL_8250_DW'],
  },
  {
    compatible: /^brcm,bcm2835-aux-uart$/,
    tty: 'ttyS',
    symbols: ['SERIAL_8250', 'SERIAL_8250_CONSOLE', 'SERIAL_8250_BCM2835AUX'],
  },
  {
    compatible: /^ti,(?:am\d+|omap\d|dra742)-uart$/,
    tty: 'ttyS',
    symbols: ['SERIAL_8250', 'SERIAL_8250_CONSOLE', 'SERIAL_8250_OMAP'],
  },
  {
    compatible: /^(?:ns16[45]50a?|ns8250|nvidia,tegra\d+-uart)$/,
    tty: 'ttyS',
    symbols: ['SERIAL_8250', 'SERIAL_8250_CONSOLE', 'SERIAL_OF_PLATFORM'],
  },
  {
    compatible: /^fsl,(?:vf610|ls1021a|imx7ulp|imx8qxp|imxrt1050)-lpuart$/,
    tty: 'ttyLP',
    symbols: ['SERIAL_FSL_LPUART', 'SERIAL_FSL_LPUART_CONSOLE'],
  },
  {
    compatible: /^fsl,imx\d+[a-z]*-uart$/,
    tty: 'ttymxc',
    symbols: ['SERIAL_IMX', 'SERIAL_IMX_CONSOLE'],
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
function uartAt(device: Device): Uart | null {
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

/** What the command line says of the console: `console=ttyAMA0,115200` is `{ text, tty: 'ttyAMA', line: 0 }`. */
export interface ConsoleWord {
  text: string;
  tty: string;
  line: number;
}

const CONSOLE = /(?:^|\s)console=(tty[A-Z][A-Za-z]*|ttymxc)(\d+)(?:,\S*)?(?=\s|$)/g;

/** The last serial console of a command line; the kernel makes it /dev/console. */
export function serialConsoleWord(cmdline: string): ConsoleWord | null {
  const last = [...cmdline.matchAll(CONSOLE)].at(-1);
  return last === undefined ? null : { text: last[0].trim(), tty: last[1]!, line: Number(last[2]) };
}

/** The device that /chosen names for output, and its own words for it. */
export function stdoutOf(tree: DeviceTree): { text: string; device: Device | null } | null {
  const chosen = childNamed(tree.root, 'chosen');
  const text =
    readText(propertyOf(chosen, 'stdout-path')) ?? readText(propertyOf(chosen, 'linux,stdout-path'));
  return text === null ? null : { text, device: deviceByName(tree, text) };
}

/**
 * The UART that the kernel's console will be on: as the command line says, else as /chosen says. `null`: none is
 * asked for, or there is no such one.
 */
export function consoleUart(tree: DeviceTree, cmdline: string): Uart | null {
  const word = serialConsoleWord(cmdline);
  if (word === null) {
    const device = stdoutOf(tree)?.device;
    return device ? uartAt(device) : null;
  }
  const named = deviceByName(tree, `serial${word.line}`);
  const uart = named && uartAt(named);
  if (uart?.kind.tty === word.tty) return uart;
  const candidates = uartsOf(tree).filter(({ kind }) => kind.tty === word.tty);
  return candidates[word.line] ?? (candidates.length === 1 ? candidates[0]! : null);
}
