import { hex } from '../../base/address.ts';
import { svmExit, vectorText, vmxExit, type ExitReason } from './exit-reasons.ts';
import type { DumpFact } from './fact.ts';
import {
  apicAccessText,
  controlRegisterText,
  eptViolationText,
  nestedPageFaultText,
  pageFaultText,
  portAccessText,
  vectoringEvent,
} from './qualification.ts';
import type { Dump } from './read.ts';
import { codePlace, modeOf, runsGarbage, type Mode } from './x86-code.ts';

const MODES: Readonly<Record<Mode, string>> = {
  real: '16-bit code in real mode',
  protected: '32-bit code',
  long: '64-bit code',
};

/** The exit that a line names; `null` if the line names none. */
export type X86Exit =
  { vendor: 'intel'; code: number } | { vendor: 'amd'; code: bigint; info1: bigint | null };

const exitReason = (exit: X86Exit): ExitReason | null =>
  exit.vendor === 'intel' ? vmxExit(exit.code) : svmExit(exit.code);

/** The exit in words: `exit reason 26 is VMXOFF: …`. */
export function exitText(exit: X86Exit): string {
  const reason = exitReason(exit);
  const name =
    exit.vendor === 'intel'
      ? `exit reason ${exit.code} of VMX`
      : `exit code 0x${exit.code.toString(16)} of SVM`;
  if (reason === null) return `${name} is not a known one`;
  return `${name} is ${reason.name}${reason.means === null ? '' : `: ${reason.means}`}`;
}

const VMX_REASON = { controlRegister: 28, port: 30, apic: 44, eptViolation: 48 } as const;
const NESTED_PAGE_FAULT = 0x400n;

/** What the qualification adds; `null` where it says nothing. */
function qualified(exit: X86Exit, { fields }: Dump): string | null {
  if (exit.vendor === 'amd') {
    return exit.code === NESTED_PAGE_FAULT && exit.info1 !== null ? nestedPageFaultText(exit.info1) : null;
  }
  const qualification = fields.get('qualification');
  if (qualification === undefined) return null;
  switch (exit.code) {
    case VMX_REASON.controlRegister:
      return controlRegisterText(qualification);
    case VMX_REASON.port:
      return portAccessText(qualification);
    case VMX_REASON.apic:
      return apicAccessText(qualification);
    case VMX_REASON.eptViolation:
      return eptViolationText(qualification);
    default:
      return null;
  }
}

function codeFacts(dump: Dump): DumpFact[] {
  const rip = dump.fields.get('rip');
  if (rip === undefined) return [];
  const mode = modeOf(dump);
  const ran = mode === null ? 'code' : MODES[mode];
  const facts: DumpFact[] = [
    { about: 'code', text: `the CPU ran ${ran} at ${hex(rip)}: ${codePlace(rip, mode)}` },
  ];
  if (runsGarbage(dump)) {
    facts.push({
      about: 'cpu',
      text: 'the CPU most likely runs something that is not code: other numbers in these lines mean nothing',
    });
  }
  return facts;
}

/** A fault that came while the CPU delivered another event. */
function eventFacts({ fields }: Dump): DumpFact[] {
  const event = vectoringEvent(Number(fields.get('vectoring info') ?? 0n));
  if (event === null) return [];
  const which = event.type === 'an exception' ? `the exception ${vectorText(event.vector)}` : event.type;
  return [
    {
      about: 'event',
      text: `it happened while the CPU delivered ${which}: look at the stack (RSP) and the interrupt table of the guest`,
    },
  ];
}

function hypervisorFacts({ fields }: Dump, vector: number): DumpFact[] {
  const [code, address] = [fields.get('error code'), fields.get('cr2')];
  if (vector !== 14 || code === undefined) return [];
  const where = address === undefined ? '' : ` at ${hex(address)}`;
  return [
    { about: 'event', text: `error code ${code.toString(16)}: ${pageFaultText(Number(code))}${where}` },
  ];
}

/**
 * What a dump of x86 shows.
 *
 * @param exit as the line before the dump names it
 * @param vector of an exception in the hypervisor itself
 */
export function x86Facts(dump: Dump, exit: X86Exit | null, vector: number | null): DumpFact[] {
  const more = exit && qualified(exit, dump);
  return [
    ...(more === null ? [] : [{ about: 'event' as const, text: `the qualification says: ${more}` }]),
    ...(vector === null ? [] : hypervisorFacts(dump, vector)),
    ...codeFacts(dump),
    ...eventFacts(dump),
  ];
}
