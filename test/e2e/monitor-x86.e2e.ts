import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BOX_FLAGS, BOX_KINDS, encodeBlob } from '../../src/boot/blob.ts';
import { BOX_LAYOUTS } from '../../src/boot/memory.ts';
import { placeCell } from '../../src/boot/place.ts';

const run = promisify(execFile);

type BoxBlob = Parameters<typeof encodeBlob>[0];

const MONITOR = path.join(import.meta.dirname, '../../monitor/bin/x86/monitor.rom');

const COMMAND = 'qemu-system-x86_64';

/** As the box starts it; the folder's name has no blanks. */
const MACHINE = [
  '-machine q35,smm=off -cpu qemu64,+svm,+npt,+pdpe1gb -smp 3 -m 32M -accel tcg,thread=multi -nodefaults',
  `-display none -monitor none -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=1`,
  '-device isa-serial,iobase=0x3f8,irq=4,chardev=ttyS0 -chardev stdio,id=ttyS0,signal=off',
];

const MIB = 1n << 20n;
const [READ, WRITE, RAM, IO_8] = [1n, 2n, 0x4fn, 0x10000n];
const COMM_PUTC = 1;
/** BOX_DISPATCHED of monitor/blob.h. */
const DISPATCHED = 5;

/** All ports denied but these. */
function ports(...granted: [first: number, last: number][]): Uint8Array {
  const denied = new Uint8Array(8192).fill(0xff);
  for (const [first, last] of granted) {
    for (let port = first; port <= last; port++) denied[port >> 3]! &= ~(1 << (port & 7));
  }
  return denied;
}

const UART: [number, number] = [0x3f8, 0x3ff];

const region = (kind: number, virt: bigint, backing: bigint, size: bigint, flags: bigint) => ({
  kind,
  virt,
  backing,
  size,
  flags,
  reserved: 0,
});

const { cell: RAM_IN_QEMU, blob: BLOB, comm: COMM } = BOX_LAYOUTS.x86;

/** CPU 2; 1 MiB of RAM at 0, where the snippet starts; ttyS0. */
const blob = (change: Partial<BoxBlob>): Uint8Array =>
  encodeBlob({
    architecture: 0,
    flags: BOX_FLAGS.ioapic | BOX_FLAGS.mmconfig,
    name: new TextEncoder().encode('snippet'.padEnd(32, '\0')),
    cpus: [{ id: 2, qemu: 2, mpidr: 0n }],
    regions: [
      region(BOX_KINDS.ram, 0n, RAM_IN_QEMU, MIB, RAM),
      region(BOX_KINDS.comm, MIB, COMM, 0x1000n, READ | WRITE),
      region(BOX_KINDS.ram, 0x400000n, RAM_IN_QEMU + 2n * MIB, 0x1000n, READ),
      region(BOX_KINDS.scratch, 0x500000n, 0n, 0x2000n, READ | WRITE),
      region(DISPATCHED, 0x600100n, 0xfe000100n, 0x10n, READ | IO_8),
    ],
    comm_revision: 2,
    pm_timer: 0x408,
    mmconfig_base: 0xb0000000n,
    mmconfig_end_bus: 255,
    ioapic_pins: [1 << 4, 0, 0, 0],
    ports: ports(UART),
    ...change,
  });

/** Regions as the harness places them: memory of the machine at a guest address. */
const placed = (...regions: [virt: bigint, phys: bigint, size: bigint][]) =>
  placeCell(
    regions.map(([virt_start, phys_start, size]) => ({ virt_start, phys_start, size, flags: RAM })),
    'x86',
    { uart: null },
  ).regions;

const GIB = 1n << 30n;

let folder: string;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'monitor-x86-'));
});
afterAll(async () => rm(folder, { recursive: true }));

/** A snippet comes to its end so: a line that no monitor says by itself. */
const END = 'mov $0x3f8, %dx; mov $0x0a, %al; out %al, %dx';

