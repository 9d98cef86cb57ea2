import { hex } from '../base/address.ts';
import { exceptionClassText } from './dumps/exception-classes.ts';
import { vectorText } from './dumps/exit-reasons.ts';
import { firmwareCallText } from './dumps/firmware-calls.ts';
import { amdEventText, vtdFault } from './dumps/iommu-faults.ts';
import {
  apicAccessText,
  apicRegisterText,
  controlRegisterText,
  deliveryMode,
  pageFaultText,
} from './dumps/qualification.ts';
import { exitText, type X86Exit } from './dumps/x86-facts.ts';
import type { LineNumbers } from './resolve/numbers.ts';

// What the numbers of a line mean by themselves, whatever machine it is from.

/** As much of a page fault as SVM says beside the code. */
const INFO1 = /exitinfo1 (?:0x)?([0-9a-f]{1,16})\b/;

/** The exit of the CPU that a line names: VMX in decimal, SVM in hex. */
export function exitOf(id: string, text: string, numbers: LineNumbers): X86Exit | null {
  if (!EXITS.has(id)) return null;
  if (text.includes('#VMEXIT')) {
    const code = numbers.address('code');
    const info1 = INFO1.exec(text)?.[1];
    return code === null
      ? null
      : { vendor: 'amd', code, info1: info1 === undefined ? null : BigInt(`0x${info1}`) };
  }
  const code = numbers.decimal('code');
  return code === null ? null : { vendor: 'intel', code };
}

/** Those of `vm-entry` are not all exit reasons: some are errors of an instruction. */
const EXITS: ReadonlySet<string> = new Set(['triple-fault', 'vmxoff', 'vm-exit']);

type Fact = (numbers: LineNumbers) => string | null;

const given = <Value>(value: Value | null, text: (value: Value) => string | null): string | null =>
  value === null ? null : text(value);

const apicRegister: Fact = (numbers) => given(numbers.hex('register'), apicRegisterText);

function vtdText(numbers: LineNumbers): string | null {
  const [reason, info] = [numbers.hex('reason'), numbers.address('info')];
  if (reason === null) return null;
  const { means, address, interrupt } = vtdFault(reason, info ?? 0n);
  const name = `fault reason 0x${reason.toString(16)} is ${means ?? 'not a known one'}`;
  if (info === null) return name;
  return address === null
    ? `${name}; the interrupt has the index ${interrupt}`
    : `${name}; the device asked for 0x${address.toString(16)}`;
}

const PAGE_FAULT = 14;

/** An exception of the hypervisor itself; of a page fault, what it says of the access. */
function exceptionText(numbers: LineNumbers): string | null {
  const [vector, error, address] = [
    numbers.decimal('exception'),
    numbers.hex('error'),
    numbers.address('address'),
  ];
  if (vector === null) return null;
  const name = `the exception is ${vectorText(vector)}`;
  if (vector !== PAGE_FAULT || error === null) return name;
  const where = address === null ? '' : `, at ${hex(address)}`;
  return `${name}${where}: ${pageFaultText(error)}`;
}

/** By the id of the kind. */
const FACTS: Readonly<Record<string, Fact>> = {
  'apic-access': (numbers) =>
    given(numbers.address('qualification'), apicAccessText) ??
    given(numbers.decimal('count'), (offset) => apicRegisterText(offset >> 4)),
  'apic-lvt': (numbers) =>
    given(
      numbers.hex('hex'),
      (value) => `${apicRegister(numbers)}, with the delivery mode ${deliveryMode(value)}`,
    ),
  'apic-reserved': apicRegister,
  'apic-mode': (numbers) =>
    given(numbers.hex('hex'), (value) => `the delivery mode is ${deliveryMode(value)}`),
  'cr-access': (numbers) => given(numbers.address('qualification'), controlRegisterText),
  'hv-exception': exceptionText,
  'arm-trap': (numbers) => given(numbers.hex('class'), exceptionClassText),
  'arm-smc-arch': (numbers) => given(numbers.hex('hex'), firmwareCallText),
  'vtd-fault': vtdText,
  'amd-event': (numbers) =>
    given(numbers.hex('code'), (code) => given(amdEventText(code), (text) => `event ${code} is ${text}`)),
};

/** What the numbers of a line mean; none where its meaning says all. */
export function lineFacts(id: string, text: string, numbers: LineNumbers): string[] {
  const exit = exitOf(id, text, numbers);
  const fact = FACTS[id]?.(numbers) ?? null;
  return [...(exit === null ? [] : [exitText(exit)]), ...(fact === null ? [] : [fact])];
}
