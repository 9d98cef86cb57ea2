import { describe, expect, test } from 'vitest';
import { dumpFacts, type DumpCause } from '../../../src/explain/dumps/describe.ts';
import { readDump } from '../../../src/explain/dumps/read.ts';
import { exitText } from '../../../src/explain/dumps/x86-facts.ts';

const NO_CAUSE: DumpCause = { exit: null, vector: null };

const told = (text: string, cause: Partial<DumpCause> = {}): string[] =>
  dumpFacts(readDump(text.split('\n').map((each) => ({ text: each })))!, { ...NO_CAUSE, ...cause }).map(
    (fact) => `${fact.about}: ${fact.text}`,
  );

const x86 = (rip: string, state: { cs?: string; lma?: 0 | 1; cr0?: string } = {}): string =>
  `RIP: 0x${rip.padStart(16, '0')} RSP: 0x0000000000007f90 FLAGS: 10002
CS: ${state.cs ?? '10'} BASE: 0x0000000000000000 AR-BYTES: a09b EFER.LMA ${state.lma ?? 1}
CR0: 0x${(state.cr0 ?? '80050033').padStart(16, '0')} CR3: 0x000000000240a000 CR4: 0x00000000000626b0`;

describe('what the CPU ran', () => {
  test.each([
    [
      'ffffffff81649d42',
      {},
      "64-bit code at 0xffffffff81649d42: the kernel's text; with KASLR its symbols do not say where",
    ],
    ['ffffffffc0a12345', {}, '64-bit code at 0xffffffffc0a12345: a module of the kernel'],
    ['fffffffff000b250', {}, '64-bit code at 0xfffffffff000b250: the hypervisor itself'],
    [
      'ffff888001000000',
      {},
      "64-bit code at 0xffff888001000000: the kernel's half of the addresses, outside its text",
    ],
    ['7f0012345678', {}, '64-bit code at 0x7f0012345678: a program, not the kernel'],
    [
      '1000200',
      {},
      '64-bit code at 0x1000200: code at its physical address: the kernel before it has page tables of its own',
    ],
    [
      'f1234',
      { lma: 0, cr0: '11' },
      '32-bit code at 0xf1234: code below 1 MiB: the loader, or a bare-metal program',
    ],
  ] as const)('x86 %s', (rip, state, expected) => {
    expect(told(x86(rip, state))).toEqual([`code: the CPU ran ${expected}`]);
  });

  test('x86 in real mode, somewhere', () => {
    expect(told(x86('1a', { cs: 'fa80', lma: 0, cr0: '30' }))).toEqual([
      'code: the CPU ran 16-bit code in real mode at 0x1a: code of 16 bits, as a CPU runs it right after a reset: no kernel gets there again',
      'cpu: the CPU most likely runs something that is not code: other numbers in these lines mean nothing',
    ]);
    expect(told(x86('fff0', { cs: 'f000', lma: 0, cr0: '30' }))).toHaveLength(1);
  });

  test.each([
    [
      'ffff8000104d2a60',
      '600003c5',
      'the kernel, or one of its modules; with KASLR its symbols do not say where',
    ],
    ['0000ffff12345678', '60000000', 'a program (EL0)'],
    [
      '0000000040080000',
      '600003c5',
      'code at its physical address: a kernel before it switches the MMU on, a loader, or a bare-metal program',
    ],
    [
      'ffffffffc0201234',
      '600003c9',
      'the hypervisor itself, 0x1234 after its start: `objdump -d hypervisor.o` shows what is there',
    ],
    [
      '0000ffffc0201234',
      '600003c9',
      'the hypervisor itself, 0x1234 after its start: `objdump -d hypervisor.o` shows what is there',
    ],
    ['00000000c0101234', '200001d3', 'the kernel (Supervisor mode)'],
  ])('arm64 %s, spsr %s', (pc, spsr, expected) => {
    const [, code] = told(` pc: ${pc}   lr: ${pc} spsr: ${spsr}     EL1\n sp: ${pc}  esr: 24 1 1800046`);
    expect(code).toBe(`code: the CPU ran 0x${pc.replace(/^0+/, '')}: ${expected}`);
  });
});