/** Flat 32-bit code, and a way to print: SHOW ends with `%ecx` bytes at `%esi`. */
const IN_32 = `
        lgdtl gdt_pointer
        mov $0x11, %eax
        mov %eax, %cr0
        ljmpl $8, $in_32
gdt:    .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdt_pointer:
        .word 23
        .long gdt
        .code32
in_32:  mov $0x10, %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %ss
`;
/** Prints the register that it names, of 32 bits, in bytes. */
const SHOW = (register: string): string =>
  `mov ${register}, 0x800; mov $0x800, %esi; mov $4, %ecx; mov $0x3f8, %edx; rep outsb`;

interface Said {
  /** Of the monitor, up to the register dump; without what each start says. */
  lines: string[];
  /** Bytes on ttyS0. */
  console: Buffer;
  /** Whether the monitor ended QEMU. */
  parked: boolean;
}

/** Runs a snippet of 16-bit code at address 0, until the monitor parks its CPU or the snippet came to its end. */
async function say(snippet: string, change: Partial<BoxBlob> | Uint8Array = {}): Promise<Said> {
  const name = path.join(folder, String(count++));
  await writeFile(`${name}.s`, `.code16\n${snippet}\n${END}\njmp .\n`);
  await run('as', ['--64', '-o', `${name}.o`, `${name}.s`]);
  await run('ld', ['-m', 'elf_x86_64', '-Ttext=0', '-e', '0', '-o', `${name}.elf`, `${name}.o`]);
  await run('objcopy', ['-O', 'binary', '-j', '.text', `${name}.elf`, `${name}.bin`]);
  await writeFile(`${name}.blob`, change instanceof Uint8Array ? change : blob(change));
  const machine = spawn(
    COMMAND,
    [
      ...MACHINE,
      `-device isa-debugcon,iobase=0xe9,chardev=monitor -chardev file,id=monitor,path=${name}.monitor`,
      `-device loader,file=${name}.blob,addr=${BLOB},force-raw=on`,
      `-device loader,file=${name}.bin,addr=${RAM_IN_QEMU},force-raw=on`,
    ]
      .flatMap((words) => words.split(' '))
      .concat('-bios', MONITOR),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const timer = setTimeout(() => machine.kill('SIGKILL'), 60_000);
  const output: Buffer[] = [];
  machine.stdout.on('data', (bytes: Buffer) => {
    output.push(bytes);
    if (bytes.includes(0x0a)) machine.kill('SIGKILL');
  });
  const code = await new Promise((resolve) => machine.on('close', resolve));
  clearTimeout(timer);
  const text = await readFile(`${name}.monitor`, 'utf8');
  const usual = new Set(['', 'box: ready', 'CPU 2 received SIPI, vector 100']);
  const lines = text.split('\n').filter((line) => !usual.has(line));
  const dump = lines.findIndex((line) => line.startsWith('RIP: '));
  return {
    lines: lines.slice(0, dump < 0 ? undefined : dump),
    console: Buffer.concat(output),
    parked: code === 33 && lines.at(-1) === 'Parking CPU 2 (Cell: "snippet")',
  };
}

/** A snippet, what it does, and the lines with which the monitor parks the CPU. */
type Death = [title: string, snippet: string, lines: string[], change?: Partial<BoxBlob>];

const invalidPort = (what: string): string => `FATAL: Invalid PIO ${what}`;
const invalidMemory = (what: string): string => `FATAL: Invalid MMIO/RAM ${what}`;
const unsupported = (opcode: string): string =>
  `FATAL: unsupported instruction (${opcode.padEnd(19, ' 0x00')})`;
const apicAccess = (offset: number): string => `FATAL: Unhandled APIC access, offset ${offset}, is_write: 1`;

describe('in real mode', () => {
  test.each<Death>([
    ['a write to a port', 'out %al, $0x70', [invalidPort('write, port: 70 size: 1')]],
    ['a read of a port', 'in $0x61, %al', [invalidPort('read, port: 61 size: 1')]],
    [
      'a string read of a port',
      'mov $0x70, %dx; mov $0x800, %di; mov $2, %cx; rep insb',
      [invalidPort('read, port: 70 size: 1')],
    ],
    [
      'a read over the end of the ports',
      'mov $0x3fd, %dx; in %dx, %eax',
      [invalidPort('read, port: 3fd size: 4')],
    ],
    ['two bytes to the port of delays', 'out %ax, $0x80', [invalidPort('write, port: 80 size: 2')]],
    ['an MTRR', 'mov $0x200, %ecx; wrmsr', ['FATAL: Unhandled MSR write: 200']],
    [
      'a reserved memory type',
      'mov $0x277, %ecx; mov $0x20406, %eax; wrmsr',
      ['FATAL: Invalid PAT value: 20406'],
    ],
    ['an MSR of no range', 'mov $0x10000, %ecx; rdmsr', ['FATAL: Unhandled MSR read: 10000']],
    ['the mode of the APIC', 'mov $0x1b, %ecx; rdmsr; wrmsr', ['FATAL: Unhandled MSR write: 1b']],
    [
      'a triple fault',
      'lidtl none; int3; none: .word 0; .long 0',
      ['FATAL: Unexpected #VMEXIT, exitcode 7f, exitinfo1 0x0000000000000000 exitinfo2 0x0000000000000000'],
    ],
    [
      'a read where no RAM is',
      'mov $0xffff, %ax; mov %ax, %ds; mov $0xfff0, %si; mov (%si), %al',
      // 16 bytes below are the comm region's.
      [invalidMemory('read, addr: 0x000000000010ffe0 size: 1')],
    ],
    [
      'a write to the configuration of a PCI device',
      'mov $0xcf8, %dx; mov $0x8000f804, %eax; out %eax, %dx; mov $0xcfd, %dx; out %al, %dx',
      ['FATAL: Invalid PCI config write, device 00:1f.0, reg: 0x5, size: 1'],
    ],
    ['a byte of the PCI address', 'mov $0xcfb, %dx; out %al, %dx', [invalidPort('write, port: cfb size: 1')]],
    [
      'another port of the PM timer’s block',
      'mov $0x404, %dx; in %dx, %al',
      [invalidPort('read, port: 404 size: 1')],
    ],
    ['the keyboard controller', 'mov $0xfe, %al; out %al, $0x64', [invalidPort('write, port: 64 size: 1')]],
    [
      'its reset line, where the cell owns it',
      'in $0x64, %al; mov $0xfe, %al; out %al, $0x64',
      ['FATAL: Invalid write to i8042 controller port'],
      { ports: ports(UART, [0x64, 0x64]) },
    ],
  ])('%s', async (_, snippet, lines, change) => {
    expect(await say(snippet, change)).toMatchObject({ lines, parked: true, console: Buffer.alloc(0) });
  });
});

describe('in protected mode', () => {
  test.each<Death>([
    ['a read of two bytes', 'mov 0x200001, %ax', [invalidMemory('read, addr: 0x0000000000200001 size: 2')]],
    [
      'a read of one, zero-extended',
      'movzbl 0x200001, %eax',
      [invalidMemory('read, addr: 0x0000000000200001 size: 1')],
    ],
    ['a write of four', 'mov %eax, 0x12345678', [invalidMemory('write, addr: 0x0000000012345678 size: 4')]],
    ['a constant', 'movw $1, 0x200000', [invalidMemory('write, addr: 0x0000000000200000 size: 2')]],
    [
      'a write to what can only be read',
      'mov 0x400000, %ebx; mov %ebx, 0x400000',
      [invalidMemory('write, addr: 0x0000000000400000 size: 4')],
    ],
    [
      'a compare, which Jailhouse does not decode',
      'cmpw $1, 0x200006',
      [unsupported('0x83'), invalidMemory('read, addr: 0x0000000000200006 size: 0')],
    ],
    [
      'a jump to nowhere',
      'mov $0x200000, %eax; jmp *%eax',
      ['FATAL: unable to get MMIO instruction', invalidMemory('read, addr: 0x0000000000200000 size: 0')],
    ],
    [
      'in front of devices of 64 GiB, which can be read, and in which the APIC is',
      'mov 0x10003000, %ebx; mov 0xdffffffc, %ebx; mov 0xfee00030, %ebx; mov 0x10002ffc, %eax',
      [invalidMemory('read, addr: 0x0000000010002ffc size: 4')],
      {
        regions: [
          region(BOX_KINDS.ram, 0n, RAM_IN_QEMU, MIB, RAM),
          region(BOX_KINDS.scratch, 0x1000_3000n, 0n, 64n * GIB, READ | WRITE),
        ],
      },
    ],
    ['the HPET', 'mov 0xfed00000, %eax', [invalidMemory('read, addr: 0x00000000fed00000 size: 4')]],
    [
      'the IOAPIC of a cell without one',
      'mov 0xfec00000, %eax',
      [invalidMemory('read, addr: 0x00000000fec00000 size: 4')],
      { flags: 0 },
    ],
    [
      'its version',
      'movl $1, 0xfec00000; mov %eax, 0xfec00010',
      ['FATAL: Invalid IOAPIC write, reg: 10, index: 1'],
    ],
    ['none of its registers', 'mov 0xfec00020, %eax', ['FATAL: Invalid IOAPIC read, reg: 20, index: 0']],
    [
      'a write to an empty PCI bus',
      'mov %eax, 0xb01fa104',
      ['FATAL: Invalid PCI MMCONFIG write, device 01:1f.2, reg: 0x104, size: 4'],
    ],
    [
      'a local interrupt by way of the 8259',
      'movl $0x700, 0xfee00350',
      ['FATAL: Setting invalid LVT delivery mode (reg 35, value 00000700)', apicAccess(0x350)],
    ],
    [
      'a reserved bit of the APIC',
      'movl $0x10000, 0xfee000f0',
      ['FATAL: Trying to set reserved APIC bits (reg 0f, value 00010000)', apicAccess(0xf0)],
    ],
    [
      'a register that it has not',
      'movl $1, 0xfee00030',
      ['FATAL: Trying to set reserved APIC bits (reg 03, value 00000001)', apicAccess(0x30)],
    ],
    [
      'another CPU’s logical ID',
      'movl $0x01000000, 0xfee000d0',
      ['FATAL: Unsupported change to LDR: 1000000', apicAccess(0xd0)],
    ],
    [
      'clustered logical IDs',
      'movl $0x0fffffff, 0xfee000e0',
      ['FATAL: Unsupported change to DFR: fffffff', apicAccess(0xe0)],
    ],
    [
      'two bytes of the APIC',
      'movw $0, 0xfee00080',
      ['FATAL: Unsupported APIC access width 2', apicAccess(0x80)],
    ],
    ['an exchange with it', 'xchg %eax, 0xfee00080', [unsupported('0x87'), apicAccess(0x80)]],
    [
      'an SMI to itself',
      'movl $0x200, 0xfee00300',
      ['FATAL: Unsupported/invalid APIC delivery mode, ICR.lo=200', apicAccess(0x300)],
    ],
    [
      'the APIC’s page in x2APIC mode',
      'mov 0xfee00020, %eax',
      ['FATAL: xAPIC access in x2APIC mode', 'FATAL: Unhandled APIC access, offset 32, is_write: 0'],
      { flags: BOX_FLAGS.x2apic },
    ],
    [
      'a reserved bit in x2APIC mode',
      'mov $0x80f, %ecx; mov $0x10000, %eax; wrmsr',
      ['FATAL: Trying to set reserved APIC bits (reg 0f, value 00010000)', apicAccess(0xf0)],
      { flags: BOX_FLAGS.x2apic },
    ],
    [
      'a write to a region of no whole pages, which is read-only',
      'mov %al, %bl; mov %bl, 0x600104',
      ['FATAL: Invalid MMIO write, address: fe000104, size: 1'],
    ],
    [
      'four bytes of it, where it has one',
      'mov 0x600104, %ebx',
      ['FATAL: Invalid MMIO read, address: fe000104, size: 4'],
    ],
  ])('%s', async (_, snippet, lines, change) => {
    expect(await say(IN_32 + snippet, change)).toMatchObject({
      lines,
      parked: true,
      console: Buffer.alloc(0),
    });
  });
});

/** 64-bit code at CPL 0, with all memory open to CPL 3; system calls are on, and lead to `entry`. */
const IN_64 = `
        movw $0x5027, 0x4000
        movw $0x6027, 0x5000
        movw $0xe7, 0x6000
        lgdtl gdt_pointer
        mov $0x20, %eax
        mov %eax, %cr4
        mov $0x4000, %eax
        mov %eax, %cr3
        mov $0xc0000080, %ecx
        rdmsr
        or $0x101, %eax
        wrmsr
        mov $0xc0000081, %ecx
        xor %eax, %eax
        mov $0x00100008, %edx
        wrmsr
        mov $0xc0000082, %ecx
        mov $entry, %eax
        xor %edx, %edx
        wrmsr
        mov $0x80000011, %eax
        mov %eax, %cr0
        ljmpl $8, $in_64
gdt:    .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00cff3000000ffff, 0x00affb000000ffff
gdt_pointer:
        .word 39
        .long gdt
        .code64
in_64:
`;

describe('goes on', () => {
  test.each<[title: string, snippet: string, console: string, lines?: string[], change?: Partial<BoxBlob>]>([
    ['a byte to the port of delays', 'out %al, $0x80', ''],
    [
      'a string read of its own port',
      'mov $0x3fd, %dx; mov $0x800, %di; mov $2, %cx; rep insb; ' +
        'mov $0x800, %si; mov $2, %cx; mov $0x3f8, %dx; rep outsb',
      '``',
    ],
    ['a read of the PM timer', 'mov $0x408, %dx; in %dx, %eax', ''],
    [
      'a timer that is where QEMU’s cannot be',
      'mov $0xb010, %dx; in %dx, %eax; cmp $-1, %eax; je die; jmp on; die: out %al, $0x70; on:',
      '',
      [],
      { pm_timer: 0xb010 },
    ],
    [
      'CPUID tells of Jailhouse',
      'mov $0x40000000, %eax; cpuid; mov %ebx, 0x800; mov %ecx, 0x804; mov %edx, 0x808; ' +
        'mov $0x800, %si; mov $12, %cx; mov $0x3f8, %dx; rep outsb',
      'Jailhouse\0\0\0',
    ],
    ['a device that QEMU lacks reads as zero', `${IN_32} mov 0x501ffc, %eax; ${SHOW('%eax')}`, '\0\0\0\0'],
    [
      'so does a region of no whole pages',
      `${IN_32} mov $-1, %ebx; mov 0x600104, %bl; ${SHOW('%ebx')}`,
      '\0\xff\xff\xff',
    ],
    [
      'a PCI bus without devices, by ports',
      `${IN_32} mov $0xcf8, %dx; mov $0x80000000, %eax; out %eax, %dx; mov $0xcfe, %dx; xor %eax, %eax; in %dx, %ax; ${SHOW('%eax')}`,
      '\xff\xff\0\0',
    ],
    ['by memory', `${IN_32} xor %eax, %eax; mov 0xb0008002, %ax; ${SHOW('%eax')}`, '\xff\xff\0\0'],
    ['the revision of the comm region', `${IN_32} mov 0x100004, %eax; ${SHOW('%eax')}`, 'MM\x02\0'],
    [
      'its number of CPUs, at the end of a word',
      `${IN_32} mov 0x100040, %eax; ${SHOW('%eax')}`,
      '\x08\x04\x01\0',
    ],
    [
      'memory of the machine is one, wherever the cell has it',
      `${IN_32} movl $0x41424344, 0x2000; mov 0x701000, %eax; ${SHOW('%eax')}`,
      'DCBA',
      [],
      { regions: placed([0n, GIB, MIB], [0x700000n, GIB + 0x1000n, 0x2000n]) },
    ],
    [
      'of two regions at one address, the later is there',
      `${IN_32} movl $0x41424344, 0x2000; mov 0x402000, %eax; ${SHOW('%eax')}`,
      'DCBA',
      [],
      { regions: placed([0n, GIB, MIB], [0x400000n, 2n * GIB, MIB], [0x400000n, GIB, MIB]) },
    ],
    [
      'a masked local interrupt',
      `${IN_32} movl $0x10700, 0xfee00350; mov 0xfee00350, %eax; ${SHOW('%eax')}`,
      '\0\x07\x01\0',
    ],
    [
      'its own logical ID',
      `${IN_32} movl $0x04000000, 0xfee000d0; mov 0xfee000d0, %eax; ${SHOW('%eax')}`,
      '\0\0\0\x04',
    ],
    [
      'an IOAPIC’s pin of its own',
      `${IN_32} movl $0x18, 0xfec00000; movl $0x10039, 0xfec00010; mov 0xfec00010, %eax; ${SHOW('%eax')}`,
      '9\0\x01\0',
    ],
    [
      'another pin reads as zero',
      `${IN_32} movl $0x12, 0xfec00000; movl $0x10039, 0xfec00010; mov 0xfec00010, %eax; ${SHOW('%eax')}`,
      '\0\0\0\0',
    ],
    [
      'an interrupt to a CPU that is not the cell’s',
      `${IN_32} movl $0x09000000, 0xfee00310; movl $0x30, 0xfee00300`,
      '',
      ['WARNING: CPU 2 specified IPI destination outside cell boundaries, ICR.hi=9000000'],
    ],
    [
      'an NMI to itself',
      `${IN_32} movl $0x02000000, 0xfee00310; movl $0x400, 0xfee00300; mov 0xfee00310, %eax; ${SHOW('%eax')}`,
      '\0\0\0\x02',
      ['Ignoring NMI IPI to CPU 2'],
    ],
    [
      'the x2APIC’s ID',
      `${IN_32} mov $0x802, %ecx; rdmsr; ${SHOW('%eax')}`,
      '\x02\0\0\0',
      [],
      { flags: BOX_FLAGS.x2apic },
    ],
    ['a hypercall of the root cell', `${IN_32} xor %eax, %eax; vmmcall; ${SHOW('%eax')}`, '\xff\xff\xff\xff'],
    [
      'an unknown one',
      `${IN_32} mov $99, %eax; vmmcall; ${SHOW('%eax')}`,
      '\xda\xff\xff\xff',
      ['CPU 2: Unknown hypercall 99, RIP: 0x0000000000000045'],
    ],
    [
      'a character that it may not write',
      `${IN_32} mov $8, %eax; mov $0x58, %edi; vmmcall; ${SHOW('%eax')}`,
      '\xff\xff\xff\xff',
    ],
    [
      'one that it may',
      `${IN_32} mov $8, %eax; mov $0x58, %edi; vmmcall; ${SHOW('%eax')}`,
      '\0\0\0\0',
      ['X'],
      { comm_flags: COMM_PUTC },
    ],
  ])('%s', async (_, snippet, console, lines = [], change = {}) => {
    expect(await say(snippet, change)).toEqual({
      lines,
      parked: false,
      console: Buffer.from(`${console}\n`, 'latin1'),
    });
  });

  test('the first system call is told', async () => {
    const snippet =
      'mov $0x8000, %esp; push $0x1b; push %rsp; push $2; push $0x23; lea user(%rip), %rax; push %rax; iretq; ' +
      'user: mov $42, %eax; syscall; entry:';
    expect(await say(IN_64 + snippet)).toEqual({
      lines: ['box: user space on CPU 2, system call 42'],
      parked: false,
      console: Buffer.from('\n'),
    });
  });

  test('a task may leave the kernel on another CPU than it entered it on', async () => {
    // It prints at CPL 3, with IOPL 3.
    const snippet = 'entry: lea user(%rip), %rcx; mov $0x3002, %r11d; sysretq; user:';
    expect(await say(IN_64 + snippet)).toEqual({ lines: [], parked: false, console: Buffer.from('\n') });
  });

  test('VMRUN in real mode is an invalid opcode of the guest itself', async () => {
    const handler = 'movw $on, 24; movw $0, 26; vmrun; out %al, $0x70; on:';
    expect(await say(handler)).toMatchObject({ lines: [], parked: false });
  });
});

test('a blob of another version is the box’s own fault', async () => {
  const other = blob({});
  other[8]! += 1;
  expect(await say('hlt', other)).toEqual({
    lines: ['box: error: this monitor does not know the blob (version 2)'],
    parked: false,
    console: Buffer.alloc(0),
  });
});
