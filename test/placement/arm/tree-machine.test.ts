import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../src/base/diagnostic.ts';
import type { SystemConfig } from '../../../src/formats/cell/types.ts';
import { parseKernelConfig } from '../../../src/formats/kernel/kconfig.ts';
import { supportOf } from '../../../src/placement/architectures.ts';
import type { PlanRequest } from '../../../src/placement/request.ts';
import { arm64Request, armCell } from '../../helpers/arm-request.ts';
import { ivshmem } from '../../helpers/console-cells.ts';
import { makeMachine } from '../../helpers/machine.ts';
import { BOARD, dtbOf, texts, type TestNode } from '../../helpers/trees.ts';

const GIC = 'interrupt-controller@8000000';

/** A machine with a GICv3 and one bus of virtual PCI at 0x8e00000. */
function machine(
  change: Partial<SystemConfig> = {},
  gic: SystemConfig['platform']['fields'] = {},
): SystemConfig {
  const { system } = makeMachine({ revision: 14, architecture: 'arm64', cpus: [2] });
  const fields = {
    ...system.platform.fields,
    gic_version: 3,
    gicd_base: 0x8000000n,
    gicr_base: 0x80a0000n,
    ...gic,
  };
  return {
    ...system,
    pciMmconfigBase: 0x8e00000n,
    pciMmconfigEndBus: 0,
    pciIsVirtual: 1,
    platform: { ...system.platform, fields },
    ...change,
  };
}

const GICV3: TestNode = {
  ...(BOARD[GIC] as TestNode),
  compatible: 'arm,gic-v3',
  reg: [0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0x80000],
};

const host = (change: TestNode = {}): TestNode => ({
  compatible: 'pci-host-ecam-generic',
  device_type: 'pci',
  '#address-cells': [3],
  '#size-cells': [2],
  '#interrupt-cells': [1],
  'bus-range': [0, 0],
  reg: [0, 0x8e00000, 0, 0x100000],
  'interrupt-map-mask': [0, 0, 0, 7],
  'interrupt-map': [0, 1, 2, 3].flatMap((pin) => [0, 0, 0, pin + 1, 1, 0, 108 + pin, 1]),
  ...change,
});

function linked(msix = 0) {
  const cell = armCell({ pciDevices: [{ ...ivshmem(0), shmem_peers: 2, num_msix_vectors: msix }] });
  cell.header.vpci_irq_base = 108;
  return cell;
}

const tree = (change: TestNode = {}): Uint8Array =>
  dtbOf({ ...BOARD, [GIC]: GICV3, 'pci@0': host(), ...change });

const found = (change: Partial<PlanRequest>): Diagnostic[] =>
  supportOf('arm64').plan(arm64Request({ system: machine(), cell: linked(), dtb: tree(), ...change }))
    .diagnostics;

const told = (change: Partial<PlanRequest>): string[] =>
  found(change).map(({ code, severity }) => `${code} ${severity}`);

test('the machine of these tests, its cell and its tree agree', () => {
  expect(found({})).toEqual([]);
});

describe('the GIC (field problems 45 and 46)', () => {
  test('of another version', () => {
    const dtb = tree({ [GIC]: BOARD[GIC]! });
    expect(found({ dtb })).toMatchObject([{ code: 'dtb/gic', severity: 'error', actual: 'GICv2' }]);
    expect(found({ system: machine({}, { gic_version: 2, gicr_base: 0n }) })[0]!.message).toContain('GICv2');
    expect(found({ dtb, system: null })).toEqual([]);
  });

  test('with redistributors elsewhere', () => {
    const dtb = tree({ [GIC]: { ...GICV3, reg: [0, 0x8000000, 0, 0x10000, 0, 0x8200000, 0, 0x80000] } });
    const [first] = found({ dtb });
    expect(first).toMatchObject({ code: 'dtb/gic', severity: 'error', requested: '0x80a0000' });
    expect(first!.symptom).toContain('0x820ffe8');
  });

  test('with too few redistributors', () => {
    const short = { ...GICV3, reg: [0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0x60000] };
    expect(told({ dtb: tree({ [GIC]: short }) })).toEqual(['dtb/gic error']);
    expect(told({ dtb: tree({ [GIC]: short }), system: null })).toEqual(['dtb/gic error']);
    const split = {
      ...GICV3,
      '#redistributor-regions': [2],
      reg: [0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0x40000, 0, 0x80e0000, 0, 0x40000],
    };
    expect(told({ dtb: tree({ [GIC]: split }) })).toEqual([]);
  });

  test('over the virtual PCI: an error only where the links are needed', () => {
    const wide = { ...GICV3, reg: [0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000] };
    const dtb = tree({ [GIC]: wide });
    expect(told({ dtb })).toEqual(['dtb/gic warning']);
    expect(told({ dtb, cmdline: 'console=ttyAMA0 root=/dev/nfs' })).toEqual(['dtb/gic error']);
    expect(told({ dtb, cell: armCell() })).toEqual([]);
  });

  test('at another distributor than the machine', () => {
    const cell = armCell({ irqchips: [{ address: 0n, id: 0, pin_base: 0, pin_bitmap: [0, 0, 0, 0] }] });
    const dtb = tree({ [GIC]: { ...GICV3, reg: [0, 0x8010000, 0, 0x10000, 0, 0x80a0000, 0, 0x80000] } });
    expect(told({ dtb, cell, cmdline: 'console=hvc0' })).toContain('dtb/gic error');
  });
});

