import { hex } from '../../base/address.ts';
import { EXCEPTION_CLASS as EC } from './exception-classes.ts';
import type { DumpFact } from './fact.ts';
import { firmwareCallText } from './firmware-calls.ts';
import type { Dump } from './read.ts';
import { splitSyndrome, syndromeText, type Syndrome } from './syndrome.ts';

/** Where Jailhouse links its image on arm64. */
const HYPERVISOR = { start: 0xffffc0200000n, end: 0xffffc1000000n };

/** The low 48 bits: some releases print addresses of the hypervisor without the highest ones. */
const short = (pc: bigint): bigint => BigInt.asUintN(48, pc);

const isHypervisor = (pc: bigint): boolean => {
  const place = short(pc);
  return HYPERVISOR.start <= place && place < HYPERVISOR.end;
};

const levelOf = ({ fields }: Dump): number | null => {
  const spsr = fields.get('spsr');
  // Bit 4: 32-bit code, which has modes instead.
  return spsr === undefined || (spsr & 0x10n) !== 0n ? null : Number((spsr >> 2n) & 3n);
};

/** The modes of 32-bit code that a guest runs in, by the low five bits of CPSR. */
const MODES: Readonly<Record<number, string>> = {
  0x10: 'a program (User mode)',
  0x11: 'code in FIQ mode',
  0x12: 'code in IRQ mode',
  0x13: 'the kernel (Supervisor mode)',
  0x17: 'code in Abort mode',
  0x1a: 'the hypervisor itself (Hyp mode)',
  0x1b: 'code in Undefined mode',
  0x1f: 'code in System mode',
};

function codeOfArm64(dump: Dump, pc: bigint): string {
  if (isHypervisor(pc)) {
    const offset = hex(short(pc) - HYPERVISOR.start);
    return `the hypervisor itself, ${offset} after its start: \`objdump -d hypervisor.o\` shows what is there`;
  }
  const spsr = dump.fields.get('spsr');
  if (spsr !== undefined && (spsr & 0x10n) !== 0n) return MODES[Number(spsr & 0x1fn)] ?? 'code of 32 bits';
  const level = levelOf(dump);
  if (level === 0) return 'a program (EL0)';
  if (pc >= 0xffff000000000000n)
    return 'the kernel, or one of its modules; with KASLR its symbols do not say where';
  return 'code at its physical address: a kernel before it switches the MMU on, a loader, or a bare-metal program';
}

function codeFacts(dump: Dump): DumpFact[] {
  const pc = dump.fields.get('pc');
  if (pc === undefined) return [];
  if (dump.kind === 'arm64')
    return [{ about: 'code', text: `the CPU ran ${hex(pc)}: ${codeOfArm64(dump, pc)}` }];
  const cpsr = dump.fields.get('cpsr');
  const mode = cpsr === undefined ? undefined : MODES[Number(cpsr & 0x1fn)];
  return [
    { about: 'code', text: `the CPU ran ${hex(pc)}: ${mode ?? 'code in a mode that was not printed'}` },
  ];
}

/** The syndrome that the dump has; `null` if it was not printed, or cut. */
function syndromeOf({ fields }: Dump): Syndrome | null {
  const value = fields.get('esr') ?? fields.get('hsr');
  return value === undefined ? null : splitSyndrome(Number(value));
}

const CALLS: ReadonlySet<number> = new Set([EC.hvc32, EC.smc32, EC.hvc64, EC.smc64]);

/** Of a call, which function it asked for. */
function callFacts({ fields }: Dump, { ec }: Syndrome): DumpFact[] {
  const id = fields.get('x0') ?? fields.get('r0');
  if (!CALLS.has(ec) || id === undefined) return [];
  return [{ about: 'event', text: `it asked for ${firmwareCallText(Number(BigInt.asUintN(32, id)))}` }];
}

/** What a dump of arm or arm64 shows. */
export function armFacts(dump: Dump): DumpFact[] {
  const syndrome = syndromeOf(dump);
  return [
    ...(syndrome === null
      ? []
      : [
          { about: 'event' as const, text: syndromeText(syndrome, dump.kind === 'arm64') },
          ...callFacts(dump, syndrome),
        ]),
    ...codeFacts(dump),
  ];
}
