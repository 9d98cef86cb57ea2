/** Why a CPU left a guest. */
export interface ExitReason {
  /** What the guest did, or what happened to it. */
  name: string;
  /** What that says of the cell; `null` where the name says all. */
  means: string | null;
  /** What to do; `null` where only the code that ran tells. */
  fix: string | null;
}

type Why = Omit<ExitReason, 'name'>;

const KVM: Why = {
  means: 'it starts a hypervisor of its own, as KVM does: a cell cannot',
  fix: 'build the kernel of the cell without CONFIG_KVM, or unload kvm_intel and kvm_amd there',
};
const OTHER_HOST: Why = {
  means: 'Jailhouse does not ask for this exit: it runs on another hypervisor that does',
  fix: 'run Jailhouse on the machine itself, or update the hypervisor below it',
};
const HANDLED = 'Jailhouse handles it, and says in a line of its own what it refuses';
const HARDWARE: Why = {
  means: 'a fault of the CPU, of its firmware or of the hypervisor below Jailhouse, not of the cell',
  fix: 'update the firmware and the microcode; in a virtual machine, the hypervisor of its host',
};
const TRIPLE =
  'the CPU met a fault while it reported a fault: it ran something that is not code, or has no valid stack or tables';

const reason = (name: string, why: string | Why | null = null): ExitReason =>
  why === null || typeof why === 'string' ? { name, means: why, fix: null } : { name, ...why };

/** Basic exit reasons of VMX (Intel, SDM volume 3, appendix C). Jailhouse prints them in decimal. */
const VMX: Readonly<Record<number, ExitReason>> = {
  0: reason('an exception or NMI', HANDLED),
  1: reason('an external interrupt', OTHER_HOST),
  2: reason('a triple fault', TRIPLE),
  3: reason('an INIT signal', 'firmware or another CPU reset this CPU'),
  4: reason('a start-up IPI', 'firmware or another CPU started this CPU'),
  7: reason('an interrupt window', OTHER_HOST),
  8: reason('an NMI window', OTHER_HOST),
  9: reason('a task switch', 'a kernel of 64 bits never does that: the CPU runs something else'),
  10: reason('CPUID', HANDLED),
  11: reason('GETSEC', 'a measured launch (TXT), which a cell cannot do'),
  12: reason('HLT', OTHER_HOST),
  13: reason('INVD', 'it throws the caches away; no kernel does that after it has started'),
  14: reason('INVLPG', OTHER_HOST),
  15: reason('RDPMC', OTHER_HOST),
  16: reason('RDTSC', OTHER_HOST),
  18: reason('VMCALL', HANDLED),
  19: reason('VMCLEAR', KVM),
  20: reason('VMLAUNCH', KVM),
  21: reason('VMPTRLD', KVM),
  22: reason('VMPTRST', KVM),
  23: reason('VMREAD', KVM),
  24: reason('VMRESUME', KVM),
  25: reason('VMWRITE', KVM),
  26: reason(
    'VMXOFF',
    'the kernel switches VMX off as it crashes or restarts: what stopped it is further up in the log',
  ),
  27: reason('VMXON', KVM),
  28: reason('an access to a control register', HANDLED),
  29: reason('an access to a debug register', OTHER_HOST),
  30: reason('an access to an I/O port', HANDLED),
  31: reason('RDMSR', HANDLED),
  32: reason('WRMSR', HANDLED),
  33: reason('an invalid state of the guest', 'the CPU refuses to run the guest with these registers'),
  34: reason('a failure to load MSRs', HARDWARE),
  36: reason('MWAIT', OTHER_HOST),
  37: reason('a monitor trap', OTHER_HOST),
  39: reason('MONITOR', OTHER_HOST),
  40: reason('PAUSE', OTHER_HOST),
  41: reason('a machine check at the entry', HARDWARE),
  43: reason('a TPR below its threshold', OTHER_HOST),
  44: reason('an access to the local APIC', HANDLED),
  45: reason('a virtualised EOI', OTHER_HOST),
  46: reason('an access to GDTR or IDTR', OTHER_HOST),
  47: reason('an access to LDTR or TR', OTHER_HOST),
  48: reason('an access to memory that the page tables of the cell refuse', HANDLED),
  49: reason('page tables of the cell that are invalid', HARDWARE),
  50: reason('INVEPT', KVM),
  51: reason('RDTSCP', OTHER_HOST),
  52: reason('the preemption timer', HANDLED),
  53: reason('INVVPID', KVM),
  54: reason('WBINVD', OTHER_HOST),
  55: reason('XSETBV', HANDLED),
  56: reason('a write to the APIC', OTHER_HOST),
  57: reason('RDRAND', OTHER_HOST),
  58: reason('INVPCID', OTHER_HOST),
  59: reason('VMFUNC', 'a call of a guest that expects another hypervisor'),
  60: reason('ENCLS', 'it uses SGX, which a cell cannot'),
  61: reason('RDSEED', OTHER_HOST),
  62: reason('a full log of page modifications', OTHER_HOST),
  63: reason('XSAVES', OTHER_HOST),
  64: reason('XRSTORS', OTHER_HOST),
  67: reason('UMWAIT', OTHER_HOST),
  68: reason('TPAUSE', OTHER_HOST),
  74: reason('a bus lock', OTHER_HOST),
};

