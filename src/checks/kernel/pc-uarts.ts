import { plural } from '../../base/text.ts';
import { allowedPorts, mayTouchUart, UART_PORTS } from '../../formats/cell/resources.ts';
import { PCI_TYPES } from '../../formats/cell/names.ts';
import { requestedUarts, type Cmdline } from '../../formats/kernel/cmdline.ts';
import { serialConsole } from '../../formats/kernel/consoles.ts';
import { isTurnedOff, isUnstated, numberOf, type KernelConfig } from '../../formats/kernel/kconfig.ts';
import { isAtLeast } from '../../formats/kernel/version.ts';
import type { CellEvidence, KernelFacts } from './evidence.ts';

/** How many UARTs the 8250 driver registers. */
export interface UartCount {
  count: number;
  /** What says so: `CONFIG_SERIAL_8250_RUNTIME_UARTS=4`. */
  because: string;
  /** Whether the command line says it, which a kernel config cannot mend. */
  byCmdline: boolean;
  /** Symbols without which there is no driver at all, and that are off. */
  off: readonly string[];
}

const DEFAULT_UARTS = 4;

function wantedUarts(config: KernelConfig | null, cmdline: Cmdline | null): UartCount | null {
  const requested = cmdline && requestedUarts(cmdline);
  if (requested !== null) {
    return { count: requested, because: `8250.nr_uarts=${requested}`, byCmdline: true, off: [] };
  }
  if (config === null) return null;
  if (isUnstated(config, 'SERIAL_8250_RUNTIME_UARTS')) return null;
  const configured = numberOf(config, 'SERIAL_8250_RUNTIME_UARTS');
  return configured === null
    ? {
        count: DEFAULT_UARTS,
        because: 'the default without CONFIG_SERIAL_8250_RUNTIME_UARTS',
        byCmdline: false,
        off: [],
      }
    : {
        count: Number(configured),
        because: `CONFIG_SERIAL_8250_RUNTIME_UARTS=${configured}`,
        byCmdline: false,
        off: [],
      };
}

/** The 8250 driver's UARTs; `null` where neither config nor command line tells. */
export function countUarts(config: KernelConfig | null, cmdline: Cmdline | null): UartCount | null {
  const off = config ? ['TTY', 'SERIAL_8250'].filter((symbol) => isTurnedOff(config, symbol)) : [];
  if (off.length > 0) return { count: 0, because: `CONFIG_${off[0]} is not set`, byCmdline: false, off };
  const wanted = wantedUarts(config, cmdline);
  const most = config && numberOf(config, 'SERIAL_8250_NR_UARTS');
  if (wanted === null || most === null || most >= wanted.count) return wanted;
  return {
    count: Number(most),
    because: `${wanted.because}, at most CONFIG_SERIAL_8250_NR_UARTS=${most}`,
    byCmdline: false,
    off: [],
  };
}

/** From here on mainline skips UARTs that setup_data v2 does not name. */
const UART_FLAGS_SINCE = { major: 5, minor: 5 };

/** Whether the kernel goes by UART flags: what is in it counts for more than its version; `null` without either. */
export function knowsUartFlags({ contents, version }: KernelFacts): boolean | null {
  if (contents) return contents.uartFlags;
  return version && isAtLeast(version, UART_FLAGS_SINCE);
}

/** A UART of the PC. */
export interface PcUart {
  /** `ttyS0` */
  name: string;
  /** The first of its eight ports. */
  base: number;
  /** The IOAPIC pin of its interrupt. */
  pin: number;
}

const PINS = [4, 3, 4, 3];

/** The PC's UARTs, as Linux numbers them (arch/x86/include/asm/serial.h). */
export const PC_UARTS: readonly PcUart[] = UART_PORTS.map((base, line) => ({
  name: `ttyS${line}`,
  base,
  pin: PINS[line]!,
}));

/** The serial console, if it is one of the PC's UARTs: ttyS4 and up are on other cards. */
export function pcConsole(cmdline: Cmdline): { text: string; uart: PcUart } | null {
  const found = serialConsole(cmdline);
  const uart = found && PC_UARTS[found.line];
  return found && uart ? { text: `console=${found.text}`, uart } : null;
}

/**
 * The first UART, which the driver takes for a console whose number is beyond its UARTs, and what says how many it has;
 * `null` where the console is on its own UART, or the cell does not have the first one.
 *
 * @see Linux, drivers/tty/serial/8250/8250_core.c
 */
export function fallBack({ cell, cmdline, config }: KernelFacts): (UartCount & { uart: PcUart }) | null {
  const console = cmdline && serialConsole(cmdline);
  const found = countUarts(config, cmdline);
  if (!console || !found || found.count === 0 || found.count > console.line) return null;
  const uart = PC_UARTS[0]!;
  return cell === null || mayTouchUart(cell.config.pio, uart.base) ? { ...found, uart } : null;
}

export const tellCount = ({ count, because }: UartCount): string => `${plural(count, 'UART')} (${because})`;

/** Whether a UART may be on a PCI card of the cell, because the PC's own one is not the cell's. */
export const mayBeOnCard = ({ config: { pciDevices, pio } }: CellEvidence, { base }: PcUart): boolean =>
  allowedPorts(pio, base).length === 0 && pciDevices.some(({ type }) => type === PCI_TYPES.device);
