import { UART_PORTS } from '../cell/resources.ts';
import { valuesOf, type Cmdline } from './cmdline.ts';

/** What a `console=` names. */
export interface NamedConsole {
  /** `ttyS`, `hvc`, `jailhouse`, `uart`. */
  device: string;
  /** The N of ttySN; 0 without one. */
  line: number;
  /** `115200n8`; `null` if none are given. */
  options: string | null;
  /** The parameter's value, as written. */
  text: string;
}

/** Names of UARTs that only chips with Arm cores have (Linux, drivers/tty/serial). */
const ARM_ONLY: ReadonlySet<string> = new Set([
  'ttyAMA',
  'ttyAML',
  'ttyFIQ',
  'ttyHSL',
  'ttyLP',
  'ttyMSM',
  'ttyMV',
  'ttyO',
  'ttyPS',
  'ttySAC',
  'ttySC',
  'ttySTM',
  'ttyTCU',
  'ttyTHS',
  'ttymxc',
]);

/** Whether no x86 kernel can have the console. */
export const isOnlyOnArm = ({ device }: NamedConsole): boolean => ARM_ONLY.has(device);

/** Consoles of x86 that are no UART of the PC. */
const OTHERS: ReadonlySet<string> = new Set([
  '',
  'brl',
  'hvc',
  'jailhouse',
  'lp',
  'netcon',
  'null',
  'tty',
  'ttyACM',
  'ttyUSB',
  'ttynull',
  'ttyprintk',
  'uart',
]);

/** Whether it is told which device of an x86 cell the console is on. */
export const isKnownConsole = ({ device }: NamedConsole): boolean => device === 'ttyS' || OTHERS.has(device);

/** A PC UART that the kernel is told to use as console. */
export interface SerialConsole {
  /** The N of ttySN. */
  line: number;
  /** `115200n8`; `null` if none are given. */
  options: string | null;
  /** The parameter's value, as written. */
  text: string;
}

/** A console that works before any driver does. */
export interface EarlyConsole {
  /** The parameter as written: `earlycon=uart8250,io,0x3f8`. */
  text: string;
  /** The first of the UART's ports; `null`: it goes to the hypervisor. */
  base: number | null;
}

/** `ttyS0,115200`: device name, its digits, options after a comma; a bare number is a ttyS (kernel/printk/printk.c). */
function parseConsole(text: string): NamedConsole {
  const word = /^\d/.test(text) ? `ttyS${text}` : text;
  const [, device, digits] = /^([^\d,]*)(\d*)/.exec(word)!;
  const comma = word.indexOf(',');
  return { device: device!, line: Number(digits), options: comma < 0 ? null : word.slice(comma + 1), text };
}

/** All that `console=` names, in order. */
export const namedConsoles = (cmdline: Cmdline): NamedConsole[] =>
  valuesOf(cmdline, 'console').flatMap((value) => (value === null ? [] : [parseConsole(value)]));

/** `io,0x3f8,115200n8` of a `uart8250`: its port, and the rest. */
function parsePort(options: string | null): { base: number; options: string | null } | null {
  const port = /^io,(0x[0-9a-f]+)(?:,(.*))?$/i.exec(options ?? '');
  return port && { base: Number(port[1]), options: port[2] ?? null };
}

function asSerial({ device, line, options, text }: NamedConsole): SerialConsole | null {
  if (device === 'ttyS') return { line, options, text };
  const port = device === 'uart' ? parsePort(options) : null;
  const known = port ? UART_PORTS.indexOf(port.base) : -1;
  return port && known >= 0 ? { line: known, options: port.options, text } : null;
}

/** The last `console=` that names a PC UART: `ttySN`, a bare `N`, or `uart,io,PORT`. */
export const serialConsole = (cmdline: Cmdline): SerialConsole | null =>
  namedConsoles(cmdline)
    .map(asSerial)
    .findLast((found) => found !== null) ?? null;

/** earlyprintk knows the first two UARTs; for any other number it takes the first (arch/x86/kernel/early_printk.c). */
function earlyPrintkPort(value: string): number | null {
  const found = /(?<!pci)serial(?:,?(0x[0-9a-f]+)|,?(?:ttyS)?(\d+))?|ttyS(\d*)/i.exec(value);
  if (found === null) return null;
  const [, port, first, second] = found;
  if (port !== undefined) return Number(port);
  return UART_PORTS[Number(first ?? second) === 1 ? 1 : 0]!;
}

function asEarly(name: string, value: string): EarlyConsole | null {
  const text = `${name}=${value}`;
  if (name === 'earlyprintk') {
    const base = earlyPrintkPort(value);
    return base === null ? null : { text, base };
  }
  // `console=uart8250,io,0x3f8` starts as an early console, too (drivers/tty/serial/earlycon.c).
  if (name !== 'earlycon' && name !== 'console') return null;
  const { device, options } = parseConsole(value);
  if (name === 'earlycon' && device === 'jailhouse') return { text, base: null };
  const port = device === 'uart' ? parsePort(options) : null;
  return port && { text, base: port.base };
}

/** The early consoles of x86 that use ports, or the hypervisor. */
export const earlyConsoles = ({ parameters }: Cmdline): EarlyConsole[] =>
  parameters
    .map(({ name, value }) => (value === null ? null : asEarly(name, value)))
    .filter((found) => found !== null);
