import { parseSize } from '../base/address.ts';
import { registersOf } from '../formats/dtb/addresses.ts';
import type { DeviceTree } from '../formats/dtb/types.ts';
import { numberedUarts, uartAt } from '../formats/dtb/uarts.ts';
import { aliasesOf, compatiblesOf, deviceByName, devicesOf, type Device } from '../formats/dtb/walk.ts';

const TTY = /^(tty[A-Za-z]+?)(\d+)$/;

/** The UART that Linux calls ttyAMA3: by its alias, switched on or not, or else by its number among those that are. */
function uartNamed(tree: DeviceTree, tty: string, line: number): Device | null {
  const aliased = deviceByName(tree, `serial${line}`);
  if (aliased !== null && uartAt(aliased)?.kind.tty === tty) return aliased;
  return numberedUarts(tree).find((uart) => uart.kind.tty === tty && uart.line === line)?.device ?? null;
}

/** The device whose first register is at an address of the CPU; of a bus and a device in it, the device. */
function deviceAt(tree: DeviceTree, address: bigint): Device | null {
  const found = [...devicesOf(tree)].filter(
    (device) => compatiblesOf(device).length > 0 && registersOf(device)[0]?.start === address,
  );
  return found.find((device) => uartAt(device) !== null) ?? found.at(-1) ?? null;
}

/** The UART that serialN means where no alias says so: the one that a driver gives this number, if only one does. */
function unaliasedUart(tree: DeviceTree, line: number): Device | null {
  const numbered = numberedUarts(tree).filter((uart) => uart.line === line);
  return numbered.length === 1 ? numbered[0]!.device : null;
}

/** A device of the board by alias, ttyN, serialN, path of its node, or address; `null` if there is none. */
export function findDevice(tree: DeviceTree, name: string): Device | null {
  if (/^(?:0x[0-9a-f]+|[0-9]+)$/i.test(name)) return deviceAt(tree, parseSize(name));
  const [, tty, line] = TTY.exec(name) ?? [];
  const named = (tty && uartNamed(tree, tty, Number(line))) || deviceByName(tree, name);
  const serial = /^serial(\d+)$/.exec(name)?.[1];
  return named ?? (serial === undefined ? null : unaliasedUart(tree, Number(serial)));
}

/** What a wish may call devices: for the error about one that is not there. */
export const deviceNames = (tree: DeviceTree): string[] => aliasesOf(tree).map(({ name }) => name);

/** The N of its alias serialN; `null` without one. */
export function serialNumber(tree: DeviceTree, { node }: Device): number | null {
  const alias = aliasesOf(tree).find(({ name, device }) => /^serial\d+$/.test(name) && device?.node === node);
  return alias === undefined ? null : Number(alias.name.slice('serial'.length));
}
