import { hex } from '../../../base/address.ts';
import { describeUartPorts, ioapicPins, mayTouchUart, ownsUart } from '../../../formats/cell/resources.ts';
import {
  earlyConsoles,
  isKnownConsole,
  namedConsoles,
  serialConsole,
} from '../../../formats/kernel/consoles.ts';
import { isSetTo, isTurnedOff, numberOf, type KernelConfig } from '../../../formats/kernel/kconfig.ts';
import type { Cmdline } from '../../../formats/kernel/cmdline.ts';
import {
  countUarts,
  fallBack,
  knowsUartFlags,
  mayBeOnCard,
  PC_UARTS,
  pcConsole,
  tellCount,
  type PcUart,
  type UartCount,
} from '../pc-uarts.ts';
import type { KernelFacts } from '../evidence.ts';
import type { Breach } from '../rule.ts';
import { seemsToMean } from './misspelt.ts';

const RUNTIME_UARTS = 'SERIAL_8250_RUNTIME_UARTS';

/** What a config says so that the driver registers `count` UARTs, unless the command line decides. */
function uartsFix(
  config: KernelConfig,
  count: number,
  { byCmdline, off }: UartCount,
): Pick<Breach, 'fixSymbols'> {
  if (byCmdline) return {};
  const most = numberOf(config, 'SERIAL_8250_NR_UARTS');
  const symbols = most !== null && most < count ? ['SERIAL_8250_NR_UARTS', RUNTIME_UARTS] : [RUNTIME_UARTS];
  return {
    fixSymbols: [
      ...off.map((symbol) => ({ symbol, value: 'y' })),
      ...symbols.map((symbol) => ({ symbol, value: String(count) })),
    ],
  };
}

/** Whether the command line may mean a UART that cannot be told: fewer UARTs would silence it for good. */
const mayMeanUart = (cmdline: Cmdline): boolean =>
  seemsToMean(cmdline, 'console') || namedConsoles(cmdline).some((console) => !isKnownConsole(console));

/** U, the UARTs that the driver registers, against N, the console's ttySN. */
export function judgeRuntimeUarts(facts: KernelFacts): Breach | null {
  const { profile, config, cmdline, cell } = facts;
  const found = countUarts(config, cmdline);
  if (!config || !found) return null;
  const { count, because } = found;
  const mayExceed =
    profile === 'mainline' && (cell === null || cell.uartFlags) && knowsUartFlags(facts) === true;
  if (cmdline === null) {
    // Which of the two it must be, only a command line tells.
    if (count <= 1 || mayExceed) return null;
    return {
      message: `the kernel registers ${tellCount(found)}; required: 1 with a console on ttyS0, 0 without one`,
      requested: '0 or 1 (for consoles up to ttyS0)',
      actual: `${count} (${because})`,
      about: 'config',
      symbol: RUNTIME_UARTS,
      ...uartsFix(config, 1, found),
    };
  }
  const console = serialConsole(cmdline);
  if (!console && mayMeanUart(cmdline)) return null;
  const needed = console ? console.line + 1 : 0;
  if (count === needed || (mayExceed && count > needed)) return null;
  const wanted = mayExceed ? `${needed} or more` : `${needed}`;
  const why = console ? `with console=${console.text}` : 'without a serial console';
  return {
    message: `the kernel registers ${tellCount(found)}; required: ${wanted} ${why}`,
    requested: `${wanted} (${why})`,
    actual: `${count} (${because})`,
    ...(found.byCmdline ? { about: 'cmdline' } : { about: 'config', symbol: RUNTIME_UARTS }),
    // A console that is not the cell's asks for a number that is not either: its ports are the fault.
    ...(count < needed && findOwnFault(facts) ? { after: ['kernel/console-ports'] as const } : {}),
    ...(fallBack(facts) ? { severity: 'warning' as const } : {}),
    ...uartsFix(config, needed, found),
  };
}

