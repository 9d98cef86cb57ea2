import { InputError } from '../../base/diagnostic.ts';
import { findKernelConfig } from '../../formats/kernel/ikconfig.ts';
import { isSetTo, parseKernelConfig } from '../../formats/kernel/kconfig.ts';

const SYMBOL = 'SERIAL_AMBA_PL011_CONSOLE';

/** The name of its early console, which is there with the console alone (Linux, drivers/tty/serial/amba-pl011.c). */
const NAME = Buffer.from('arm,pl011\0', 'latin1');

/** What says that a kernel has no console on a PL011; `null`: nothing does. */
function whyNoConsole(kernel: Uint8Array): string | null {
  const embedded = findKernelConfig(kernel);
  if (embedded.kind === 'found') {
    return isSetTo(parseKernelConfig(embedded.text), SYMBOL, 'y')
      ? null
      : `CONFIG_${SYMBOL} is not set in the config built into the kernel`;
  }
  const bytes = Buffer.from(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  return bytes.includes(NAME) ? null : 'the kernel does not know the name arm,pl011';
}

/**
 * Whether a kernel can speak where QEMU's PL011 plays a UART of another kind.
 *
 * @param kernel unpacked, as arm64's loader takes it
 * @throws InputError `boot/unsupported` if it cannot: it would be mute in the box, whatever it is on its board
 */
export function checkPl011Console(kernel: Uint8Array): void {
  const why = whyNoConsole(kernel);
  if (why === null) return;
  throw new InputError(
    'boot/unsupported',
    "the kernel has no console for a PL011, which plays the board's UART in QEMU: it would be mute",
    {
      requested: `CONFIG_${SYMBOL}=y`,
      actual: why,
      fix: `for the box, build the kernel with CONFIG_SERIAL_AMBA_PL011=y and CONFIG_${SYMBOL}=y; else start it on the target`,
    },
  );
}
