import { describe, expect, test } from 'vitest';
import type { FindingCode } from '../../../../src/base/codes.ts';
import type { Diagnostic, KconfigAssignment } from '../../../../src/base/diagnostic.ts';
import { fixFragment } from '../../../../src/checks/kernel/kconfig/fragment.ts';
import { KCONFIG_LINKS } from '../../../../src/checks/kernel/kconfig/table.ts';
import { parseKernelConfig, type KernelConfig } from '../../../../src/formats/kernel/kconfig.ts';

const HEADER = `# Kconfig fragment that fixes what was found in a kernel config.
# In the kernel's build folder, with FILE for the name of this file:
#   scripts/kconfig/merge_config.sh -m .config FILE && make olddefconfig
# The dependencies of the symbols are those of Linux 6.1; other versions can differ, so check the new config again.
`;

/** The first line makes it one that kconfig wrote: what it does not mention is off. */
const configOf = (...lines: string[]): KernelConfig =>
  parseKernelConfig(
    Buffer.from(
      ['# Linux/x86_64 6.1.192 Kernel Configuration', ...lines, ''].join('\n').replaceAll('+', 'CONFIG_'),
    ),
  );

const X86 = configOf('+64BIT=y', '+X86=y', '+X86_64=y', '+HAVE_PCI=y', '+HAVE_STATIC_CALL=y');

const finding = (
  code: FindingCode,
  fixSymbols: Record<string, string>,
  more: Partial<Diagnostic> = {},
): Diagnostic => ({
  code,
  severity: 'error',
  message: `${code} is broken`,
  fixSymbols: Object.entries(fixSymbols).map(([symbol, value]): KconfigAssignment => ({ symbol, value })),
  ...more,
});

const bodyOf = (text: string): string => {
  expect(text.startsWith(`${HEADER}\n`)).toBe(true);
  return text.slice(HEADER.length + 1);
};
const fragment = (findings: Diagnostic[], config: KernelConfig | null = X86): string =>
  bodyOf(fixFragment(findings, config, 'x86'));

describe('a symbol that is wanted on', () => {
  test('comes with what it depends on', () => {
    const guest = finding(
      'kernel/jailhouse-guest',
      { JAILHOUSE_GUEST: 'y' },
      { message: 'CONFIG_JAILHOUSE_GUEST=n: probes' },
    );
    expect(fragment([guest])).toBe(`# kernel/jailhouse-guest: JAILHOUSE_GUEST=n: probes
CONFIG_JAILHOUSE_GUEST=y
# JAILHOUSE_GUEST depends on these:
CONFIG_HYPERVISOR_GUEST=y
CONFIG_PCI=y
`);
  });

  test('comes alone where what the rule names beside it is on already', () => {
    const config = configOf('+EXPERT=y', '+X86_64=y', '+ISA_DMA_API=y');
    expect(fragment([finding('kernel/isa-dma-api', { ISA_DMA_API: 'n', EXPERT: 'y' })], config)).toBe(
      '# kernel/isa-dma-api: kernel/isa-dma-api is broken\n# CONFIG_ISA_DMA_API is not set\n',
    );
  });

  test('comes alone where that is on already', () => {
    const config = configOf('+X86_64=y', '+PCI=y', '+HYPERVISOR_GUEST=y');
    expect(fragment([finding('kernel/jailhouse-guest', { JAILHOUSE_GUEST: 'y' })], config)).toBe(
      '# kernel/jailhouse-guest: kernel/jailhouse-guest is broken\nCONFIG_JAILHOUSE_GUEST=y\n',
    );
  });

  test('comes with what lets it be set, and turns off what stands against that', () => {
    const config = configOf('+X86_64=y', '+SMP=y', '+MAXSMP=y', '+NR_CPUS=8192');
    expect(fragment([finding('kernel/nr-cpus', { NR_CPUS: '16' })], config))
      .toBe(`# kernel/nr-cpus: kernel/nr-cpus is broken
CONFIG_NR_CPUS=16
# NR_CPUS can be set with these only:
# CONFIG_MAXSMP is not set
`);
  });

  test('is built in, and its dependencies too, where a module would not do', () => {
    const config = configOf('+TTY=y', '+HAS_IOMEM=y', '+SERIAL_8250=m');
    expect(fragment([finding('kernel/no-console', { SERIAL_8250_CONSOLE: 'y' })], config)).toBe(
      `# kernel/no-console: kernel/no-console is broken
CONFIG_SERIAL_8250_CONSOLE=y
# SERIAL_8250_CONSOLE depends on these:
CONFIG_SERIAL_8250=y
`,
    );
  });
});

