import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/base/bytes.ts';
import type { FindingCode } from '../../src/base/codes.ts';
import { parseCellConfig } from '../../src/formats/cell/config.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import { examineKernel } from '../../src/formats/kernel/examine.ts';
import { makeBootableKernel, makeCell } from '../helpers/cell-files.ts';
import { BANNER_TEXT, GUEST_MESSAGES, makeElf } from '../helpers/elf.ts';
import { evaluate } from '../helpers/evaluation.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';
import { systemAround } from '../helpers/machine.ts';
import { commRegion, highRam, lowRam } from '../helpers/x86-request.ts';
import { utf8 } from '../helpers/bytes.ts';

const found = (...given: Parameters<typeof evaluate>): string[] =>
  evaluate(...given).diagnostics.map(
    ({ code, severity, waived }) => `${waived ? 'waived' : severity} ${code}`,
  );

const waiving = (...rules: FindingCode[]) => ({
  checks: {
    profile: null,
    require: {},
    rules: [],
    waive: rules.map((rule) => ({ rule, reason: 'we know', until: null })),
  },
});

const withLines = (...lines: string[]): Uint8Array => {
  const names = lines.map((line) => /CONFIG_\w+/.exec(line)![0]);
  const others = GOOD_CONFIG.split('\n').filter((line) => !names.some((name) => line.includes(`${name}=`)));
  return utf8([...others, ...lines, ''].join('\n'));
};

describe('regions that overlap where the plan uses the memory', () => {
  const wide = { ...lowRam, size: commRegion.virt_start + commRegion.size };
  const cell = makeCell({ memoryRegions: [wide, commRegion, highRam] });

  test('are one error', () => {
    expect(found({}, { cell })).toEqual(['error cell/memory-overlap']);
  });

  test.each(['exact', 'upstream'] as const)('still do not boot if that is waived (%s)', (placement) => {
    const findings = found({ placement, ...waiving('cell/memory-overlap') }, { cell });
    expect(findings).toContain('waived cell/memory-overlap');
    expect(findings).toContain('error placement/regions-overlap');
  });
});

test('a system config of another architecture is one error', () => {
  const system = encodeSystemConfig(systemAround(parseCellConfig(makeCell()).memoryRegions, 14, 'arm64'));
  expect(found({}, { system })).toEqual(['error system/architecture']);
});

describe('a console on a UART that the cell does not have', () => {
  const cmdline = 'console=ttyS1,115200';

  test('is one warning where the console moves to a UART that the cell has: the number of UARTs is right for that', () => {
    expect(found({ cmdline })).toEqual(['warning kernel/console-ports']);
  });

  test('is one error beside its interrupt where it is registered', () => {
    const kernelConfig = withLines('CONFIG_SERIAL_8250_RUNTIME_UARTS=2');
    expect(found({ cmdline }, { kernelConfig })).toEqual([
      'error kernel/console-ports',
      'error kernel/console-irq',
    ]);
  });

  test('shows the number of UARTs where it is waived', () => {
    expect(found({ cmdline, ...waiving('kernel/console-ports') })).toEqual([
      'warning kernel/runtime-uarts',
      'waived kernel/console-ports',
    ]);
  });

  test('is one fault, and too many UARTs are another', () => {
    const cell = makeCell({ ports: [] });
    const kernelConfig = withLines('CONFIG_SERIAL_8250_RUNTIME_UARTS=4');
    expect(found({}, { cell, kernelConfig })).toEqual([
      'error kernel/runtime-uarts',
      'error kernel/console-ports',
    ]);
  });

  test('is no reason to keep quiet about more UARTs than the cell has', () => {
    const cell = makeCell({ revision: 10, ports: [{ base: 0x3f8, length: 8 }] });
    const kernelConfig = withLines('CONFIG_SERIAL_8250_RUNTIME_UARTS=4');
    const fixSymbols = [{ symbol: 'SERIAL_8250_RUNTIME_UARTS', value: '1' }];
    expect(evaluate({}, { cell, kernelConfig }).diagnostics).toMatchObject([
      { code: 'kernel/runtime-uarts', fixSymbols },
      { code: 'kernel/console-ports', fixSymbols },
    ]);
  });
});

describe('a kernel of 32 bits', () => {
  const kernelConfig = withLines('# CONFIG_64BIT is not set', '# CONFIG_X86_64 is not set');
  const kernel = examineKernel(makeBootableKernel({ xloadflags: 0 }));

  test('is one error', async () => {
    expect(found({}, { kernel: await kernel, kernelConfig })).toEqual(['error kernel/64bit']);
  });

  test('has no plan, and an error that says so, even if that is waived', async () => {
    const given = { kernel: await kernel, kernelConfig };
    expect(found(waiving('kernel/64bit'), given)).toEqual(['waived kernel/64bit', 'error kernel/32-bit']);
  });
});

test('a command line that is too long is one error, whatever is waived', () => {
  const cmdline = `console=ttyS0,115200 ${'x'.repeat(2040)}`;
  expect(found({ cmdline })).toEqual(['error placement/cmdline']);
  expect(found({ cmdline, ...waiving('cmdline/length') })).toEqual(['error placement/cmdline']);
});

test('a config of another version than its kernel is one fault', async () => {
  const kernel = await examineKernel(makeElf({ content: concatBytes([BANNER_TEXT, GUEST_MESSAGES]) }));
  const codes = (version: string): string[] => {
    const kernelConfig = utf8(`# Linux/x86 ${version} Kernel Configuration\n${GOOD_CONFIG}`);
    const { diagnostics } = evaluate({}, { kernel, kernelConfig });
    return diagnostics.map(({ code }) => code).filter((code) => code !== 'kernel/not-loadable');
  };
  expect(codes('4.4.1')).toEqual(['kernel/config-not-own']);
  expect(codes('6.1.250')).toEqual(['kernel/config-version']);
});
