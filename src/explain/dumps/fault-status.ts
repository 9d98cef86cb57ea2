/** Why a stage of the translation refused an access: its fault status code, and what that says of a cell. */
interface Fault {
  name: string;
  means: string;
}

const NOT_MAPPED = 'nothing is mapped there';

/** Codes whose lowest two bits are the level of the table (Arm, Architecture Reference Manual, DFSC and IFSC). */
const LEVELLED: Readonly<Record<number, Fault>> = {
  0x00: { name: 'address size fault', means: 'the address is beyond what the cell can have' },
  0x04: { name: 'translation fault', means: NOT_MAPPED },
  0x08: { name: 'access flag fault', means: 'the page tables do not allow the access' },
  0x0c: { name: 'permission fault', means: 'memory is mapped there, but not with the right to do that' },
  0x14: {
    name: 'external abort in a table walk',
    means: "the bus refused to read the guest's page tables",
  },
};

const SINGLE: Readonly<Record<number, Fault>> = {
  0x10: { name: 'external abort', means: 'the bus refused the access: nothing answers there' },
  0x11: { name: 'tag check fault', means: 'the tag of the pointer is not that of the memory' },
  0x18: { name: 'parity or ECC error', means: 'the memory is damaged' },
  0x21: { name: 'alignment fault', means: 'the address is not a multiple of what that memory asks for' },
  0x30: { name: 'TLB conflict', means: 'two entries of the TLB say different things' },
  0x34: { name: 'lockdown fault', means: 'the access is of a kind that the CPU does not support there' },
  0x35: {
    name: 'unsupported exclusive or atomic access',
    means: 'that memory takes no exclusive or atomic access: it is mapped as a device',
  },
};

/** The six bits of a fault status; `null` for a code that is reserved. */
function faultOf(code: number): (Fault & { level: number | null }) | null {
  const single = SINGLE[code];
  if (single) return { ...single, level: null };
  const levelled = LEVELLED[code & 0x3c];
  return levelled === undefined ? null : { ...levelled, level: code & 3 };
}

export function faultText(code: number): string {
  const fault = faultOf(code);
  if (fault === null) return `fault status 0x${code.toString(16)}, which the manual reserves`;
  const level = fault.level === null ? '' : `, level ${fault.level}`;
  return `${fault.name}${level}: ${fault.means}`;
}
