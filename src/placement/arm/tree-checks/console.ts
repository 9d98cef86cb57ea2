import { hex } from '../../../base/address.ts';
import { contains, describeRange, type AddressRange } from '../../../base/ranges.ts';
import { describeFlags, isReadable, isWritable, virtualRange } from '../../../formats/cell/memory.ts';
import { readRegisters } from '../../../formats/dtb/addresses.ts';
import { clocksOf } from '../../../formats/dtb/clocks.ts';
import { propertyOf } from '../../../formats/dtb/edit.ts';
import {
  isKnownTty,
  numberedUarts,
  stdoutOf,
  uartAt,
  type NumberedUart,
  type Uart,
} from '../../../formats/dtb/uarts.ts';
import { isEnabled, pathOf } from '../../../formats/dtb/walk.ts';
import { parseCmdline } from '../../../formats/kernel/cmdline.ts';
import { namedConsoles, type NamedConsole } from '../../../formats/kernel/consoles.ts';
import { serialConsoleWord } from '../console.ts';
import type { TreeBreach, TreeRule } from './rule.ts';
import type { TreeScene } from './scene.ts';

/** Registers that a UART has at least, whatever its node says. */
const LEAST = 8n;

/** `earlycon=pl011,0x9000000`, `earlycon=uart8250,mmio32,0x3f215040`. */
const EARLYCON = /(?:^|\s)(earlycon=\w+,(?:(?:mmio|mmio16|mmio32|mmio32be|mmio32native),)?(0x[0-9a-fA-F]+))/;

type Fault = Omit<TreeBreach, 'path'>;

/** Whether the cell maps registers so that they can be used; `null` if it does. */
function mappingFault({ request }: TreeScene, what: string, registers: AddressRange): Fault | null {
  const range = { start: registers.start, size: registers.size < LEAST ? registers.size || 1n : LEAST };
  const region = request.cell.memoryRegions.find((each) => contains(virtualRange(each), range));
  const requested = `a memory region with READ, WRITE and IO at ${describeRange(registers)}`;
  if (region === undefined) {
    return {
      message: `${what} is at ${hex(registers.start)}, which the cell does not map`,
      requested,
      actual: 'no memory region of the cell holds it',
      symptom: 'no output, or `Unhandled data read` at that address',
      fix: 'give the cell the UART’s registers, or name a UART that it has',
    };
  }
  if (isReadable(region) && isWritable(region)) return null;
  const access = isReadable(region) ? 'write' : 'read';
  return {
    message: `${what} is at ${hex(registers.start)}, in a region that the cell must not ${access}`,
    requested,
    actual: describeFlags(region),
    symptom: `\`Unhandled data ${access} at ${hex(registers.start)}\`, or at another of its registers`,
    fix: 'add JAILHOUSE_MEM_READ and JAILHOUSE_MEM_WRITE to the flags of that region',
  };
}

/** What a UART's driver asks for before it takes it. */
function clockFault({ phandles }: TreeScene, { device, kind }: Uart, name: string): Fault | null {
  const { clocks: need } = kind;
  if (need === undefined) return null;
  const has = (property: string): boolean => propertyOf(device.node, property) !== undefined;
  if (need.orFrequency && has('clock-frequency')) return null;
  const clocks = clocksOf(phandles, device);
  const names = need.names ?? [];
  const text = `clocks = <&clk ...>${names.length > 0 ? `, with clock-names ${names.map((each) => `"${each}"`).join(', ')}` : ''}${need.orFrequency ? ', or clock-frequency' : ''}`;
  const fault = (what: string, actual: string): Fault => ({
    message: `the UART of ${name} ${what}, without which its driver does not take it`,
    requested: text,
    actual,
    symptom: 'the output ends with the early console, or there is none: `deferred probe pending`',
    fix: 'add a fixed-clock with the UART’s rate to the device tree, and name it in clocks of the UART',
  });
  if (clocks === null) return fault('has clocks that lead to no clock', 'a phandle of no clock provider');
  if (clocks.length === 0) return fault('has no clocks', 'none');
  const missing = names.filter((each) => !clocks.some((clock) => clock.name === each));
  if (missing.length === 0) return null;
  const given = clocks.map((clock) => clock.name ?? '(no name)').join(', ');
  return fault(`has no clock that is called ${missing.map((each) => `"${each}"`).join(' or ')}`, given);
}