describe('what an Arm CPU met', () => {
  const arm64 = (esr: string, more = ''): string | undefined =>
    told(
      ` pc: 0000000040080000   lr: 0000000000000000 spsr: 600003c5     EL1\n sp: 0000000000000000  esr: ${esr}${more}`,
    )[0];

  test.each([
    [
      '24 1 1c08007',
      'exception class 0x24, a load or store that was refused: a read of 8 bytes into x0; translation fault, level 3: nothing is mapped there',
    ],
    [
      '24 1 1800046',
      'exception class 0x24, a load or store that was refused: a write of 4 bytes from x0; translation fault, level 2: nothing is mapped there',
    ],
    [
      '24 1 19f004f',
      'exception class 0x24, a load or store that was refused: a write of 4 bytes from xzr; permission fault, level 3: memory is mapped there, but not with the right to do that',
    ],
    [
      '24 1 0000007',
      'exception class 0x24, a load or store that was refused: a read whose size and register the CPU does not say, so a size that is printed with it means nothing; translation fault, level 3: nothing is mapped there',
    ],
    [
      '24 1 0000147',
      'exception class 0x24, a load or store that was refused: a cache operation; translation fault, level 3: nothing is mapped there',
    ],
    [
      '24 1 0000087',
      "exception class 0x24, a load or store that was refused: a read whose size and register the CPU does not say, so a size that is printed with it means nothing; translation fault, level 3: nothing is mapped there; met while the CPU read the guest's own page tables: they are outside its memory",
    ],
    [
      '20 1 0000086',
      "exception class 0x20, an instruction fetch that was refused: translation fault, level 2: nothing is mapped there; met while the CPU read the guest's own page tables: they are outside its memory",
    ],
    ['18 1 032d163', 'exception class 0x18, an access to a system register: a read of S3_3_C4_C1_1'],
    [
      '18 1 03a3056',
      'exception class 0x18, an access to a system register: a write of ICC_SGI1R_EL1, which sends an interrupt to other CPUs',
    ],
    ['01 1 0000000', 'exception class 0x1, WFI or WFE, which waits for an interrupt or event'],
    ['3f 1 0000000', 'exception class 0x3f, which the manual reserves'],
  ])('esr: %s', (esr, expected) => {
    expect(arm64(esr)).toBe(`event: ${expected}`);
  });

  test.each([
    [
      '17 1 0000000',
      '00000000b2000000',
      'the function 0xb2000000: it is a call to the trusted OS (OP-TEE and others)',
    ],
    [
      '17 1 0000000',
      '0000000082000010',
      'the function 0x82000010: it is a call to the vendor of the chip (SiP)',
    ],
    [
      '16 1 0000000',
      '00000000c4000003',
      'the function 0xc4000003, CPU_ON: it is a call to a standard service',
    ],
  ])('a call: esr %s, x0 %s', (esr, x0, expected) => {
    const text = ` pc: 0000000040080000   lr: 0000000000000000 spsr: 600003c5     EL1\n sp: 0000000000000000  esr: ${esr}\n x0: ${x0}`;
    expect(told(text)).toContain(`event: it asked for ${expected}`);
  });

  test('arm has it in one number', () => {
    expect(told('pc=0xc0101234 cpsr=0x200001d3 hsr=0x93830007')).toEqual([
      'event: exception class 0x24, a load or store that was refused: a read of 4 bytes into r3; translation fault, level 3: nothing is mapped there',
      'code: the CPU ran 0xc0101234: the kernel (Supervisor mode)',
    ]);
    expect(told('pc=0xc0101234 cpsr=0x200001d3 hsr=0x0c000f11')[0]).toBe(
      'event: exception class 0x3, an access to a register of cp15: a read of p15, 0, c3, c8, 0',
    );
  });
});

describe('what x86 met', () => {
  test.each([
    [
      26,
      'exit reason 26 of VMX is VMXOFF: the kernel switches VMX off as it crashes or restarts: what stopped it is further up in the log',
    ],
    [27, 'exit reason 27 of VMX is VMXON: it starts a hypervisor of its own, as KVM does: a cell cannot'],
    [5000, 'exit reason 5000 of VMX is not a known one'],
  ])('VMX %s', (code, expected) => {
    expect(exitText({ vendor: 'intel', code })).toBe(expected);
  });

  test.each([
    [0x80n, 'exit code 0x80 of SVM is VMRUN: it starts a hypervisor of its own, as KVM does: a cell cannot'],
    [
      0x4en,
      'exit code 0x4e of SVM is the exception page fault (#PF): Jailhouse does not ask for this exit: it runs on another hypervisor that does',
    ],
    [
      0xffffffffffffffffn,
      'exit code 0xffffffffffffffff of SVM is an invalid state of the guest: the CPU refuses to run the guest with these registers',
    ],
    [0x9999n, 'exit code 0x9999 of SVM is not a known one'],
  ])('SVM %s', (code, expected) => {
    expect(exitText({ vendor: 'amd', code, info1: null })).toBe(expected);
  });

  const withQualification = (code: number, qualification: string): string | undefined =>
    told(`qualification ${qualification}\n${x86('1000200')}`, { exit: { vendor: 'intel', code } })[0];

  test.each([
    [28, '4', 'a write of RAX to CR4'],
    [28, '310', 'a read of CR0 into RBX'],
    [30, '3f80008', 'a read of 1 byte at port 0x3f8'],
    [30, 'cfc0033', 'a write of 4 bytes at port 0xcfc, by a string instruction that is repeated'],
    [44, '1350', 'a write to register 0x35 of the local APIC, LVT LINT0'],
    [48, '181', 'a read; nothing is mapped there'],
    [
      48,
      '8a',
      "a write; what is mapped there allows read only; met while the CPU read the guest's own page tables",
    ],
  ])('the qualification of exit %i: %s', (code, qualification, expected) => {
    expect(withQualification(code, qualification)).toBe(`event: the qualification says: ${expected}`);
  });

  test('AMD has it in exitinfo1', () => {
    expect(told(x86('1000200'), { exit: { vendor: 'amd', code: 0x400n, info1: 0x6n } })[0]).toBe(
      'event: the qualification says: a write; nothing is mapped there',
    );
  });

  test('a fault in the hypervisor itself', () => {
    const text = `Error code: 9\nPhysical CPU ID: 4\n${x86('fffffffff000b250')}\nCR2: 0xffffff800400b000`;
    expect(told(text, { vector: 14 })[0]).toBe(
      'event: error code 9: a read that the page does not allow because an entry of the page tables has a reserved bit set: an address beyond what the CPU has at 0xffffff800400b000',
    );
  });

  test('a fault while an event was delivered', () => {
    const text = `qualification 181\nvectoring info: 80000b0e\n${x86('1000200')}`;
    expect(told(text, { exit: { vendor: 'intel', code: 48 } })).toContain(
      'event: it happened while the CPU delivered the exception page fault (#PF): look at the stack (RSP) and the interrupt table of the guest',
    );
  });

  test('what was cut is said to be', () => {
    expect(told('RIP: 0xffffffffa910ff4c RSP: 0xffffab85400f')).toContain(
      'cut: RSP was cut off or mixed with other output, so its value is not known',
    );
  });
});
