import { describe, expect, test } from 'vitest';
import { supportOf } from '../../src/placement/architectures.ts';
import type { NewCell } from '../../src/formats/cell/create.ts';
import { encodeCellConfig, parseCellConfig } from '../../src/formats/cell/config.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import type { Diagnostic } from '../../src/base/diagnostic.ts';
import { examineKernel } from '../../src/formats/kernel/examine.ts';
import { arm64Kernel, arm64Request, armCell, MIB } from '../helpers/arm-request.ts';
import { makeBootableKernel, makeCell } from '../helpers/cell-files.ts';
import { BANNER_TEXT, MACHINE, makeElf } from '../helpers/elf.ts';
import { evaluate, initrdOf } from '../helpers/evaluation.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';
import { systemAround } from '../helpers/machine.ts';
import { BOARD, dtbOf } from '../helpers/trees.ts';
import { utf8 } from '../helpers/bytes.ts';

/** READ, WRITE, EXECUTE, DMA, LOADABLE; without DMA. */
const RAM = 0x4fn;
const NO_DMA = 0x47n;
const COMM_REGION = 0x23n;

const findings = (...given: Parameters<typeof evaluate>): Diagnostic[] => evaluate(...given).diagnostics;
const codes = (...given: Parameters<typeof evaluate>): string[] => findings(...given).map(({ code }) => code);

/** The first finding with the code; there must be one. */
function finding(code: string, ...given: Parameters<typeof evaluate>): Diagnostic {
  const found = findings(...given).find((each) => each.code === code);
  expect(found, code).toBeDefined();
  return found!;
}

const withLines = (...lines: string[]): Uint8Array => utf8(`${GOOD_CONFIG}${lines.join('\n')}\n`);

const regionsWith = (flags: bigint): NewCell['memoryRegions'] => [
  { phys_start: 0x3b000000n, virt_start: 0n, size: MIB, flags },
  { phys_start: 0n, virt_start: MIB, size: 0x1000n, flags: COMM_REGION },
  { phys_start: 0x3b200000n, virt_start: 2n * MIB, size: 74n * MIB, flags },
];

test('a cell with nothing against it has no findings', () => {
  expect(codes()).toEqual([]);
});

describe('row 4: initramfs corrupt, "invalid magic", "junk in compressed archive"', () => {
  test('the kernel unpacks itself over it', () => {
    // Upstream puts the initrd 9 file sizes behind the kernel's start, which needs more.
    expect(finding('placement/overlap', { placement: 'upstream' })).toMatchObject({
      severity: 'error',
      symptom: expect.stringContaining('Initramfs unpacking failed: invalid magic') as string,
      path: ['initrd'],
    });
    expect(codes({ placement: 'exact' })).toEqual([]);
  });

  test('arm64: image_size (BSS) is larger than the file', () => {
    const kernel = arm64Kernel(1 << 20, 12n * MIB);
    const { diagnostics } = supportOf('arm64').plan(arm64Request({ kernel, placement: 'upstream' }));
    expect(diagnostics.find(({ code }) => code === 'placement/overlap')).toMatchObject({
      symptom: 'Initramfs unpacking failed: invalid magic',
      path: ['initrd'],
    });
  });
});

test('row 5: panic alloc_low_pages, "BIOS-e801": RAM without MEM_DMA is no RAM for the tool', () => {
  const given = [{}, { cell: makeCell({ memoryRegions: regionsWith(NO_DMA) }) }] as const;
  expect(finding('placement/e820', ...given)).toMatchObject({
    severity: 'error',
    requested: '2 to 128 RAM and comm regions',
    actual: '1',
    symptom: expect.stringContaining('alloc_low_pages') as string,
  });
  expect(finding('placement/no-ram', ...given).message).toContain('is not RAM: it lacks dma');

  // Where the kernel has enough of it elsewhere.
  const start = 0x10000000n;
  const spare = { phys_start: start, virt_start: start, size: MIB, flags: NO_DMA };
  const cell = makeCell({ memoryRegions: [...regionsWith(RAM), spare] });
  expect(finding('placement/ram-without-dma', {}, { cell }).severity).toBe('warning');
});

