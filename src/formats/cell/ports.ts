import { UART_PORTS } from '../../base/uart-ports.ts';
import { hex } from '../../base/address.ts';
import type { PortAccess } from './types.ts';

const UART_PORT_COUNT = 8;

/**
 * Whether the cell has a PC UART, as Jailhouse 0.12 and newer see it: one PIO region of exactly its base and length.
 * In a bitmap, all of its eight bits are clear.
 */
export function ownsUart(pio: PortAccess, base: number): boolean {
  if ('regions' in pio) {
    return pio.regions.some((region) => region.base === base && region.length === UART_PORT_COUNT);
  }
  // UART bases are multiples of eight, so a UART is one byte of the bitmap; ports behind its end are denied.
  return pio.bitmap[base >> 3] === 0;
}

/** Bit n set: the cell has PC UART n. */
export const uartFlags = (pio: PortAccess): number =>
  UART_PORTS.reduce((flags, base, index) => flags | (ownsUart(pio, base) ? 1 << index : 0), 0);

function isAllowed(pio: PortAccess, port: number): boolean {
  if ('regions' in pio) {
    return pio.regions.some(({ base, length }) => base <= port && port < base + length);
  }
  const bits = pio.bitmap[port >> 3];
  return bits !== undefined && (bits & (1 << (port & 7))) === 0;
}

/** Those of a UART's eight ports that the cell may touch, however its config says so. */
export const allowedPorts = (pio: PortAccess, base: number): number[] =>
  Array.from({ length: UART_PORT_COUNT }, (_, index) => base + index).filter((port) => isAllowed(pio, port));

/** Whether nothing stops the cell that touches a UART; to be told of it, it must own it ({@link ownsUart}). */
export const mayTouchUart = (pio: PortAccess, base: number): boolean =>
  allowedPorts(pio, base).length === UART_PORT_COUNT;

/** What a cell's config says of a UART's ports: `the PIO regions 0x3f8+4, 0x3fc+4`, `no PIO region`. */
export function describeUartPorts(pio: PortAccess, base: number): string {
  if ('regions' in pio) {
    const near = pio.regions.filter(
      (region) => region.base < base + UART_PORT_COUNT && base < region.base + region.length,
    );
    const texts = near.map((region) => `${hex(region.base)}+${region.length}`);
    return texts.length === 0
      ? 'no PIO region'
      : `the PIO region${texts.length === 1 ? '' : 's'} ${texts.join(', ')}`;
  }
  const allowed = allowedPorts(pio, base);
  return allowed.length === 0
    ? 'none of them in its bitmap'
    : `${allowed.length} of them in its bitmap (${allowed.map(hex).join(', ')})`;
}