describe('a symbol that is wanted off', () => {
  test('takes with it the symbols that select it, but only those that are on', () => {
    const config = configOf(
      '+SERIO=y',
      '+KEYBOARD_ATKBD=y',
      '# +KEYBOARD_SUNKBD is not set',
      '+MOUSE_PS2=m',
      '+INPUT=y',
    );
    expect(fragment([finding('kernel/serio', { SERIO: 'n' })], config))
      .toBe(`# kernel/serio: kernel/serio is broken
# CONFIG_SERIO is not set
# these select SERIO:
# CONFIG_KEYBOARD_ATKBD is not set
# CONFIG_MOUSE_PS2 is not set
`);
  });

  test('takes what a symbol without a prompt follows', () => {
    const config = configOf(
      '+SERIO=y',
      '+INPUT=y',
      '+RMI4_CORE=m',
      '+RMI4_F03=y',
      '+RMI4_F03_SERIO=m',
      '+HID_RMI=m',
    );
    expect(fragment([finding('kernel/serio', { SERIO: 'n' })], config))
      .toContain(`# RMI4_F03_SERIO follows these:
# CONFIG_RMI4_F03 is not set
# these select RMI4_F03:
# CONFIG_HID_RMI is not set
`);
  });

  test('needs EXPERT where only that lets it be set', () => {
    const config = configOf('+X86_64=y', '+ISA_DMA_API=y');
    expect(fragment([finding('kernel/isa-dma-api', { ISA_DMA_API: 'n' })], config))
      .toBe(`# kernel/isa-dma-api: kernel/isa-dma-api is broken
# CONFIG_ISA_DMA_API is not set
# ISA_DMA_API can be set with these only:
CONFIG_EXPERT=y
`);
  });

  test('is left out where nothing turns it off', () => {
    const config = configOf('+X86_64=y', '+64BIT=y', '+HPET_TIMER=y');
    expect(fragment([finding('kernel/unneeded', { HPET_TIMER: 'n' })], config))
      .toBe(`# kernel/unneeded: kernel/unneeded is broken
# HPET_TIMER=n is left out: nothing turns it off (64BIT follows these)
`);
  });

  test('names all that is known to select it where the config is not whole', () => {
    const selectors = Object.keys(KCONFIG_LINKS.x86['SERIO']!.selectedBy!).filter(
      (name) => name !== 'RMI4_F03_SERIO',
    );
    const partial = parseKernelConfig(Buffer.from('CONFIG_SERIO=y\n'));
    for (const config of [null, partial]) {
      const text = fragment([finding('kernel/serio', { SERIO: 'n' })], config);
      for (const name of selectors) expect(text).toContain(`# CONFIG_${name} is not set\n`);
    }
  });
});

describe('a choice', () => {
  const arm64 = (config: KernelConfig, fixSymbols: Record<string, string>): string =>
    bodyOf(fixFragment([finding('kernel/cmdline-force', fixSymbols)], config, 'arm64'));

  test('another member takes the place of one that is turned off', () => {
    expect(arm64(configOf('+ARM64=y', '+CMDLINE="a"', '+CMDLINE_FORCE=y'), { CMDLINE_FORCE: 'n' })).toContain(
      `# CONFIG_CMDLINE_FORCE is not set
# one of these takes the place of CMDLINE_FORCE:
CONFIG_CMDLINE_FROM_BOOTLOADER=y
`,
    );
  });

  test('the member that is on gives way', () => {
    expect(
      arm64(configOf('+ARM64=y', '+CMDLINE="a"', '+CMDLINE_FORCE=y'), { CMDLINE_FROM_BOOTLOADER: 'y' }),
    ).toContain('# CMDLINE_FROM_BOOTLOADER takes the place of these:\n# CONFIG_CMDLINE_FORCE is not set\n');
  });
});

