import type { DeviceTree } from '../../formats/dtb/types.ts';
import { numberedUarts, stdoutOf, uartAt, type NumberedUart, type Uart } from '../../formats/dtb/uarts.ts';
import { deviceByName, isEnabled } from '../../formats/dtb/walk.ts';
import { parseCmdline } from '../../formats/kernel/cmdline.ts';
import { namedConsoles, type NamedConsole } from '../../formats/kernel/consoles.ts';

const SERIAL = /^tty(?:[A-Z][A-Za-z]*|mxc)$/;

/** The last serial console of a command line, which the kernel makes /dev/console: `ttyAMA0,115200`. */
export const serialConsoleWord = (cmdline: string): NamedConsole | null =>
  namedConsoles(parseCmdline(cmdline)).findLast(({ device }) => SERIAL.test(device)) ?? null;

/** The UART that has the console's number by its alias, but is switched off. */
function switchedOff(tree: DeviceTree, { device: tty, line }: NamedConsole): Uart | null {
  const device = deviceByName(tree, `serial${line}`);
  const uart = device && !isEnabled(device) ? uartAt(device) : null;
  return uart?.kind.tty === tty ? uart : null;
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
  const isNamed = ({ kind, line }: NumberedUart): boolean => kind.tty === word.device && line === word.line;
  return numberedUarts(tree).find(isNamed) ?? switchedOff(tree, word);
}
