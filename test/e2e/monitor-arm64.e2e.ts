import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BOX_FLAGS, BOX_KINDS, encodeBlob } from '../../src/boot/blob.ts';
import { placeCell } from '../../src/boot/place.ts';

const run = promisify(execFile);

const MONITOR = path.join(import.meta.dirname, '../../monitor/bin/arm64/monitor.bin');

const COMMAND = 'qemu-system-aarch64';

/** CPU 3 is the last one; what the monitor says goes to stdout. */
const QEMU =
  '-machine virt,gic-version=3,virtualization=on -cpu cortex-a57 -smp 4 -m 32M -accel tcg,thread=multi -nodefaults ' +
  '-display none -monitor none -no-reboot -chardev stdio,id=monitor,signal=off ' +
  '-device virtio-serial-device,bus=virtio-mmio-bus.0,max_ports=1 -device virtconsole,chardev=monitor';

const READ = 1n;
const WRITE = 2n;
const IO_32 = 0x40000n;
const [RAM, RAM_IN_QEMU] = [0x0n, 0x41000000n];
const DISPATCHED = 5;
const COMM_PUTC = 1;

type BoxBlob = Parameters<typeof encodeBlob>[0];

const GIC = { version: 3, gicd: 0x1800000n, gicr: 0x1880000n };

const region = (kind: number, virt: bigint, backing: bigint, size: bigint, flags = READ | WRITE) => ({
  kind,
  virt,
  backing,
  size,
  flags,
  reserved: 0,
});

/** CPUs 2 and 3; one page of RAM at 0, where the snippet starts. */
const blob = (change: BoxBlob): Uint8Array =>
  encodeBlob({
    architecture: 2,
    name: new TextEncoder().encode('snippet'.padEnd(32, '\0')),
    cpus: [
      { id: 2, qemu: 2, mpidr: 2n },
      { id: 3, qemu: 3, mpidr: 3n },
    ],
    regions: [
      region(BOX_KINDS.ram, RAM, RAM_IN_QEMU, 0x1000n),
      region(BOX_KINDS.comm, 0x80000000n, 0x40300000n, 0x1000n),
      region(BOX_KINDS.scratch, 0x90000000n, 0n, 0x2000n),
      region(BOX_KINDS.scratch, 0x91000000n, 0n, 0x1000n, READ),
      region(DISPATCHED, 0xa0000100n, 0xfe000100n, 0x10n, READ | IO_32),
    ],
    comm_revision: 2,
    mmconfig_base: 0xb0000000n,
    mmconfig_end_bus: 0,
    flags: BOX_FLAGS.mmconfig,
    gic_version: GIC.version,
    gicd_base: GIC.gicd,
    gicr_base: GIC.gicr,
    ...change,
  });

/** Regions as the harness places them: memory of the machine at a guest address. */
const placed = (...regions: [virt: bigint, phys: bigint, size: bigint][]) =>
  placeCell(
    regions.map(([virt_start, phys_start, size]) => ({ virt_start, phys_start, size, flags: READ | WRITE })),
    'arm64',
    { uart: null },
  ).regions;

const GIB = 1n << 30n;

let folder: string;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'monitor-arm64-'));
});
afterAll(async () => rm(folder, { recursive: true }));

/** What the monitor says when the cell's first CPU runs a snippet, up to the register dump. */
async function said(snippet: string, change: BoxBlob = {}): Promise<string[]> {
  const name = path.join(folder, String(count++));
  await writeFile(`${name}.s`, `${snippet}\n`);
  await run('aarch64-linux-gnu-as', ['-o', `${name}.o`, `${name}.s`]);
  await run('aarch64-linux-gnu-objcopy', ['-O', 'binary', '-j', '.text', `${name}.o`, `${name}.bin`]);
  await writeFile(`${name}.blob`, blob(change));
  const load = (file: string, address: string): string[] => [
    '-device',
    `loader,file=${file},addr=${address},force-raw=on`,
  ];
  const machine = spawn(COMMAND, [
    ...QEMU.split(' '),
    ...load(MONITOR, '0x40200000,cpu-num=0'),
    ...load(`${name}.blob`, '0x40280000'),
    ...load(`${name}.bin`, `0x${RAM_IN_QEMU.toString(16)}`),
  ]);
  const timer = setTimeout(() => machine.kill('SIGKILL'), 60_000);
  let output = '';
  machine.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  machine.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  await new Promise((resolve) => machine.on('close', resolve));
  clearTimeout(timer);
  const lines = output.split('\n').filter((line) => line !== '');
  // Between the line and the end there is the register dump.
  const dump = lines.indexOf('Cell state before exception:');
  return dump < 0 ? lines : [...lines.slice(0, dump), ...lines.slice(-1)];
}