/** The low 16 bits are the basic reason. */
export const vmxExit = (code: number): ExitReason | null => VMX[code & 0xffff] ?? null;

/** Exit codes of SVM (AMD64 manual, volume 2, appendix C). Jailhouse prints them in hex. */
const SVM: Readonly<Record<number, ExitReason>> = {
  0x60: reason('an interrupt', OTHER_HOST),
  0x61: reason('an NMI', HANDLED),
  0x62: reason('an SMI', OTHER_HOST),
  0x63: reason('an INIT signal', 'firmware or another CPU reset this CPU'),
  0x64: reason('a virtual interrupt', OTHER_HOST),
  0x65: reason('a write of CR0', HANDLED),
  0x6e: reason('RDTSC', OTHER_HOST),
  0x6f: reason('RDPMC', OTHER_HOST),
  0x72: reason('CPUID', HANDLED),
  0x75: reason('a software interrupt', OTHER_HOST),
  0x76: reason('INVD', 'it throws the caches away; no kernel does that after it has started'),
  0x77: reason('PAUSE', OTHER_HOST),
  0x78: reason('HLT', OTHER_HOST),
  0x79: reason('INVLPG', OTHER_HOST),
  0x7a: reason('INVLPGA', KVM),
  0x7b: reason('an access to an I/O port', HANDLED),
  0x7c: reason('an access to an MSR', HANDLED),
  0x7d: reason('a task switch', 'a kernel of 64 bits never does that: the CPU runs something else'),
  0x7f: reason('a shutdown of the CPU, which is a triple fault', TRIPLE),
  0x80: reason('VMRUN', KVM),
  0x81: reason('VMMCALL', HANDLED),
  0x82: reason('VMLOAD', KVM),
  0x83: reason('VMSAVE', KVM),
  0x84: reason('STGI', KVM),
  0x85: reason('CLGI', KVM),
  0x86: reason('SKINIT', 'a measured launch, which a cell cannot do'),
  0x87: reason('RDTSCP', OTHER_HOST),
  0x88: reason('ICEBP', OTHER_HOST),
  0x89: reason('WBINVD', OTHER_HOST),
  0x8a: reason('MONITOR', OTHER_HOST),
  0x8b: reason('MWAIT', OTHER_HOST),
  0x8d: reason('XSETBV', OTHER_HOST),
  0x8e: reason('RDPRU', OTHER_HOST),
  0x400: reason('an access to memory that the page tables of the cell refuse', HANDLED),
  0x401: reason('an IPI that the APIC could not deliver by itself', OTHER_HOST),
  0x402: reason('an access to the APIC that it does not speed up', OTHER_HOST),
};

/** Exceptions by their vectors. */
const VECTORS: Readonly<Record<number, string>> = {
  0: 'division by zero (#DE)',
  1: 'debug (#DB)',
  3: 'breakpoint (#BP)',
  4: 'overflow (#OF)',
  5: 'bound (#BR)',
  6: 'invalid instruction (#UD)',
  7: 'no FPU (#NM)',
  8: 'double fault (#DF)',
  10: 'invalid task state (#TS)',
  11: 'segment not present (#NP)',
  12: 'stack (#SS)',
  13: 'general protection (#GP)',
  14: 'page fault (#PF)',
  16: 'floating point (#MF)',
  17: 'alignment check (#AC)',
  18: 'machine check (#MC)',
  19: 'SIMD (#XM)',
  30: 'security (#SX)',
};

export const vectorText = (vector: number): string => VECTORS[vector] ?? `number ${vector}`;

/** The first of 32 codes for the exceptions. */
const SVM_EXCEPTIONS = 0x40;
const SVM_INVALID = 0xffffffffffffffffn;

export function svmExit(code: bigint): ExitReason | null {
  if (code === SVM_INVALID || code === 0xffffffffn) {
    return reason('an invalid state of the guest', 'the CPU refuses to run the guest with these registers');
  }
  const number = Number(code);
  if (number >= SVM_EXCEPTIONS && number < SVM_EXCEPTIONS + 32) {
    return reason(
      `the exception ${vectorText(number - SVM_EXCEPTIONS)}`,
      number === 0x41 || number === 0x51 ? HANDLED : OTHER_HOST,
    );
  }
  if (number < 0x40) {
    const register = `${number < 0x20 ? 'CR' : 'DR'}${number & 0xf}`;
    return reason(`a ${(number & 0x10) === 0 ? 'read' : 'write'} of ${register}`, OTHER_HOST);
  }
  return SVM[number] ?? null;
}
