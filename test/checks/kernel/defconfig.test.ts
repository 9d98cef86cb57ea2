import { describe, expect, it } from 'vitest';
import { judgeKernel } from '../../../src/checks/kernel/check.ts';
import { parseKernelConfig } from '../../../src/formats/kernel/kconfig.ts';
import { utf8 } from '../../helpers/bytes.ts';
import { consoleCell, ivshmem } from '../../helpers/console-cells.ts';
import { GOOD_CONFIG, makeEvidence } from '../../helpers/kernel-evidence.ts';
import type { Change } from '../../helpers/rule-cases/case.ts';

/** As `make savedefconfig` writes it: no header, and nothing that is as kconfig has it anyway. */
const DEFCONFIG = `CONFIG_SMP=y
CONFIG_HYPERVISOR_GUEST=y
CONFIG_PARAVIRT=y
CONFIG_JAILHOUSE_GUEST=y
CONFIG_PCI=y
CONFIG_SERIAL_8250=y
CONFIG_SERIAL_8250_CONSOLE=y
`;

const judged = (config: string, change: Change = {}) =>
  judgeKernel(makeEvidence({ config, cmdline: 'console=ttyS0 root=/dev/ram0', ...change }));
const codes = (...given: Parameters<typeof judged>) => judged(...given).findings.map(({ code }) => code);
const isPartial = (text: string): boolean => parseKernelConfig(utf8(text)).isPartial;

describe('a config that is not whole', () => {
  it.each([
    ['a defconfig', DEFCONFIG, true],
    ['a fragment with a comment', `# our board\n${DEFCONFIG}`, true],
    ['a .config', GOOD_CONFIG, false],
    ['without its header', GOOD_CONFIG.replace(/^#.*\n/, ''), false],
    ['with the header alone', `# Automatically generated file; DO NOT EDIT.\n${DEFCONFIG}`, false],
    [
      'with the header of Linux 2.6',
      `# Automatically generated make config: don't edit\n# Linux kernel version: 2.6.35\n${DEFCONFIG}`,
      false,
    ],
    ['with the compiler', `${DEFCONFIG}CONFIG_CC_VERSION_TEXT="gcc"\n`, false],
    ['with its architecture', `${DEFCONFIG}CONFIG_ARM64=y\n`, false],
  ])('%s: %s', (_, text, expected) => {
    expect(isPartial(text)).toBe(expected);
  });

  it('is told in one warning, with the line that makes it whole', () => {
    const { findings, unjudged, states } = judged(DEFCONFIG, {
      cell: consoleCell({ pciDevices: [ivshmem(1)] }),
    });
    expect(findings).toMatchObject([
      {
        code: 'kernel/config-defconfig',
        severity: 'warning',
        fix: expect.stringContaining('make olddefconfig') as string,
        detail: expect.stringContaining('kernel/mtrr') as string,
        path: ['kernel', 'config'],
      },
    ]);
    expect([...unjudged]).toEqual(
      expect.arrayContaining(['kernel/x2apic', 'kernel/pci-mmconfig', 'kernel/pci-msi', 'kernel/x86-pat']),
    );
    expect(states).toContainEqual({ id: 'kernel/jailhouse-guest', state: 'checked' });
  });

  it('is judged by what it states', () => {
    const broken = DEFCONFIG.replace('CONFIG_PCI=y', '# CONFIG_PCI is not set');
    expect(codes(`${broken}CONFIG_SERIAL_8250_RUNTIME_UARTS=4\n`)).toEqual([
      'kernel/config-defconfig',
      'kernel/pci',
      'kernel/runtime-uarts',
    ]);
  });

  it('is not asked for what the project requires and it leaves out', () => {
    const require = { CONFIG_PREEMPT_RT: 'y', CONFIG_SMP: 'n' };
    expect(codes(DEFCONFIG, { require })).toEqual(['kernel/config-defconfig', 'project/CONFIG_SMP']);
    expect([...judged(DEFCONFIG, { require }).unjudged]).toContain('project/CONFIG_PREEMPT_RT');
  });

  it('on arm leaves PSCI and drivers to the defaults', () => {
    const config = 'CONFIG_SERIAL_AMBA_PL011=y\n';
    const arm = { architecture: 'arm64', image: null, cmdline: 'console=ttyAMA0 root=/dev/ram0' } as const;
    expect(codes(config, arm)).toEqual(['kernel/config-defconfig']);
  });
});
