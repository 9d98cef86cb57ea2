import { createCellConfig } from '../../../src/formats/cell/create.ts';
import { makeCellEvidence } from '../kernel-evidence.ts';
import type { Change, RuleCases } from './case.ts';

const ARM_CONFIG = `#
# Linux/arm64 6.1.192 Kernel Configuration
#
CONFIG_ARM64=y
CONFIG_OF=y
CONFIG_ARM_PSCI_FW=y
CONFIG_SERIAL_AMBA_PL011=y
CONFIG_SERIAL_AMBA_PL011_CONSOLE=y
CONFIG_PCI_HOST_GENERIC=m
`;

/** A change of an arm64 kernel that breaks nothing; `config` lines are added to its own, or taken from it. */
const onArm = (change: { add?: string; remove?: RegExp; cmdline?: string } = {}): Change => ({
  architecture: 'arm64',
  image: null,
  cmdline: change.cmdline ?? 'console=ttyAMA0',
  cell: makeCellEvidence({
    drivers: [
      {
        device: 'the console UART',
        symbols: ['SERIAL_AMBA_PL011', 'SERIAL_AMBA_PL011_CONSOLE'],
        modular: false,
        neededBy: 'boot',
      },
      { device: 'the virtual PCI host', symbols: ['PCI_HOST_GENERIC'], modular: true, neededBy: 'pci' },
    ],
  }),
  config: `${ARM_CONFIG.replace(change.remove ?? /(?!)/, '')}${change.add ?? ''}`,
});

const on32 = (change: Change): Change => ({ ...change, architecture: 'arm' });

/** A 32-bit kernel of a version, in a cell whose RAM starts somewhere. */
const unpacking = (version: string, start: bigint, symbol = 'CONFIG_AUTO_ZRELADDR=y'): Change => ({
  architecture: 'arm',
  image: null,
  config: `# Linux/arm ${version} Kernel Configuration\nCONFIG_ARM=y\n${symbol}\n`,
  cell: makeCellEvidence({
    config: createCellConfig({
      revision: 14,
      architecture: 'arm',
      name: 'demo',
      cpus: [1],
      memoryRegions: [
        { phys_start: 0x40000000n, virt_start: 0n, size: 0x10000n, flags: 0x4fn },
        { phys_start: 0x50000000n, virt_start: start, size: 0x1000000n, flags: 0x4fn },
      ],
      irqchips: [],
    }),
  }),
});

export const ARM_CASES: RuleCases = {
  'kernel/arm64': {
    breaks: [onArm({ remove: /CONFIG_ARM64=y\n/ })],
    satisfies: [onArm(), {}, on32(onArm({ remove: /CONFIG_ARM64=y\n/ }))],
  },
  'kernel/device-tree': {
    breaks: [onArm({ remove: /CONFIG_OF=y\n/ }), on32(onArm({ remove: /CONFIG_ARM64=y\nCONFIG_OF=y\n/ }))],
    satisfies: [onArm(), {}],
  },
  'kernel/psci': {
    breaks: [
      onArm({ remove: /CONFIG_ARM_PSCI_FW=y\n/ }),
      on32(onArm({ remove: /CONFIG_ARM64=y\nCONFIG_OF=y\nCONFIG_ARM_PSCI_FW=y\n/ })),
    ],
    satisfies: [onArm(), onArm({ remove: /CONFIG_ARM_PSCI_FW=y\n/, add: 'CONFIG_ARM_PSCI=y\n' })],
  },
  'kernel/cmdline-force': {
    breaks: [onArm({ add: 'CONFIG_CMDLINE="quiet"\nCONFIG_CMDLINE_FORCE=y\n' })],
    satisfies: [onArm(), onArm({ add: 'CONFIG_CMDLINE="quiet"\n' })],
  },
  'kernel/drivers': {
    breaks: [
      onArm({ remove: /CONFIG_SERIAL_AMBA_PL011_CONSOLE=y\n/ }),
      onArm({ remove: /CONFIG_SERIAL_AMBA_PL011=y\n/, add: 'CONFIG_SERIAL_AMBA_PL011=m\n' }),
      onArm({ remove: /CONFIG_PCI_HOST_GENERIC=m\n/ }),
      onArm({ remove: /CONFIG_PCI_HOST_GENERIC=m\n/, cmdline: 'console=hvc0' }),
    ],
    // Nothing that the guest needs hangs on it.
    elsewhere: { change: onArm({ remove: /CONFIG_PCI_HOST_GENERIC=m\n/ }), severity: 'warning' },
    satisfies: [onArm(), { ...onArm({ remove: /CONFIG_SERIAL.*\n/g }), cell: makeCellEvidence() }],
  },
  'kernel/auto-zreladdr': {
    breaks: [unpacking('5.11.0', 0x44000000n)],
    satisfies: [
      unpacking('5.12.0', 0x44000000n),
      unpacking('5.11.0', 0x48000000n),
      unpacking('5.11.0', 0x44000000n, '# CONFIG_AUTO_ZRELADDR is not set'),
    ],
  },
};
