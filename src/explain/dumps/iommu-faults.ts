// What an IOMMU reports (Intel, VT-d specification, appendix A; AMD, IOMMU specification, chapter 2.5).

/** Faults of DMA up to 0xd, of interrupts from 0x20 on. */
const VTD: Readonly<Record<number, string>> = {
  0x01: 'no entry in the root table: no cell has a device of that bus',
  0x02: 'no entry in the context table: no cell has that device',
  0x03: 'an invalid context entry',
  0x04: 'an address that is wider than the unit takes',
  0x05: 'a write that is not allowed there',
  0x06: 'a read that is not allowed there',
  0x07: 'the unit could not read its page tables',
  0x08: 'the unit could not read its root table',
  0x09: 'the unit could not read its context table',
  0x0a: 'a root entry with reserved bits set',
  0x0b: 'a context entry with reserved bits set',
  0x0c: 'an entry of the page tables with reserved bits set',
  0x0d: 'a request that says it is translated already',
  0x20: 'an interrupt request with reserved bits set',
  0x21: 'an interrupt whose index is beyond the table',
  0x22: 'an interrupt whose entry is not there: the device is at another unit than its entry says, or has fewer vectors in the config than it uses',
  0x23: 'the unit could not read the interrupt table',
  0x24: 'an entry of the interrupt table with reserved bits set',
  0x25: 'an interrupt that is not remapped: the device was set up before the cell got it',
  0x26: 'an interrupt from another device than its entry is for',
};

const FIRST_INTERRUPT_FAULT = 0x20;

/** A fault of a VT-d unit, from what Jailhouse prints of its registers. */
export interface VtdFault {
  reason: number;
  means: string | null;
  /** The address of the page that a device asked for. */
  address: bigint | null;
  /** The index of an interrupt. */
  interrupt: number | null;
}

/** @param info as printed: the fault register without its low 12 bits */
export function vtdFault(reason: number, info: bigint): VtdFault {
  const isInterrupt = reason >= FIRST_INTERRUPT_FAULT;
  return {
    reason,
    means: VTD[reason] ?? null,
    address: isInterrupt ? null : info << 12n,
    interrupt: isInterrupt ? Number(info >> 36n) : null,
  };
}

const AMD: Readonly<Record<number, string>> = {
  1: 'an invalid entry of the device table',
  2: 'a page fault: the device asked for memory that its cell does not have, or not for DMA',
  3: 'the unit could not read the device table',
  4: 'the unit could not read its page tables',
  5: 'an invalid command',
  6: 'the unit could not read a command',
  7: 'a device that did not answer in time',
  8: 'a request of a device that is not valid: no cell has it, or it is not allowed to ask for that',
};

/** An event of AMD's unit; `null` for a code that is reserved. */
export const amdEventText = (code: number): string | null => AMD[code] ?? null;

/** The code of a page fault, whose second operand is the address. */
export const AMD_PAGE_FAULT = 2;
