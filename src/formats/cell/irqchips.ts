import type { Irqchip } from './records.ts';
import type { CellDescription } from './types.ts';

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
