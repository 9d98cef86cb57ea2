import { bytes, struct, u16le, u32le, u64le, u8 } from '../../base/struct.ts';
import type { SetupDataForm } from './releases.ts';

// The setup_data nodes that tell a kernel about its cell. The loader fills pm_timer, num_cpus, pci_mmconfig_base,
// tsc_khz, apic_khz and cpu_ids at run time; offline they are zero.

const node = { next: u64le, type: u32le, len: u32le };
const NODE_SIZE = struct(node).size;
const CPU_IDS = 255;

/** Jailhouse 0.6 and 0.7, kernels with its patches up to 4.15. */
export const setupDataJlhs = struct({
  ...node,
  pm_timer_address: u16le,
  num_cpus: u16le,
  cpu_ids: bytes(CPU_IDS),
});

/** struct jailhouse_setup_data of Linux 4.16 (arch/x86/include/uapi/asm/bootparam.h). */
export const setupDataVersion1 = struct({
  ...node,
  version: u16le,
  compatible_version: u16le,
  pm_timer_address: u16le,
  num_cpus: u16le,
  pci_mmconfig_base: u64le,
  tsc_khz: u32le,
  apic_khz: u32le,
  standard_ioapic: u8,
  cpu_ids: bytes(CPU_IDS),
});

/** The same of Linux 5.5: bit n of the flags is PC UART n. */
export const setupDataVersion2 = struct({ ...setupDataVersion1.fields, flags: u32le });

/** 'JLHS'. */
export const SETUP_JLHS = 0x53484c4a;
export const SETUP_JAILHOUSE = 6;

/** What of the cell stands in setup_data. */
export interface SetupDataFacts {
  standardIoapic: boolean;
  uartFlags: number;
}

const FORMS: Readonly<Record<SetupDataForm, { size: number; encode(facts: SetupDataFacts): Uint8Array }>> = {
  jlhs: {
    size: setupDataJlhs.size,
    encode: () => setupDataJlhs.encode({ type: SETUP_JLHS, len: setupDataJlhs.size - NODE_SIZE }),
  },
  version1: {
    size: setupDataVersion1.size,
    encode: ({ standardIoapic }) =>
      setupDataVersion1.encode({
        type: SETUP_JAILHOUSE,
        len: setupDataVersion1.size - NODE_SIZE,
        version: 1,
        compatible_version: 1,
        standard_ioapic: standardIoapic ? 1 : 0,
      }),
  },
  version2: {
    size: setupDataVersion2.size,
    encode: ({ standardIoapic, uartFlags }) =>
      setupDataVersion2.encode({
        type: SETUP_JAILHOUSE,
        len: setupDataVersion2.size - NODE_SIZE,
        version: 2,
        compatible_version: 1,
        standard_ioapic: standardIoapic ? 1 : 0,
        flags: uartFlags,
      }),
  },
};

export const setupDataSize = (form: SetupDataForm): number => FORMS[form].size;

/** One setup_data node, the only one: `next` is zero. */
export const encodeSetupData = (form: SetupDataForm, facts: SetupDataFacts): Uint8Array =>
  FORMS[form].encode(facts);