/** What keeps the cell from using the console's own UART; a kernel that is told nothing of it may use it all the same. */
function findOwnFault(facts: KernelFacts): Breach | null {
  const { cell, cmdline } = facts;
  const console = cmdline && pcConsole(cmdline);
  if (!cell || !console) return null;
  const { uart, text } = console;
  const { pio } = cell.config;
  if (ownsUart(pio, uart.base)) return null;
  const mayTouch = mayTouchUart(pio, uart.base);
  const isTold = cell.uartFlags && knowsUartFlags(facts) !== false;
  const onCard = mayBeOnCard(cell, uart);
  const other = fallBack(facts);
  const actual = describeUartPorts(pio, uart.base);
  const notes = [
    ...(other
      ? [`the console is on ${other.uart.name} then, as the kernel registers ${tellCount(other)}`]
      : []),
    ...(mayTouch
      ? [
          isTold
            ? 'the kernel learns of a UART only if one region is exactly its 8 ports'
            : 'this kernel works with it, but Linux 5.5 and newer skip a UART that has no region of exactly its 8 ports',
        ]
      : []),
    ...(onCard ? [`this is fine if ${uart.name} is on a PCI card of the cell`] : []),
  ];
  const ports = `${hex(uart.base)} to ${hex(uart.base + 7)}`;
  return {
    message: [`${text} is on ports ${ports}, for which the cell has ${actual}`, ...notes].join('; '),
    requested:
      'regions' in pio
        ? `one PIO region ${hex(uart.base)}+8 for ${uart.name}`
        : `all eight bits of ${uart.name} clear`,
    actual,
    about: 'cell',
    ...(other || onCard || (mayTouch && !isTold) ? { severity: 'warning' } : {}),
    ...(other ? { fix: `name the console that the cell has: console=${other.uart.name}` } : {}),
  };
}

/** The UARTs that the kernel touches because nobody tells it which ones the cell has. */
function probedUarts(facts: KernelFacts): PcUart[] {
  const { cell, cmdline, config } = facts;
  if (!cell || (cell.uartFlags && knowsUartFlags(facts) !== false)) return [];
  const console = cmdline && serialConsole(cmdline);
  const count = countUarts(config, cmdline)?.count ?? (console ? console.line + 1 : 0);
  return PC_UARTS.slice(0, count);
}

function findProbeFault(facts: KernelFacts): Breach | null {
  const { cell, cmdline, config } = facts;
  if (!cell) return null;
  const probed = probedUarts(facts);
  const denied = probed.filter(({ base }) => !mayTouchUart(cell.config.pio, base));
  if (denied.length === 0) return null;
  const names = (uarts: readonly PcUart[]): string =>
    uarts.map(({ name, base }) => `${name} (${hex(base)})`).join(', ');
  const because = cell.uartFlags
    ? 'it does not know UART flags'
    : "the cell's Jailhouse release does not say which ones it has";
  const console = cmdline && serialConsole(cmdline);
  const needed = console ? console.line + 1 : 0;
  const isNeeded = denied.some((uart) => PC_UARTS.indexOf(uart) < needed);
  const registered = config && countUarts(config, cmdline);
  return {
    message: `the kernel probes ${names(probed)}, as ${because}, and the cell does not have ${names(denied)}`,
    requested: `${names(probed)} in the cell`,
    actual: `the cell does not have ${names(denied)}`,
    about: 'cell',
    ...(isNeeded
      ? {}
      : {
          fix: `let the kernel register no more UARTs than the console needs: 8250.nr_uarts=${needed} on the cmdline, or CONFIG_SERIAL_8250_RUNTIME_UARTS=${needed}`,
          ...(registered ? uartsFix(config, needed, registered) : {}),
        }),
  };
}