const PARKING = 'Parking CPU 2 (Cell: "snippet")';
const died = (...lines: string[]): string[] => ['box: ready', ...lines, PARKING];
const unhandled = (line: string): string[] => died(line, 'FATAL: unhandled trap (exception class 0x24)');
/** A snippet that ends so shows the 12 lowest bits of x0: it reads from 0xc0000000 + x0. */
const SHOW_X0 = 'and x0, x0, #0xfff; mov x1, #0xc0000000; ldrb w2, [x1, x0]';
const shows = (value: number): string[] =>
  unhandled(`Unhandled data read at 0x${(0xc0000000 + value).toString(16)}(1)`);

const SMC = (id: string): string => `ldr x0, =${id}; smc #0`;

test.each<[string, string, string[], BoxBlob?]>([
  [
    'a read of a byte where nothing is',
    'mov x1, #0x70000000; ldrb w0, [x1, #3]',
    unhandled('Unhandled data read at 0x70000003(1)'),
  ],
  ['of two', 'mov x1, #0x70000000; ldrh w0, [x1]', unhandled('Unhandled data read at 0x70000000(2)')],
  ['of four', 'mov x1, #0x70000000; ldr w0, [x1]', unhandled('Unhandled data read at 0x70000000(4)')],
  [
    'of eight, behind 4 GiB',
    'mov x1, #0x23400000000; ldr x0, [x1]',
    died('Unhandled data read at 0x23400000000(8)', 'FATAL: unhandled trap (exception class 0x24)'),
  ],
  [
    'devices of 64 GiB that begin within a block: the first page and the last',
    `ldr x1, =0x4000003000; ldr w0, [x1]; ldr x1, =0x5000002000; ldr w2, [x1, #0xffc]; orr x0, x0, x2; ${SHOW_X0}`,
    shows(0),
    {
      regions: [
        region(BOX_KINDS.ram, RAM, RAM_IN_QEMU, 0x1000n),
        region(BOX_KINDS.scratch, 0x40_0000_3000n, 0n, 64n * GIB),
      ],
    },
  ],
  [
    'of which nothing is behind',
    'ldr x1, =0x5000003000; ldr w0, [x1]',
    unhandled('Unhandled data read at 0x5000003000(4)'),
    {
      regions: [
        region(BOX_KINDS.ram, RAM, RAM_IN_QEMU, 0x1000n),
        region(BOX_KINDS.scratch, 0x40_0000_3000n, 0n, 64n * GIB),
      ],
    },
  ],
  ['a write', 'mov x1, #0x70000000; str w0, [x1, #8]', unhandled('Unhandled data write at 0x70000008(4)')],
  [
    'a write of a pair, of which the syndrome does not tell the size',
    'mov x1, #0x70000000; stp x2, x3, [x1]',
    unhandled('Unhandled data write at 0x70000000(1)'),
  ],
  [
    'a write to a region that is read-only',
    'mov x1, #0x91000000; ldr w0, [x1]; strh w0, [x1, #0x38]',
    unhandled('Unhandled data write at 0x91000038(2)'),
  ],
  [
    'a jump to nowhere',
    'mov x1, #0x70000000; br x1',
    died('FATAL: instruction abort at 0x70000000', 'FATAL: forbidden access (exception class 0x20)'),
  ],
  [
    'a device that QEMU lacks reads as zero',
    `mov x1, #0x90000000; ldr w0, [x1, #0x24]; ${SHOW_X0}`,
    shows(0),
  ],
  [
    'memory of the machine is one, wherever the cell has it',
    `mov x1, #0x1800; mov w0, #0x123; str w0, [x1]; mov x1, #0x10000000; ldr w0, [x1, #0x800]; ${SHOW_X0}`,
    shows(0x123),
    { regions: placed([RAM, GIB, 0x2000n], [0x10000000n, GIB + 0x1000n, 0x1000n]) },
  ],
  [
    'of two regions at one address, the later is there',
    `mov x1, #0x1800; mov w0, #0x123; str w0, [x1]; mov x1, #0x10000000; ldr w0, [x1, #0x800]; ${SHOW_X0}`,
    shows(0x123),
    {
      regions: placed(
        [RAM, GIB, 0x2000n],
        [0x10000000n, 2n * GIB, 0x1000n],
        [0x10000000n, GIB + 0x1000n, 0x1000n],
      ),
    },
  ],
  ['the comm region: its revision', `mov x1, #0x80000000; ldrh w0, [x1, #6]; ${SHOW_X0}`, shows(2)],
  ['an empty PCI bus reads as ones', `mov x1, #0xb0000000; ldrh w0, [x1, #0x8]; ${SHOW_X0}`, shows(0xfff)],
  [
    'a write to it',
    'mov x1, #0xb0000000; str w0, [x1, #4]',
    unhandled('Unhandled data write at 0xb0000004(4)'),
  ],
  [
    'the second bus of one',
    'mov x1, #0xb0100000; ldr w0, [x1]',
    unhandled('Unhandled data read at 0xb0100000(4)'),
  ],
  [
    'a region of no whole page: a read that it permits',
    `ldr x1, =0xa0000104; mov w0, #7; ldr w0, [x1]; ${SHOW_X0}`,
    shows(0),
  ],
  [
    'of another width',
    'ldr x1, =0xa0000104; ldrb w0, [x1]',
    died(
      'FATAL: Invalid MMIO read, address: fe000104, size: 1',
      'FATAL: forbidden access (exception class 0x24)',
    ),
  ],
  [
    'a write without that right',
    'ldr x1, =0xa0000104; str w0, [x1]',
    died(
      'FATAL: Invalid MMIO write, address: fe000104, size: 4',
      'FATAL: forbidden access (exception class 0x24)',
    ),
  ],
  ['behind its end', 'ldr x1, =0xa0000110; ldr w0, [x1]', unhandled('Unhandled data read at 0xa0000110(4)')],
  ['the distributor: GICv3', `ldr x1, =0x180ffe8; ldr w0, [x1]; lsr w0, w0, #4; ${SHOW_X0}`, shows(3)],
  [
    'the redistributor of CPU 3, the last one',
    `ldr x1, =0x18e0008; ldr x0, [x1]; lsr x1, x0, #32; ubfx x0, x0, #4, #1; add x0, x1, x0, lsl #8; ${SHOW_X0}`,
    shows(0x103),
  ],
  [
    'behind the last one',
    'ldr x1, =0x190ffe8; ldr w0, [x1]',
    unhandled('Unhandled data read at 0x190ffe8(4)'),
  ],
  ['its own affinity', `mrs x0, mpidr_el1; ${SHOW_X0}`, shows(2)],
  ['PSCI: version 1.1', `${SMC('0x84000000')}; lsr x1, x0, #12; add x0, x0, x1; ${SHOW_X0}`, shows(0x11)],
  ['PSCI: SYSTEM_OFF is not supported', `${SMC('0x84000008')}; ${SHOW_X0}`, shows(0xfff)],
  ['PSCI: a CPU of another cell is denied', `mov x1, #1; ${SMC('0xc4000003')}; ${SHOW_X0}`, shows(0xffd)],
  ['PSCI: its own CPU is on', `mov x1, #2; mov x2, #0; ${SMC('0xc4000003')}; ${SHOW_X0}`, shows(0xffc)],
  ['PSCI: the other CPU is off', `mov x1, #3; mov x2, #0; ${SMC('0xc4000004')}; ${SHOW_X0}`, shows(1)],
  [
    'PSCI: the other CPU starts with its context',
    `mov x1, #3; adr x2, other; ldr x3, =0x70000010; ${SMC('0xc4000003')}
     stop: wfi; b stop
     other: ldr w1, [x0]`,
    [
      'box: ready',
      'Unhandled data read at 0x70000010(4)',
      'FATAL: unhandled trap (exception class 0x24)',
      'Parking CPU 3 (Cell: "snippet")',
    ],
  ],
  ['SMCCC: version 1.1', `${SMC('0x80000000')}; lsr x1, x0, #12; add x0, x0, x1; ${SHOW_X0}`, shows(0x11)],
  ['SMC of the SoC: not supported', `${SMC('0xc2000001')}; ${SHOW_X0}`, shows(0xfff)],
  ['SMC of a vendor', SMC('0x83000001'), died('FATAL: unhandled trap (exception class 0x17)')],
  [
    'SMC of the architecture that Jailhouse does not know',
    SMC('0x80003fff'),
    died('Unhandled SMC arch trap 80003fff', 'FATAL: unhandled trap (exception class 0x17)'),
  ],
  ['HVC of another hypervisor', 'hvc #0', died('FATAL: forbidden access (exception class 0x16)')],
  ['a hypercall of the root cell', `mov x0, #0; hvc #0x4a48; ${SHOW_X0}`, shows(0xfff)],
  ['putc without permission', `mov x0, #8; mov x1, #'A'; hvc #0x4a48; ${SHOW_X0}`, shows(0xfff)],
  [
    'putc with it',
    `mov x0, #8; mov x1, #'A'; hvc #0x4a48; mov x0, #8; mov x1, #'\\n'; hvc #0x4a48; ${SHOW_X0}`,
    died('A', ...shows(0).slice(1, -1)),
    { comm_flags: COMM_PUTC },
  ],
  ['a trapped system register', 'mrs x0, actlr_el1', died('FATAL: unhandled trap (exception class 0x18)')],
  [
    'semihosting, which would open files of the host, is an undefined instruction',
    `mov x0, #1; hlt #0xf000; .org 0x200; mrs x0, esr_el1; lsr x0, x0, #26; ${SHOW_X0}`,
    shows(0),
  ],
])('%s', async (_, snippet, lines, change = {}) => {
  expect(await said(snippet.replaceAll('; ', '\n'), change)).toEqual(lines);
});

test('a blob of another monitor is not a verdict on the cell', async () => {
  expect(await said('nop', { architecture: 0 })).toEqual(['box: error: the blob is not of this monitor']);
});