test('row 6: more than 128 e820 entries', () => {
  const more = Array.from({ length: 127 }, (_, index) => {
    const start = 0x10000000n + BigInt(index) * 0x10000n;
    return { phys_start: start, virt_start: start, size: 0x1000n, flags: RAM };
  });
  const cellOf = (count: number): Uint8Array =>
    makeCell({ memoryRegions: [...regionsWith(RAM), ...more.slice(0, count)] });
  expect(finding('placement/e820', {}, { cell: cellOf(126) })).toMatchObject({
    severity: 'error',
    requested: 'at most 128',
    actual: '129',
  });
  expect(codes({}, { cell: cellOf(125) })).not.toContain('placement/e820');
});

describe('row 7: a cmdline that is too long', () => {
  const cmdlineOf = (length: number): string => `console=ttyS0 ${'x'.repeat(length - 14)}`;

  test('overwrites the loader: both limits are told', () => {
    const { severity, message, symptom } = finding('placement/cmdline', { cmdline: cmdlineOf(8000) });
    expect(severity).toBe('error');
    expect(message).toMatch(
      /^the cmdline has 8000 bytes: the loader's memory leaves \d+, the kernel reads 2047 \(cmdline_size\)$/,
    );
    expect(symptom).toContain('triple fault');
  });

  test('is cut without a word', () => {
    expect(finding('placement/cmdline', { cmdline: cmdlineOf(2048) })).toMatchObject({
      severity: 'error',
      symptom: 'the last options have no effect',
    });
    expect(codes({ cmdline: cmdlineOf(2047) })).toEqual([]);
  });

  test('is told once, and without a cell too', () => {
    expect(codes({ cmdline: cmdlineOf(2048) })).toEqual(['placement/cmdline']);
    expect(codes({ cmdline: cmdlineOf(2048) }, { cell: null })).toContain('cmdline/length');
    expect(finding('cmdline/length', { cmdline: cmdlineOf(7892) }, { cell: null })).toMatchObject({
      severity: 'error',
      requested: 'at most 2047 bytes',
      actual: '7892 bytes',
    });
  });
});

describe('row 17: the hypervisor stops the cell', () => {
  const x2apicMachine = (): Uint8Array => {
    const system = systemAround(parseCellConfig(makeCell()).memoryRegions, 14, 'x86');
    system.platform.fields.apic_mode = 2;
    return encodeSystemConfig(system);
  };
  const oldRelease = { revision: 10, ports: [{ base: 0x3f8, length: 8 }] } as const;

  test.each<[string, string, Parameters<typeof evaluate>]>([
    [
      'Invalid PIO write, port: 70',
      'kernel/pm-trace-rtc',
      [{}, { kernelConfig: withLines('CONFIG_PM_TRACE_RTC=y') }],
    ],
    [
      'Invalid PIO read, port: 3f9',
      'kernel/console-ports',
      [{}, { cell: makeCell({ ...oldRelease, ports: [{ base: 0x2f8, length: 8 }] }) }],
    ],
    [
      'Invalid PIO read, port: 2f9',
      'kernel/console-ports',
      [{}, { cell: makeCell(oldRelease), kernelConfig: withLines('CONFIG_SERIAL_8250_RUNTIME_UARTS=4') }],
    ],
    [
      'Invalid PIO read, port: 2f9, by the number of UARTs alone',
      'kernel/runtime-uarts',
      [{}, { cell: null, kernelConfig: withLines('CONFIG_SERIAL_8250_RUNTIME_UARTS=2') }],
    ],
    [
      'Invalid PIO read, port: 2f9, by an early console',
      'kernel/early-console',
      [{ cmdline: 'console=ttyS0 earlyprintk=serial,ttyS1' }],
    ],
    [
      'Invalid PIO ..., port: 87',
      'kernel/isa-dma-api',
      [{}, { kernelConfig: withLines('CONFIG_ISA_DMA_API=y') }],
    ],
    [
      'Invalid PIO ..., port: 2e, 4e',
      'kernel/super-io',
      [{}, { kernelConfig: withLines('CONFIG_SERIAL_8250_FINTEK=y') }],
    ],
    ['Unhandled MSR read: c0002001', 'kernel/x86-mce', [{}, { kernelConfig: withLines('CONFIG_X86_MCE=y') }]],
    [
      'xAPIC access in x2APIC mode',
      'kernel/x2apic',
      [{}, { system: x2apicMachine(), kernelConfig: withLines('# CONFIG_X86_X2APIC is not set') }],
    ],
  ])('FATAL: %s', (_, code, given) => {
    expect(codes(...given)).toContain(code);
    const { severity, symptom, fix } = finding(code, ...given);
    expect(['error', 'warning']).toContain(severity);
    expect(symptom).toMatch(/FATAL|Unhandled MSR/);
    expect(fix).toBeDefined();
  });
});

