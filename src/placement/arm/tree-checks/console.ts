import { type AddressRange, contains, describeRange } from '../../../base/ranges.ts';
import { hex } from '../../../base/address.ts';
import { virtualRange } from '../../../formats/cell/memory.ts';
import { failure, type Diagnostic, type ManifestPath } from '../../../base/diagnostic.ts';
import type { DeviceTree } from '../../../formats/dtb/types.ts';
import { registersOf } from '../../../formats/dtb/addresses.ts';
import { stdoutOf, uartsOf } from '../../../formats/dtb/uarts.ts';
import { isEnabled, pathOf } from '../../../formats/dtb/walk.ts';
import type { ArmRequest } from '../protocols.ts';
import { consoleUart, serialConsoleWord } from '../console.ts';

/** Registers that a UART has at least, whatever its node says. */
const LEAST = 8n;

const SILENCE = 'no output; the last line of the log is the loader’s, if it has one';

/** `earlycon=pl011,0x9000000`, `earlycon=uart8250,mmio32,0x3f215040`. */
const EARLYCON = /(?:^|\s)(earlycon=\w+,(?:(?:mmio|mmio16|mmio32|mmio32be|mmio32native),)?(0x[0-9a-fA-F]+))/;

function notMapped(
  { cell }: ArmRequest,
  what: string,
  registers: AddressRange,
  path: ManifestPath,
): Diagnostic[] {
  const range = { start: registers.start, size: registers.size < LEAST ? registers.size || 1n : LEAST };
  if (cell.memoryRegions.some((region) => contains(virtualRange(region), range))) return [];
  return [
    failure('dtb/console', `${what} is at ${hex(registers.start)}, which the cell does not map`, {
      requested: `a memory region with READ, WRITE and IO at ${describeRange(registers)}`,
      actual: 'no memory region of the cell holds it',
      symptom: 'no output, or `Unhandled data read` at that address',
      fix: 'give the cell the UART’s registers, or name a UART that it has',
      path,
    }),
  ];
}

function checkEarlycon(request: ArmRequest): Diagnostic[] {
  const found = EARLYCON.exec(request.cmdline);
  if (found === null) return [];
  const [, text, address] = found;
  return notMapped(request, `the UART of ${text}`, { start: BigInt(address!), size: LEAST }, ['cmdline']);
}

function unknownConsole(tree: DeviceTree, text: string): Diagnostic {
  const uarts = uartsOf(tree).map(({ device, kind }) => `${kind.tty}N at ${pathOf(device)}`);
  const actual = uarts.length === 0 ? 'no known UART that is switched on' : uarts.join(', ');
  return {
    code: 'dtb/console',
    severity: 'warning',
    message: `${text} does not name a UART of the device tree: it has ${actual}`,
    requested: text,
    actual,
    symptom: SILENCE,
    fix: 'name the console as the driver of the UART does: ttyAMA0, ttyS0, ttyPS0, ttymxc0, ...',
    path: ['cmdline'],
  };
}

/** Whether the cell has the UARTs that the kernel's output goes to. */
export function checkConsole(request: ArmRequest, tree: DeviceTree): Diagnostic[] {
  const word = serialConsoleWord(request.cmdline);
  const uart = consoleUart(tree, request.cmdline);
  const stdout = stdoutOf(tree);
  const path: ManifestPath = word === null ? ['dtb'] : ['cmdline'];
  const problems = checkEarlycon(request);
  if (word !== null && uart === null) problems.push(unknownConsole(tree, `console=${word.text}`));
  if (stdout !== null && stdout.device === null) {
    problems.push({
      code: 'dtb/console',
      severity: 'warning',
      message: `stdout-path '${stdout.text}' of /chosen does not name a node of the device tree`,
      symptom: SILENCE,
      fix: 'correct the path, or the alias that it uses',
      path: ['dtb'],
    });
  }
  if (uart === null) return problems;
  const name = `${word === null ? 'stdout-path' : `console=${word.text}`} (${pathOf(uart.device)})`;
  if (!isEnabled(uart.device)) {
    problems.push(
      failure('dtb/console', `the UART of ${name} is switched off in the device tree`, {
        requested: 'status = "okay"',
        symptom: SILENCE,
        fix: 'switch it on, or name another console',
        path,
      }),
    );
  }
  const [registers] = registersOf(uart.device);
  return registers === undefined
    ? problems
    : [...problems, ...notMapped(request, `the UART of ${name}`, registers, path)];
}