describe('several findings', () => {
  test('come in the order of their rules, whatever order they were found in', () => {
    const found = [
      finding('kernel/serio', { SERIO: 'n' }),
      finding('kernel/x86-mce', { X86_MCE: 'n' }, { severity: 'warning' }),
      finding('project/CONFIG_IKCONFIG', { IKCONFIG: 'y' }),
    ];
    const text = fragment(found);
    expect(fragment(found.toReversed())).toBe(text);
    expect([...text.matchAll(/^# (\S+): /gm)].map((match) => match[1])).toEqual([
      'kernel/serio',
      'kernel/x86-mce',
      'project/CONFIG_IKCONFIG'.replace('CONFIG_', ''),
    ]);
  });

  test('that want the same stand together', () => {
    const found = [finding('kernel/pci', { PCI: 'y' }), finding('project/CONFIG_PCI', { PCI: 'y' })];
    expect(fragment(found)).toBe(`# kernel/pci: kernel/pci is broken
# project/PCI: project/PCI is broken
CONFIG_PCI=y
`);
  });

  test('do not repeat what an earlier one needs', () => {
    const found = [
      finding('kernel/jailhouse-guest', { JAILHOUSE_GUEST: 'y' }),
      finding('kernel/hypervisor-guest', { HYPERVISOR_GUEST: 'y' }, { severity: 'warning' }),
    ];
    expect(fragment(found).match(/HYPERVISOR_GUEST=y/g)).toHaveLength(1);
  });

  test('that contradict each other: the more severe one gets it', () => {
    const found = [
      finding('project/CONFIG_RANDOMIZE_BASE', { RANDOMIZE_BASE: 'y' }, { severity: 'error' }),
      finding('kernel/randomize-base', { RANDOMIZE_BASE: 'n' }, { severity: 'warning' }),
    ];
    const config = configOf('+X86_64=y', '+RELOCATABLE=y');
    const expected = `# kernel/randomize-base: kernel/randomize-base is broken
# RANDOMIZE_BASE=n is left out: RANDOMIZE_BASE=n contradicts RANDOMIZE_BASE=y

# project/RANDOMIZE_BASE: project/RANDOMIZE_BASE is broken
CONFIG_RANDOMIZE_BASE=y
`;
    expect(fragment(found, config)).toBe(expected);
    expect(fragment(found.toReversed(), config)).toBe(expected);
  });

  test('that contradict each other through others', () => {
    const found = [
      finding('kernel/no-console', { SERIAL_8250_CONSOLE: 'y' }),
      finding('kernel/unneeded', { TTY: 'n' }, { severity: 'info' }),
    ];
    const text = fragment(found, configOf('+TTY=y', '+HAS_IOMEM=y', '+SERIAL_8250=y'));
    expect(text).toContain('\nCONFIG_SERIAL_8250_CONSOLE=y\n');
    expect(text).toContain('# TTY=n is left out: SERIAL_8250_CONSOLE=y needs TTY && ');
    expect(text).not.toContain('# CONFIG_TTY is not set');
  });
});

describe('what is left alone', () => {
  test('no finding, none that a config mends, or only waived ones: nothing but comments', () => {
    const waived = finding('kernel/serio', { SERIO: 'n' }, { waived: { reason: 'tested', until: null } });
    const other: Diagnostic = { code: 'placement/initrd', severity: 'error', message: 'does not fit' };
    for (const findings of [[], [waived], [other], [waived, other]]) {
      expect(fragment(findings)).toBe('# There is nothing to fix.\n');
    }
  });
});

describe('values', () => {
  const line = (symbol: string, value: string): string =>
    fragment([finding('project/x', { [symbol]: value })], configOf('+OWN_DRIVER=y')).split('\n')[1]!;

  test('of symbols that are known have the form of their type', () => {
    expect(line('SERIAL_8250_RUNTIME_UARTS', '1')).toBe('CONFIG_SERIAL_8250_RUNTIME_UARTS=1');
    expect(line('PHYSICAL_START', '0x1000000')).toBe('CONFIG_PHYSICAL_START=0x1000000');
  });

  test('of others have the form that the value has', () => {
    expect(line('OWN_DRIVER', 'm')).toBe('CONFIG_OWN_DRIVER=m');
    expect(line('OWN_DRIVER', 'n')).toBe('# CONFIG_OWN_DRIVER is not set');
    expect(line('OWN_NUMBER', '-17')).toBe('CONFIG_OWN_NUMBER=-17');
    expect(line('OWN_TEXT', 'say "a\\b"')).toBe('CONFIG_OWN_TEXT="say \\"a\\\\b\\""');
    expect(line('OWN_TEXT', '')).toBe('CONFIG_OWN_TEXT=""');
  });

  test('messages cannot break out of their comment', () => {
    const text = fragment([finding('project/x', { A: 'y' }, { message: 'a\nCONFIG_B=y\u001b[31m' })]);
    expect(text).toBe('# project/x: a\\u{a}B=y\\u{1b}[31m\nCONFIG_A=y\n');
  });
});