test('row 33: "System is deadlocked on memory": the initrd fits, its content does not', async () => {
  const kernel = await examineKernel(makeBootableKernel({ init_size: 14 << 20 }));
  const highRam = 71n;
  const cell = makeCell({}, highRam);
  const initrd = initrdOf(36 << 20);
  const given = [{}, { cell, kernel, initrd }] as const;
  expect(finding('kernel/initrd-memory', ...given)).toMatchObject({
    severity: 'error',
    symptom: expect.stringContaining('System is deadlocked on memory') as string,
    actual: '72 MiB',
    path: ['initrd'],
  });
  // It fits: nothing else speaks against it.
  expect(codes(...given)).toEqual(['kernel/initrd-memory']);
  expect(codes({}, { cell: makeCell({}, 255n), kernel, initrd })).toEqual([]);
});

describe('row 34: kernel messages appear, login never does', () => {
  const withPins = (bits: number, change: Partial<NewCell> = {}): Uint8Array =>
    makeCell({
      irqchips: [{ address: 0xfec00000n, id: 0xff00, pin_base: 0, pin_bitmap: [bits, 0, 0, 0] }],
      ...change,
    });

  test('pin 4 for ttyS0', () => {
    const found = finding('kernel/console-irq', {}, { cell: withPins(1 << 3) });
    expect(found).toMatchObject({ severity: 'error', path: ['cell'], actual: 'pin 3' });
    expect(codes({}, { cell: withPins(1 << 4) })).toEqual([]);
  });

  test('pin 3 for ttyS1', () => {
    const cmdline = 'console=ttyS1 8250.nr_uarts=2';
    const ports = [{ base: 0x2f8, length: 8 }];
    expect(codes({ cmdline }, { cell: withPins(1 << 4, { ports }) })).toEqual(['kernel/console-irq']);
    expect(codes({ cmdline }, { cell: withPins(1 << 3, { ports }) })).toEqual([]);
  });
});

describe('a vmlinux for an arm64 cell', () => {
  const cell = encodeCellConfig(armCell());
  const found = async (dtb: Uint8Array | 'none'): Promise<string[]> => {
    const kernel = await examineKernel(makeElf({ machine: MACHINE.arm64, content: BANNER_TEXT }));
    const kernelConfig = utf8('# Linux/arm64 6.1.0 Kernel Configuration\nCONFIG_ARM64=y\n');
    const inputs = { cell, kernel, kernelConfig, dtb, initrd: null };
    return codes({ cmdline: 'console=ttyAMA1' }, inputs).filter((code) => !/^kernel\/(?!not-l)/.test(code));
  };

  test('is not started; its device tree is checked all the same', async () => {
    expect(await found(dtbOf(BOARD))).toEqual(['kernel/not-loadable', 'dtb/console']);
    expect(await found('none')).toEqual(['kernel/not-loadable']);
  });
});