describe('the virtual PCI (field problems 46 and 47)', () => {
  test('a window elsewhere', () => {
    const dtb = tree({ 'pci@0': host({ reg: [0, 0x8f00000, 0, 0x100000] }) });
    expect(found({ dtb })).toMatchObject([
      { code: 'dtb/vpci', severity: 'error', symptom: '`Unhandled data read at 0x8f00000`' },
    ]);
    const config = parseKernelConfig(
      Buffer.from('# Linux/arm64 6.1.0 Kernel Configuration\nCONFIG_ARM64=y\n'),
    );
    expect(told({ dtb, config })).toEqual(['dtb/vpci warning']);
    expect(told({ dtb, system: null })).toEqual([]);
  });

  test('more buses than the machine has', () => {
    const dtb = tree({ 'pci@0': host({ reg: [0, 0x8e00000, 0, 0x1000000], 'bus-range': [0, 15] }) });
    expect(told({ dtb })).toEqual(['dtb/vpci warning']);
    expect(told({ dtb, cmdline: 'console=ttyAMA0 root=/dev/nfs' })).toEqual(['dtb/vpci error']);
  });

  test('no interrupt-map: a warning for devices that use pins', () => {
    const bare = host();
    delete bare['interrupt-map'];
    expect(told({ dtb: tree({ 'pci@0': bare }) })).toEqual(['dtb/vpci warning']);
    expect(told({ dtb: tree({ 'pci@0': bare }), cell: linked(2) })).toEqual([]);
  });
});

describe('the timer (field problem 49)', () => {
  const without = { ...BOARD };
  delete without.timer;

  test('is needed on arm64', () => {
    const request = { dtb: dtbOf(without), cell: armCell(), system: null };
    expect(found(request)).toMatchObject([{ code: 'dtb/timer', severity: 'error' }]);
    expect(found(request)[0]!.symptom).toContain('Unable to initialise architected timer');
  });

  test('may be switched off no more than missing', () => {
    const off = dtbOf({ ...BOARD, timer: { ...(BOARD.timer as TestNode), status: 'disabled' } });
    expect(told({ dtb: off, cell: armCell(), system: null })).toEqual(['dtb/timer error']);
  });

  test('is not asked of a tree without a known GIC', () => {
    const { [GIC]: _gic, ...bare } = without;
    expect(told({ dtb: dtbOf(bare as TestNode), cell: armCell(), system: null })).toEqual([
      'dtb/gic warning',
    ]);
  });
});

describe('interrupts (field problem 50)', () => {
  const plain = { cell: armCell(), system: null };

  test('without a parent, the clock does not advance', () => {
    const { 'interrupt-parent': _parent, ...orphaned } = BOARD;
    const [first, ...others] = found({ dtb: dtbOf(orphaned as TestNode), ...plain });
    expect(first).toMatchObject({ code: 'dtb/interrupts', severity: 'error' });
    expect(first!.message).toContain('/timer');
    expect(first!.symptom).toContain('clock does not advance');
    expect(others).toEqual([]);
  });

  const UART: TestNode = { compatible: 'fsl,imx8mm-uart', interrupts: [0, 40, 4] };

  test('of a device that is not the console are a warning; a note without a driver', () => {
    const dtb = dtbOf({ ...BOARD, uart: UART });
    const [first] = found({ dtb, ...plain });
    expect(first).toMatchObject({ code: 'dtb/interrupts', severity: 'warning' });
    expect(first!.symptom).toBe('the device gets no interrupts');
    const config = parseKernelConfig(
      Buffer.from('# Linux/arm64 6.1.0 Kernel Configuration\nCONFIG_ARM64=y\n'),
    );
    expect(told({ dtb, ...plain, config })).toEqual(['dtb/interrupts info']);
  });

  test('that are cut short', () => {
    const dtb = dtbOf({ ...BOARD, i2c: { compatible: 'acme,i2c', interrupts: [2, 21] } });
    expect(told({ dtb, ...plain })).toEqual(['dtb/interrupts warning']);
  });
});

test('memory nodes that say what the cell’s RAM is are silent', () => {
  const node = { device_type: 'memory', reg: [0, 0x60000000, 0, 0x4000000] };
  const dtb = dtbOf({ ...BOARD, 'memory@60000000': node });
  expect(told({ dtb, cell: armCell(), system: null })).toEqual([]);
  expect(told({ dtb, cell: armCell(), system: null, placement: 'upstream' })).toEqual([]);
});

test('what a tree says is reported beside a layout that has no place', () => {
  const dtb = dtbOf({ ...BOARD, psci: { compatible: texts('arm,psci-0.2'), method: 'hvc' } });
  expect(told({ dtb, cell: armCell(), system: null, initrdSize: 1n << 40n })).toEqual([
    'placement/no-space error',
    'dtb/psci error',
  ]);
});
