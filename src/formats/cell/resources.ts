import { hex } from '../../base/address.ts';
import { bitRuns, numbersIn, type Run } from '../../base/runs.ts';
import type { Irqchip } from './records.ts';
import type { CellDescription, PortAccess } from './types.ts';

/** The numbers of the CPUs in the cell's set, ascending. */
export const cpusOf = ({ cpus }: Pick<CellDescription, 'cpus'>): number[] => numbersIn(bitRuns(cpus, 1));

const WORD_BITS = 32;

/** The interrupt controller's pins that the cell owns, ascending. */
export const pinsOf = ({ pin_base, pin_bitmap }: Irqchip): number[] =>
  pin_bitmap.flatMap((word, index) =>
    Array.from({ length: WORD_BITS }, (_, bit) => bit)
      .filter((bit) => (word >>> bit) & 1)
      .map((bit) => pin_base + index * WORD_BITS + bit),
  );

/** Where a PC's first IOAPIC is; a Linux in a cell knows no other one. */
const STANDARD_IOAPIC = 0xfec00000n;

/** The pins of the PC's first IOAPIC that the cell owns; `null` if it does not have the IOAPIC. */
export function ioapicPins({ irqchips }: CellDescription): ReadonlySet<number> | null {
  const chips = irqchips.filter(({ address }) => address === STANDARD_IOAPIC);
  return chips.length === 0 ? null : new Set(chips.flatMap(pinsOf));
}

/** The PC's four UARTs, in the order in which Linux numbers them; bit n of setup_data's flags stands for the nth. */
export const UART_PORTS: readonly number[] = [0x3f8, 0x2f8, 0x3e8, 0x2e8];
export const UART_PORT_COUNT = 8;

/** x86 has no more; what a longer bitmap says of others means nothing. */
const PORT_BYTES = 0x10000 / 8;

/** The ports that the cell may use: ascending from a bitmap, as they stand from a list. */
export const portRuns = (pio: PortAccess): Run[] =>
  'bitmap' in pio
    ? bitRuns(pio.bitmap.subarray(0, PORT_BYTES), 0)
    : pio.regions.filter(({ length }) => length > 0).map(({ base, length }) => [base, base + length - 1]);

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