/** The ports of the console, and of what the kernel touches beside it. */
export function judgeConsolePorts(facts: KernelFacts): Breach | null {
  const own = findOwnFault(facts);
  const probe = findProbeFault(facts);
  if (!own || !probe) return own ?? probe;
  const { fixSymbols: _, ...both } = probe;
  return {
    ...both,
    message: `${own.message}; ${probe.message}`,
    requested: `${own.requested}; ${probe.requested}`,
    actual: `${own.actual}; ${probe.actual}`,
  };
}

/** The interrupt of the UART that the console is on in the end. */
export function judgeConsoleIrq(facts: KernelFacts): Breach | null {
  const { cell, cmdline } = facts;
  const console = cmdline && pcConsole(cmdline);
  if (!cell || !console) return null;
  const other = fallBack(facts);
  const uart = other?.uart ?? console.uart;
  const of = other
    ? `${uart.name}, which the kernel takes for ${console.text} as it registers ${tellCount(other)}`
    : `the UART of ${console.text}`;
  const pins = ioapicPins(cell.config);
  if (pins?.has(uart.pin) || mayBeOnCard(cell, uart)) return null;
  const requested = `pin ${uart.pin} of the IOAPIC at 0xfec00000`;
  if (pins === null) {
    return {
      message: `the cell has no IOAPIC at 0xfec00000, where pin ${uart.pin} is the interrupt of ${of}`,
      requested,
      actual: 'no such IOAPIC',
      about: 'cell',
      fix: `add the IOAPIC to .irqchips of the cell config, with bit ${uart.pin} of .pin_bitmap set`,
    };
  }
  const has = pins.size === 0 ? 'no pin of it' : `pin${pins.size === 1 ? '' : 's'} ${[...pins].join(', ')}`;
  return {
    message: `${of}${other ? ',' : ''} interrupts on pin ${uart.pin} of the IOAPIC, and the cell has ${has}`,
    requested,
    actual: has,
    about: 'cell',
    fix: `set bit ${uart.pin} of .pin_bitmap of the IOAPIC in the cell config`,
  };
}

/** Whether the kernel has what reads the word of an early console; `null`: its config does not say. */
function readsEarly(config: KernelConfig | null, text: string): boolean | null {
  const symbol = text.startsWith('earlyprintk=') ? 'EARLY_PRINTK' : 'SERIAL_EARLYCON';
  if (config === null || (!isSetTo(config, symbol, 'y') && !isTurnedOff(config, symbol))) return null;
  return isSetTo(config, symbol, 'y');
}

/** Early consoles write to the ports without asking anybody. */
export function judgeEarlyConsole({ cell, cmdline, config }: KernelFacts): Breach | null {
  if (!cmdline) return null;
  const early = earlyConsoles(cmdline).flatMap(({ text, base }) =>
    base === null || readsEarly(config, text) === false ? [] : [{ text, base }],
  );
  const denied = cell ? early.filter(({ base }) => !mayTouchUart(cell.config.pio, base)) : [];
  if (cell && denied.length > 0) {
    const actual = denied.map(({ base }) => describeUartPorts(cell.config.pio, base)).join('; ');
    return {
      message: `${denied.map(({ text, base }) => `${text} writes to ports ${hex(base)} to ${hex(base + 7)}`).join(', ')}, for which the cell has ${actual}`,
      requested: denied.map(({ base }) => `ports ${hex(base)} to ${hex(base + 7)}`).join(', '),
      actual,
      about: 'cmdline',
      ...(denied.some(({ text }) => readsEarly(config, text)) ? {} : { severity: 'warning' }),
    };
  }
  const console = pcConsole(cmdline);
  const other = console && early.find(({ base }) => base !== console.uart.base);
  if (!console || !other) return null;
  return {
    message: `${other.text} is the UART at ${hex(other.base)}, and ${console.text} the one at ${hex(console.uart.base)}`,
    requested: `${hex(console.uart.base)} (${console.text})`,
    actual: `${hex(other.base)} (${other.text})`,
    about: 'cmdline',
    severity: 'warning',
    fix: 'name the same UART in both',
  };
}
