import { createCellConfig, type NewCell } from '../../../src/formats/cell/create.ts';
import type { PciDevice } from '../../../src/formats/cell/records.ts';
import type { CellEvidence } from '../../../src/checks/kernel/evidence.ts';
import { makeCellEvidence, makeKernel } from '../kernel-evidence.ts';
import { makeMachine } from '../machine.ts';
import { mustBeOff, mustBeOn, withLines, without, type Change, type RuleCases } from './case.ts';
import { ivshmem } from '../console-cells.ts';

const MIB = 1n << 20n;

/** A cell with something changed. */
export const cellWith = (change: Partial<NewCell> & { ram?: bigint; start?: bigint }): CellEvidence => {
  const { ram = 256n * MIB, start = 0n, ...rest } = change;
  return makeCellEvidence({
    config: createCellConfig({
      revision: 14,
      architecture: 'x86',
      name: 'demo',
      cpus: [1],
      memoryRegions: [{ phys_start: 0x40000000n, virt_start: start, size: ram, flags: 0x4fn }],
      ...rest,
    }),
  });
};

const PCI_DEVICE = 1;
const IVSHMEM = 3;

const device = (type: number, protocol = 0): PciDevice => ({
  ...ivshmem(protocol),
  type,
  bdf: 0x70,
  shmem_peers: 2,
});

/** A cell with ivshmem devices that speak these protocols. */
export const cellWithShmem = (...protocols: number[]): CellEvidence =>
  cellWith({ pciDevices: protocols.map((protocol) => device(IVSHMEM, protocol)) });

const { system } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1] });

/** A machine whose hypervisor runs in the mode: 0 auto, 1 xAPIC, 2 x2APIC. */
const machineInMode = (mode: number): CellEvidence =>
  makeCellEvidence({
    system: {
      ...system,
      platform: { ...system.platform, fields: { ...system.platform.fields, apic_mode: mode } },
    },
  });

/** A kernel that is linked to an address, without the plan that would say the same. */
const linkedTo = (address: bigint, isRelocatable = true): Change => {
  const { image } = makeKernel();
  const header = { ...image.header, pref_address: address, relocatable_kernel: isRelocatable ? 1 : 0 };
  return { cell: null, image: { ...image, header } };
};

const several = cellWith({ cpus: [1, 2, 9] });
const withDevice = { cell: cellWith({ pciDevices: [device(PCI_DEVICE)] }) };
const withShmem = { cell: cellWithShmem(1) };
const small = { cell: cellWith({ ram: 72n * MIB }) };
/** A console on shared memory. */
const HVC = 'console=hvc0';
const noX2apic = without('X86_X2APIC');

export const HARDWARE_CASES: RuleCases = {
  'kernel/x2apic': {
    ...mustBeOn('X86_X2APIC'),
    severity: 'warning',
    elsewhere: { change: { cell: machineInMode(2), config: noX2apic }, severity: 'error' },
  },
  'kernel/smp': {
    ...mustBeOn('SMP', { cell: several }),
    satisfies: [{}, { cell: several }, { config: without('SMP') }],
    severity: 'warning',
  },
  'kernel/nr-cpus': {
    breaks: [{ cell: several, config: withLines('CONFIG_NR_CPUS=2') }],
    satisfies: [
      { cell: several },
      { cell: several, config: withLines('CONFIG_NR_CPUS=3') },
      { cell: several, config: without('NR_CPUS') },
      { cell: several, config: withLines('CONFIG_NR_CPUS=1', '# CONFIG_SMP is not set') },
    ],
    severity: 'warning',
  },
  'kernel/pci-mmconfig': {
    ...mustBeOn('PCI_MMCONFIG', withShmem),
    satisfies: [
      withDevice,
      { config: without('PCI_MMCONFIG') },
      { ...withDevice, image: makeKernel({ version: '4.15' }).image, config: without('PCI_MMCONFIG') },
    ],
    severity: 'warning',
    elsewhere: { change: { ...withShmem, cmdline: HVC, config: without('PCI_MMCONFIG') }, severity: 'error' },
  },
  'kernel/pci-msi': {
    ...mustBeOn('PCI_MSI', withDevice),
    satisfies: [withDevice, { config: without('PCI_MSI') }],
    severity: 'warning',
    elsewhere: {
      change: { ...withShmem, cmdline: 'root=/dev/nfs', config: without('PCI_MSI') },
      severity: 'error',
    },
  },
  'kernel/physical-start': {
    breaks: [
      linkedTo(0x3000000n),
      { ...linkedTo(0n), config: withLines('CONFIG_PHYSICAL_START=0x1000000') },
      { image: null, config: withLines('CONFIG_PHYSICAL_START=0x3000000') },
      { image: null, config: withLines('CONFIG_PHYSICAL_START=0x10000000') },
      { image: null, cell: null, config: withLines('CONFIG_PHYSICAL_START=0x1100000') },
      { image: null, cell: cellWith({ start: 32n * MIB }) },
    ],
    satisfies: [
      {},
      linkedTo(0x1000000n),
      linkedTo(0x600000n, false),
      {
        image: null,
        cell: null,
        config: withLines('CONFIG_PHYSICAL_START=0x600000', '# CONFIG_RELOCATABLE is not set'),
      },
      { image: null },
      { image: null, cell: null, config: withLines('CONFIG_PHYSICAL_START=0x100000') },
      { image: null, config: without('PHYSICAL_START') },
      // The plan says it.
      { config: withLines('CONFIG_PHYSICAL_START=0x3000000') },
    ],
  },
  'kernel/randomize-base': {
    ...mustBeOff('RANDOMIZE_BASE', small),
    satisfies: [
      small,
      { config: withLines('CONFIG_RANDOMIZE_BASE=y') },
      { ...small, config: withLines('CONFIG_RANDOMIZE_BASE=y'), cmdline: 'console=ttyS0 nokaslr' },
    ],
    severity: 'warning',
  },
  'kernel/isa-dma-api': { ...mustBeOff('ISA_DMA_API'), severity: 'warning' },
  'kernel/x86-mce': {
    breaks: [
      { config: withLines('CONFIG_X86_MCE=y') },
      { config: withLines('CONFIG_X86_MCE=y'), cmdline: 'mce=offline' },
      { config: withLines('CONFIG_X86_MCE=y'), cmdline: 'console=ttyS0 -- mce=off' },
    ],
    satisfies: [{}, { config: withLines('CONFIG_X86_MCE=y'), cmdline: 'console=ttyS0 mce=off' }],
    severity: 'warning',
  },
  'kernel/super-io': {
    breaks: [
      { config: withLines('CONFIG_SENSORS_IT87=y') },
      { config: withLines('CONFIG_SERIAL_8250_FINTEK=y', 'CONFIG_W83627HF_WDT=y') },
    ],
    satisfies: [{}, { config: withLines('CONFIG_SENSORS_IT87=m') }],
    severity: 'warning',
  },
  'kernel/mtrr': { ...mustBeOn('MTRR'), severity: 'warning' },
  'kernel/x86-pat': { ...mustBeOn('X86_PAT'), severity: 'warning' },
  'kernel/cmdline-override': mustBeOff('CMDLINE_OVERRIDE'),
};
