// The exit qualification of VMX by the exit that it belongs to (Intel, SDM volume 3, chapter 28.2), and what SVM says
// instead (AMD64 manual, volume 2, chapter 15).

const bits = (value: bigint, at: number, count: number): number =>
  Number((value >> BigInt(at)) & ((1n << BigInt(count)) - 1n));

const hex = (value: number): string => `0x${value.toString(16)}`;

const bytesText = (count: number): string => `${count} byte${count === 1 ? '' : 's'}`;

/** Of VMX, exit reason 30. */
export function portAccessText(qualification: bigint): string {
  const size = bits(qualification, 0, 3) + 1;
  const isInput = bits(qualification, 3, 1) === 1;
  const string = bits(qualification, 4, 1) === 1 ? ', by a string instruction' : '';
  const repeated = bits(qualification, 5, 1) === 1 ? ' that is repeated' : '';
  return `a ${isInput ? 'read' : 'write'} of ${bytesText(size)} at port ${hex(bits(qualification, 16, 16))}${string}${repeated}`;
}

const GENERAL = [
  'RAX', 'RCX', 'RDX', 'RBX', 'RSP', 'RBP', 'RSI', 'RDI',
  'R8', 'R9', 'R10', 'R11', 'R12', 'R13', 'R14', 'R15',
]; // prettier-ignore

/** Of VMX, exit reason 28. */
export function controlRegisterText(qualification: bigint): string {
  const control = `CR${bits(qualification, 0, 4)}`;
  const register = GENERAL[bits(qualification, 8, 4)]!;
  switch (bits(qualification, 4, 2)) {
    case 0:
      return `a write of ${register} to ${control}`;
    case 1:
      return `a read of ${control} into ${register}`;
    case 2:
      return 'CLTS, which clears a bit of CR0';
    default:
      return 'LMSW, which writes the low bits of CR0';
  }
}

const APIC_ACCESS = [
  'a read of',
  'a write to',
  'an instruction fetch from',
  'an event that was delivered through',
];

/** Of VMX, exit reason 44. */
export function apicAccessText(qualification: bigint): string {
  const how = APIC_ACCESS[bits(qualification, 12, 4)] ?? 'an access of another kind to';
  return `${how} ${apicRegisterText(bits(qualification, 4, 8))}`;
}

/** Registers of a local APIC by their number, which is their offset in its page divided by 16 (Intel, SDM volume 3). */
const APIC_REGISTERS: Readonly<Record<number, string>> = {
  0x02: 'the id',
  0x03: 'the version',
  0x08: 'the task priority',
  0x0b: 'the end of an interrupt (EOI)',
  0x0d: 'the logical id (LDR)',
  0x0e: 'the format of logical ids (DFR)',
  0x0f: 'the spurious vector and enable register (SVR)',
  0x28: 'the error status',
  0x2f: 'LVT CMCI',
  0x30: 'the interrupt command (ICR), low half',
  0x31: 'the interrupt command (ICR), high half',
  0x32: 'LVT timer',
  0x33: 'LVT thermal sensor',
  0x34: 'LVT performance counters',
  0x35: 'LVT LINT0',
  0x36: 'LVT LINT1',
  0x37: 'LVT error',
  0x38: "the timer's initial count",
  0x39: "the timer's current count",
  0x3e: "the timer's divider",
  0x3f: 'the self IPI',
};

/** `register 0x35 of the local APIC, LVT LINT0` */
export function apicRegisterText(register: number): string {
  const name = APIC_REGISTERS[register];
  return `register ${hex(register)} of the local APIC${name === undefined ? '' : `, ${name}`}`;
}

const DELIVERY = ['fixed', 'lowest priority', 'SMI', 'a reserved mode', 'NMI', 'INIT', 'start-up', 'ExtINT'];

/** Bits 10 to 8 of an LVT entry or of the ICR. */
export const deliveryMode = (value: number): string => DELIVERY[(value >>> 8) & 7]!;

/** Of VMX, exit reason 48: an EPT violation. */
export function eptViolationText(qualification: bigint): string {
  const kinds = ['a read', 'a write', 'an instruction fetch'].filter(
    (_, at) => bits(qualification, at, 1) === 1,
  );
  const rights = ['read', 'write', 'execute'].filter((_, at) => bits(qualification, at + 3, 1) === 1);
  const what = kinds.length === 0 ? 'an access of no kind' : kinds.join(' and ');
  const there =
    rights.length === 0 ? 'nothing is mapped there' : `what is mapped there allows ${rights.join(', ')} only`;
  // Bit 7: the linear address is known; then bit 8 tells the access itself from the walk to it.
  const isWalk = bits(qualification, 7, 1) === 1 && bits(qualification, 8, 1) === 0;
  return `${what}; ${there}${isWalk ? "; met while the CPU read the guest's own page tables" : ''}`;
}

/** Of SVM, exit code 400: bits 0 to 4 are those of a page fault. */
export function nestedPageFaultText(exitInfo1: bigint): string {
  const isWrite = bits(exitInfo1, 1, 1) === 1;
  const isFetch = bits(exitInfo1, 4, 1) === 1;
  const what = isFetch ? 'an instruction fetch' : isWrite ? 'a write' : 'a read';
  const there =
    bits(exitInfo1, 0, 1) === 1 ? 'what is mapped there does not allow it' : 'nothing is mapped there';
  const isWalk = bits(exitInfo1, 33, 1) === 1;
  return `${what}; ${there}${isWalk ? "; met while the CPU read the guest's own page tables" : ''}`;
}

/** An error code of a page fault, as the CPU pushes it. */
export function pageFaultText(code: number): string {
  const parts = [
    (code & 0x10) !== 0 ? 'an instruction fetch' : (code & 2) !== 0 ? 'a write' : 'a read',
    (code & 1) === 0 ? 'of a page that is not there' : 'that the page does not allow',
    ...((code & 8) !== 0
      ? ['because an entry of the page tables has a reserved bit set: an address beyond what the CPU has']
      : []),
  ];
  return parts.join(' ');
}

const EVENT_TYPES = [
  'an external interrupt',
  'a reserved event',
  'an NMI',
  'an exception',
  'a software interrupt',
  'a privileged software exception',
  'a software exception',
  'another event',
];

/** The IDT-vectoring information; `null` where no event was being delivered. */
export function vectoringEvent(info: number): { type: string; vector: number } | null {
  if (info >>> 31 === 0) return null;
  return { type: EVENT_TYPES[(info >>> 8) & 7]!, vector: info & 0xff };
}
