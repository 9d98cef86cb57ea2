import { EXCEPTION_CLASS as EC, exceptionClassText } from './exception-classes.ts';
import { faultText } from './fault-status.ts';
import { cp15Text, systemRegisterText } from './system-registers.ts';

/** What an Arm CPU says of an exception: ESR_EL2, or HSR of a 32-bit hypervisor. */
export interface Syndrome {
  /** Exception class, 6 bits. */
  ec: number;
  /** 25 bits, whose meaning depends on the class. */
  iss: number;
}

/** The register as a whole: `hsr=0x93830007`. */
export const splitSyndrome = (value: number): Syndrome => ({
  ec: value >>> 26,
  iss: value & 0x1ffffff,
});

const bit = (iss: number, at: number): boolean => ((iss >>> at) & 1) === 1;

/** A load or store that was refused. */
interface DataAbort {
  access: 'read' | 'write';
  /** Bytes and register; `null` where the CPU did not say them, as for loads of two registers. */
  transfer: { bytes: number; register: number } | null;
  /** A cache operation: it says `write`, and writes nothing. */
  isCacheOperation: boolean;
  /** The fault was met while the guest's own page tables were read. */
  isInWalk: boolean;
  status: number;
}

const dataAbort = (iss: number): DataAbort => ({
  access: bit(iss, 6) ? 'write' : 'read',
  transfer: bit(iss, 24) ? { bytes: 1 << ((iss >>> 22) & 3), register: (iss >>> 16) & 0x1f } : null,
  isCacheOperation: bit(iss, 8),
  isInWalk: bit(iss, 7),
  status: iss & 0x3f,
});

const IN_WALK = "met while the CPU read the guest's own page tables: they are outside its memory";

function dataAbortText(iss: number, isArm64: boolean): string {
  const { access, transfer, isCacheOperation, isInWalk, status } = dataAbort(iss);
  const register =
    transfer === null
      ? ''
      : transfer.register === 31 && isArm64
        ? 'xzr'
        : `${isArm64 ? 'x' : 'r'}${transfer.register}`;
  const what = isCacheOperation
    ? 'a cache operation'
    : transfer === null
      ? `a ${access} whose size and register the CPU does not say, so a size that is printed with it means nothing`
      : `a ${access} of ${transfer.bytes} byte${transfer.bytes === 1 ? '' : 's'} ${access === 'read' ? 'into' : 'from'} ${register}`;
  return `${what}; ${faultText(status)}${isInWalk ? `; ${IN_WALK}` : ''}`;
}

/** What the rest of the syndrome says beyond its class; `''` if nothing. */
function issText({ ec, iss }: Syndrome, isArm64: boolean): string {
  switch (ec) {
    case EC.dataAbort:
    case EC.dataAbortHyp:
      return dataAbortText(iss, isArm64);
    case EC.instructionAbort:
    case EC.instructionAbortHyp:
      return `${faultText(iss & 0x3f)}${bit(iss, 7) ? `; ${IN_WALK}` : ''}`;
    case EC.systemRegister:
      return systemRegisterText(iss);
    case EC.cp15:
      return cp15Text(iss);
    case EC.hvc32:
    case EC.hvc64:
    case EC.smc64: {
      const immediate = iss & 0xffff;
      return `with the number 0x${immediate.toString(16)}`;
    }
    default:
      return '';
  }
}

/** The syndrome in words. */
export function syndromeText(syndrome: Syndrome, isArm64: boolean): string {
  const { ec } = syndrome;
  const name = exceptionClassText(ec) ?? 'which the manual reserves';
  const rest = issText(syndrome, isArm64);
  return `exception class 0x${ec.toString(16)}, ${name}${rest === '' ? '' : `: ${rest}`}`;
}
