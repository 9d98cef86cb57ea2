import type { PortAccess } from './types.ts';

/** The PC's four UARTs, eight ports each; bit n of setup_data's flags stands for the nth. */
export const UART_PORTS: readonly number[] = [0x3f8, 0x2f8, 0x3e8, 0x2e8];
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