function uartFault(scene: TreeScene, uart: Uart, name: string): Fault | null {
  const { device } = uart;
  if (!isEnabled(device)) {
    return {
      message: `the UART of ${name} is switched off in the device tree`,
      requested: 'status = "okay"',
      fix: 'switch it on, or name another console',
    };
  }
  const [first] = readRegisters(device).entries;
  if (first !== undefined && first.cpu === null) {
    return {
      message: `the UART of ${name} is at ${hex(first.bus.start)} of a bus whose ranges do not pass that on`,
      requested: 'ranges of each bus above it that lead to the CPU’s address',
      actual: 'no address for the CPU',
      fix: 'add `ranges` to the buses above the UART, as the board’s device tree has them',
    };
  }
  const mapping = first?.cpu ? mappingFault(scene, `the UART of ${name}`, first.cpu) : null;
  return mapping ?? clockFault(scene, uart, name);
}

const ttyText = ({ device, kind, line, hasAlias }: NumberedUart): string =>
  line === null
    ? `no ${kind.tty} at ${pathOf(device)}, which has no alias serialN`
    : `${kind.tty}${line} at ${pathOf(device)}${hasAlias ? ` by its alias serial${line}` : ''}`;

/** Consoles that are no UARTs of the tree, or those of a driver that is not known here. */
const isOtherConsole = ({ device }: NamedConsole): boolean => !isKnownTty(device) && device !== '';

/** A UART that has another name than those that are known. */
const hasUnknownUart = (scene: TreeScene): boolean =>
  scene.devices.some(
    (device) =>
      /^(?:serial|uart)(?:@|$)/.test(device.node.name) &&
      propertyOf(device.node, 'compatible') !== undefined &&
      uartAt(device) === null,
  );

function unknownConsole(scene: TreeScene, word: NamedConsole): TreeBreach {
  const uarts = numberedUarts(scene.tree);
  const actual = uarts.length === 0 ? 'no known UART that is switched on' : uarts.map(ttyText).join(', ');
  const text = `console=${word.text}`;
  const hasOther = namedConsoles(parseCmdline(scene.request.cmdline)).some(
    (other) =>
      isOtherConsole(other) ||
      uarts.some(({ kind, line }) => kind.tty === other.device && line === other.line),
  );
  const isCertain = scene.gic !== null && isKnownTty(word.device) && !hasOther && !hasUnknownUart(scene);
  const named = uarts.find(({ line }) => line !== null);
  return {
    ...(isCertain ? {} : { severity: 'warning' }),
    message: `${text} does not name a UART of the device tree: it has ${actual}`,
    requested: text,
    actual,
    path: ['cmdline'],
    ...(named
      ? { fix: `write console=${named.kind.tty}${named.line}, or give the UART the alias serial${word.line}` }
      : {}),
  };
}

function* findConsole(scene: TreeScene): Iterable<TreeBreach> {
  const { request, tree, console: uart } = scene;
  const early = EARLYCON.exec(request.cmdline);
  const earlyFault =
    early && mappingFault(scene, `the UART of ${early[1]!}`, { start: BigInt(early[2]!), size: LEAST });
  if (earlyFault) yield { ...earlyFault, path: ['cmdline'] };
  const word = serialConsoleWord(request.cmdline);
  if (word !== null && uart === null) yield unknownConsole(scene, word);
  const stdout = stdoutOf(tree);
  if (stdout !== null && stdout.device === null) {
    yield {
      severity: 'warning',
      message: `stdout-path '${stdout.text}' of /chosen does not name a node of the device tree`,
      fix: 'correct the path, or the alias that it uses',
    };
  }
  if (uart === null) return;
  const name = `${word === null ? 'stdout-path' : `console=${word.text}`} (${pathOf(uart.device)})`;
  const fault = uartFault(scene, uart, name);
  if (fault !== null) yield { ...fault, ...(word === null ? {} : { path: ['cmdline'] }) };
}

export const CONSOLE_RULE: TreeRule = {
  id: 'dtb/console',
  severities: ['error', 'warning'],
  reason: 'the kernel prints to a UART that the device tree has and the cell may use, or not at all',
  symptom: 'no output; the last line of the log is the loader’s, if it has one',
  fix: 'name the console as the driver of the UART does: ttyAMA0, ttyS0, ttyPS0, ttymxc0, ...',
  source:
    'Linux, drivers/tty/serial (amba-pl011.c, imx.c, 8250/8250_omap.c) and kernel/printk/printk.c; seen under a real Jailhouse',
  find: findConsole,
};
