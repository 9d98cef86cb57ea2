// Registers whose accesses an Arm hypervisor can trap (Arm, Architecture Reference Manual, encodings of MRS and MSR).

/** By op0, op1, CRn, CRm and op2. */
const REGISTERS: Readonly<Record<string, string>> = {
  '3 0 12 11 5': 'ICC_SGI1R_EL1, which sends an interrupt to other CPUs',
  '3 0 12 11 6': 'ICC_ASGI1R_EL1, which sends an interrupt to other CPUs',
  '3 0 12 11 7': 'ICC_SGI0R_EL1, which sends an interrupt to other CPUs',
  '3 0 12 12 5': 'ICC_SRE_EL1 of the interrupt controller',
  '3 0 4 6 0': 'ICC_PMR_EL1 of the interrupt controller',
  '3 0 1 0 1': 'ACTLR_EL1, which the vendor of the CPU defines',
  '2 0 0 2 2': 'MDSCR_EL1 of the debug logic',
  '2 0 1 0 4': 'OSLAR_EL1 of the debug logic',
  '2 0 1 1 4': 'OSLSR_EL1 of the debug logic',
  '2 0 1 3 4': 'OSDLR_EL1 of the debug logic',
  '3 3 9 12 0': 'PMCR_EL0 of the performance counters',
  '3 3 9 12 1': 'PMCNTENSET_EL0 of the performance counters',
  '3 3 9 12 2': 'PMCNTENCLR_EL0 of the performance counters',
  '3 3 9 12 3': 'PMOVSCLR_EL0 of the performance counters',
  '3 3 9 12 5': 'PMSELR_EL0 of the performance counters',
  '3 3 9 13 0': 'PMCCNTR_EL0 of the performance counters',
  '3 3 9 14 0': 'PMUSERENR_EL0 of the performance counters',
  '3 0 9 14 1': 'PMINTENSET_EL1 of the performance counters',
  '3 0 9 14 2': 'PMINTENCLR_EL1 of the performance counters',
  '3 3 14 0 1': 'CNTPCT_EL0, the physical counter',
  '3 3 14 2 0': 'CNTP_TVAL_EL0 of the physical timer',
  '3 3 14 2 1': 'CNTP_CTL_EL0 of the physical timer',
  '3 3 14 2 2': 'CNTP_CVAL_EL0 of the physical timer',
};

function nameOf(op0: number, op1: number, crn: number, crm: number, op2: number): string {
  const known = REGISTERS[[op0, op1, crn, crm, op2].join(' ')];
  const generic = `S${op0}_${op1}_C${crn}_C${crm}_${op2}`;
  if (known !== undefined) return known;
  if (crn === 11 || crn === 15) return `${generic}, which the vendor of the CPU defines`;
  if (op0 === 2 && op1 === 1) return `${generic} of the trace logic`;
  if (op0 === 2) return `${generic} of the debug logic`;
  return generic;
}

const field = (iss: number, at: number, bits: number): number => (iss >>> at) & ((1 << bits) - 1);

const direction = (iss: number): string => ((iss & 1) === 1 ? 'a read' : 'a write');

/** The rest of the syndrome of MRS and MSR: `a write of ICC_SGI1R_EL1, … from x3`. */
export function systemRegisterText(iss: number): string {
  const name = nameOf(
    field(iss, 20, 2),
    field(iss, 14, 3),
    field(iss, 10, 4),
    field(iss, 1, 4),
    field(iss, 17, 3),
  );
  return `${direction(iss)} of ${name}`;
}

/** The rest of the syndrome of MRC and MCR, as an assembler writes the register. */
export function cp15Text(iss: number): string {
  const [opc1, crn, crm, opc2] = [field(iss, 14, 3), field(iss, 10, 4), field(iss, 1, 4), field(iss, 17, 3)];
  return `${direction(iss)} of p15, ${opc1}, c${crn}, c${crm}, ${opc2}`;
}
