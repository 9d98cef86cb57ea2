import { describe, expect, test } from 'vitest';
import { supportOf } from '../../../src/placement/architectures.ts';
import type { Diagnostic } from '../../../src/base/diagnostic.ts';
import { parseDtb } from '../../../src/formats/dtb/parse.ts';
import type { PlanRequest } from '../../../src/placement/request.ts';
import {
  arm64Request,
  armCell,
  commRegion,
  loaderRegion,
  ramRegion,
  uartRegion,
} from '../../helpers/arm-request.ts';
import { BOARD, dtbOf, type TestNode } from '../../helpers/trees.ts';
import { ivshmem } from '../../helpers/console-cells.ts';

/** The board with something changed: `null` takes a node or property away. */
function board(change: Record<string, TestNode | TestNode[string] | null>): Uint8Array {
  const merged: TestNode = { ...BOARD };
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete merged[name];
    else merged[name] = value;
  }
  return dtbOf(merged);
}

const child = (name: string): TestNode => BOARD[name] as TestNode;

const found = (change: Partial<PlanRequest>): Diagnostic[] =>
  supportOf('arm64').plan(arm64Request(change)).diagnostics;

const childNames = (request: PlanRequest): string[] =>
  parseDtb(supportOf('arm64').plan(request).plan!.params).root.children.map(({ name }) => name);

test('the board of these tests and its cell agree', () => {
  expect(found({})).toEqual([]);
});

describe('memory nodes (field problem 22)', () => {
  const inside = { device_type: 'memory', reg: [0, 0x60000000, 0, 0x100000] };
  const outside = { device_type: 'memory', reg: [0, 0x60000000, 1, 0] };

  test('exact: another one is left out, with a warning', () => {
    const dtb = board({ 'memory@60000000': outside });
    expect(found({ dtb })).toMatchObject([{ code: 'dtb/memory-nodes', severity: 'warning', path: ['dtb'] }]);
    expect(childNames(arm64Request({ dtb })).filter((name) => name.startsWith('memory'))).toEqual(['memory']);
  });

  test('upstream: a second one is an error, where it tells memory that the cell does not have', () => {
    const told = found({ dtb: board({ 'memory@60000000': outside }), placement: 'upstream' });
    expect(told).toMatchObject([{ code: 'dtb/memory-nodes', severity: 'error' }]);
    expect(told[0]!.symptom).toContain('Unhandled data write');
    expect(found({ dtb: board({ 'memory@60000000': inside }), placement: 'upstream' })).toMatchObject([
      { code: 'dtb/memory-nodes', severity: 'warning' },
    ]);
  });

  test('the one that is edited is no other one', () => {
    expect(found({ dtb: board({ memory: outside }) })).toEqual([]);
  });
});

describe('leftovers in /chosen (field problem 23)', () => {
  const chosen = {
    ...child('chosen'),
    bootargs: 'console=ttyAMA0',
    'linux,initrd-start': [0, 0x48000000],
    'linux,initrd-end': [0, 0x49000000],
  };

  test('an initrd that is not there is left out, or an error', () => {
    const request = { dtb: board({ chosen }), initrdSize: null };
    expect(found(request)).toMatchObject([{ code: 'dtb/stale-initrd', severity: 'warning' }]);
    const { params } = supportOf('arm64').plan(arm64Request(request)).plan!;
    expect(Buffer.from(params).includes('bootargs')).toBe(true);
    const kept = parseDtb(params).root.children.find(({ name }) => name === 'chosen')!;
    expect(kept.properties.map(({ name }) => name)).toEqual(['stdout-path', 'bootargs']);
    expect(found({ ...request, placement: 'upstream' })).toMatchObject([
      { code: 'dtb/stale-initrd', severity: 'error' },
    ]);
  });

  test('a command line that nobody asked for is told', () => {
    expect(found({ dtb: board({ chosen }), cmdline: '' })).toMatchObject([
      { code: 'dtb/stale-cmdline', severity: 'warning' },
    ]);
    expect(found({ dtb: board({ chosen }) })).toEqual([]);
  });
});

describe('CPUs (field problem 25)', () => {
  const cpus = (...regs: number[]): TestNode => ({
    '#address-cells': [1],
    '#size-cells': [0],
    ...Object.fromEntries(
      regs.map((reg) => [
        `cpu@${reg.toString(16)}`,
        { device_type: 'cpu', compatible: 'arm,cortex-a53', reg: [reg], 'enable-method': 'psci' },
      ]),
    ),
  });

  test.each([
    ['too few', cpus(2), 'the device tree has 1 CPU, the cell 2'],
    ['too many', cpus(0, 1, 2, 3), 'the device tree has 4 CPUs, the cell 2'],
    ['another one', cpus(2, 4), "the device tree's CPUs (reg 2, 4) are not the cell's (2, 3)"],
  ])('%s', (_, nodes, message) => {
    expect(found({ dtb: board({ cpus: nodes }) })).toMatchObject([
      { code: 'dtb/cpus', severity: 'warning', message, path: ['dtb'] },
    ]);
  });

  test.each([
    ['not the lowest', cpus(3)],
    ['others', cpus(0, 1)],
    ['none', null],
  ])('without the one that the cell boots on, it is dead (field problem 44): %s', (_, nodes) => {
    const told = found({ dtb: board({ cpus: nodes }) });
    expect(told).toMatchObject([{ code: 'dtb/cpus', severity: 'error' }]);
    expect(told[0]!.message).toContain('the cell boots on CPU 2');
    expect(told[0]!.symptom).toContain('missing boot CPU MPIDR');
  });

  test('nodes are told by their names, too', () => {
    const nodes = cpus(2, 3);
    for (const name of ['cpu@2', 'cpu@3']) delete (nodes[name] as TestNode).device_type;
    expect(found({ dtb: board({ cpus: nodes }) })).toEqual([]);
  });

  test('one on both sides is the same one', () => {
    expect(found({ cell: armCell({ cpus: [1] }), dtb: board({ cpus: cpus(0) }) })).toEqual([]);
  });

  test('each is started by PSCI (field problem 43)', () => {
    const nodes = cpus(2, 3);
    delete (nodes['cpu@3'] as TestNode)['enable-method'];
    const told = found({ dtb: board({ cpus: nodes }) });
    expect(told).toMatchObject([{ code: 'dtb/cpus', severity: 'warning', actual: 'no enable-method' }]);
    (nodes['cpu@3'] as TestNode)['enable-method'] = 'spin-table';
    expect(found({ dtb: board({ cpus: nodes }) })).toMatchObject([
      { code: 'dtb/cpus', actual: 'enable-method = "spin-table"' },
    ]);
  });

  test('of several clusters only the number is compared', () => {
    expect(found({ dtb: board({ cpus: cpus(0x100, 0x101) }) })).toEqual([]);
  });

  const psci = (compatible: string, method?: string): TestNode => ({
    compatible,
    ...(method === undefined ? {} : { method }),
  });

  test.each([
    ['none', null, 'has no /psci node'],
    ['of version 0.1, without ids', psci('arm,psci', 'smc'), 'no function id'],
    ['of no known kind', psci('acme,psci', 'smc'), 'not compatible'],
    ['without a method', psci('arm,psci-0.2'), 'does not say by which method'],
  ])('PSCI starts all but the first (field problem 43): %s', (_, node, message) => {
    const told = found({ dtb: board({ psci: node }) });
    expect(told).toMatchObject([{ code: 'dtb/psci', severity: 'warning' }]);
    expect(told[0]!.message).toContain(message);
    const one = found({ cell: armCell({ cpus: [2] }), dtb: board({ psci: node, cpus: cpus(2) }) });
    expect(one).toEqual([]);
  });

  test('PSCI of version 0.1 with its ids, and under another name', () => {
    const old = { ...psci('arm,psci', 'smc'), cpu_on: [0xc4000003] };
    expect(found({ dtb: board({ psci: old }) })).toEqual([]);
    expect(found({ dtb: board({ psci: null, firmware: { psci: psci('arm,psci-1.0', 'smc') } }) })).toEqual(
      [],
    );
  });

  test('the hypervisor takes no PSCI call by hvc (field problem 42)', () => {
    const dtb = board({ psci: psci('arm,psci-0.2', 'hvc') });
    const told = found({ dtb });
    expect(told).toMatchObject([{ code: 'dtb/psci', severity: 'error', requested: 'method = "smc"' }]);
    expect(told[0]!.symptom).toContain('exception class 0x16');
    const alone = board({ psci: psci('arm,psci', 'hvc'), cpus: cpus(2) });
    expect(found({ dtb: alone, cell: armCell({ cpus: [2] }) })).toMatchObject([
      { code: 'dtb/psci', severity: 'warning' },
    ]);
  });

  test('32-bit cores run no arm64 kernel (field problem 8)', () => {
    const nodes = cpus(2, 3);
    (nodes['cpu@2'] as TestNode).compatible = 'arm,cortex-a7';
    expect(found({ dtb: board({ cpus: nodes }) })).toMatchObject([
      { code: 'dtb/architecture', severity: 'error' },
    ]);
  });
});

describe('console (field problem 26)', () => {
  const soc = child('soc');
  const elsewhere = {
    ...soc,
    'serial@9000000': { ...(soc['serial@9000000'] as TestNode), reg: [0xa000000, 0x1000] },
  };

  test.each([
    ['the UART of stdout-path', '', elsewhere],
    ['the UART of the command line', 'console=ttyAMA0', elsewhere],
    ['the UART of earlycon', 'earlycon=pl011,0xfe201000', soc],
    ['the UART of earlycon, by its width', 'earlycon=uart8250,mmio32,0xfe215040', soc],
  ])('%s is not mapped', (_, cmdline, bus) => {
    const told = found({ dtb: board({ soc: bus }), cmdline });
    expect(told).toMatchObject([{ code: 'dtb/console', severity: 'error' }]);
    expect(told[0]!.message).toContain('which the cell does not map');
  });

  test('addresses are those that the CPU sees', () => {
    const moved = {
      ...soc,
      ranges: [0x7e000000, 0, 0x8000000, 0x2000000],
      'serial@9000000': { ...(soc['serial@9000000'] as TestNode), reg: [0x7f000000, 0x1000] },
    };
    expect(found({ dtb: board({ soc: moved }) })).toEqual([]);
  });

  test('a console of another driver is told', () => {
    const told = found({ cmdline: 'console=ttyS0,115200' });
    expect(told).toMatchObject([{ code: 'dtb/console', severity: 'error', path: ['cmdline'] }]);
    expect(told[0]!.message).toContain('ttyAMA0 at /soc/serial@9000000 by its alias serial0');
  });

  test.each([
    ['another number, and no alias', 'console=ttyAMA1', { aliases: null, chosen: null }],
    [
      'the alias has another number',
      'console=ttyAMA0',
      { aliases: { serial1: '/soc/serial@9000000' }, chosen: null },
    ],
    ['there is no UART', 'console=ttyAMA0', { soc: null, aliases: null, chosen: null }],
  ])('a console that no UART is (field problem 51): %s', (_, cmdline, change) => {
    const told = found({ dtb: board(change), cmdline });
    expect(told).toMatchObject([{ code: 'dtb/console', severity: 'error', requested: cmdline }]);
  });

  test('a console that may yet be there is no error', () => {
    const severity = (cmdline: string, change = {}): string[] =>
      found({ dtb: board(change), cmdline }).map((each) => `${each.code} ${each.severity}`);
    expect(severity('console=ttyAMA0 console=ttyS0')).toEqual(['dtb/console warning']);
    expect(severity('console=hvc0 console=ttyS0')).toEqual(['dtb/console warning']);
    expect(severity('console=ttyXYZ0')).toEqual(['dtb/console warning']);
    const unknown = { 'serial@1': { compatible: 'acme,uart' } };
    expect(severity('console=ttyS0', unknown)).toEqual(['dtb/console warning']);
    expect(severity('console=hvc0')).toEqual([]);
  });

  test.each([
    ['no clocks', { clocks: null, 'clock-names': null }, 'has no clocks'],
    ['no names', { 'clock-names': null }, 'no clock that is called "apb_pclk"'],
    ['clocks of nobody', { clocks: [9, 9] }, 'lead to no clock'],
  ])('a PL011 that its driver does not take (field problem 50): %s', (_, change, message) => {
    const uart: TestNode = { ...(soc['serial@9000000'] as TestNode) };
    for (const [name, value] of Object.entries(change)) {
      if (value === null) delete uart[name];
      else uart[name] = value;
    }
    const told = found({ dtb: board({ soc: { ...soc, 'serial@9000000': uart } }) });
    expect(told).toMatchObject([{ code: 'dtb/console', severity: 'error' }]);
    expect(told[0]!.message).toContain(message);
    expect(told[0]!.symptom).toContain('deferred probe pending');
  });

  test('a UART that the cell may not write to (field problem 41)', () => {
    const readOnly = { ...uartRegion, flags: 0x11n };
    const told = found({ cell: armCell({ memoryRegions: [loaderRegion, readOnly, ramRegion, commRegion] }) });
    expect(told).toMatchObject([{ code: 'dtb/console', severity: 'error', actual: 'read io' }]);
    expect(told[0]!.symptom).toContain('Unhandled data write at 0x9000000');
  });

  test('a UART on a bus without ranges has no address', () => {
    const bus = { ...soc };
    delete bus.ranges;
    expect(found({ dtb: board({ soc: bus }) })).toMatchObject([
      { code: 'dtb/console', severity: 'error', actual: 'no address for the CPU' },
    ]);
  });

  test('a UART that is switched off, and a path to nowhere', () => {
    const off = { ...soc, 'serial@9000000': { ...(soc['serial@9000000'] as TestNode), status: 'disabled' } };
    expect(found({ dtb: board({ soc: off }) })).toMatchObject([{ code: 'dtb/console', severity: 'error' }]);
    const chosen = { 'stdout-path': '/soc/uart@1' };
    expect(found({ dtb: board({ chosen }), cmdline: '' })).toMatchObject([
      { code: 'dtb/console', severity: 'warning' },
    ]);
  });
});

describe('interrupts (field problem 27)', () => {
  const gic = child('interrupt-controller@8000000');

  test('a GIC at another address', () => {
    const moved = { ...gic, reg: [0, 0x3881000, 0, 0x1000] };
    expect(found({ dtb: board({ 'interrupt-controller@8000000': moved }) })).toMatchObject([
      { code: 'dtb/gic', severity: 'error', requested: '0x8000000', actual: '0x3881000' },
    ]);
  });

  test('no GIC', () => {
    expect(found({ dtb: board({ 'interrupt-controller@8000000': null }) })).toMatchObject([
      { code: 'dtb/gic', severity: 'warning' },
    ]);
  });

  test('an SPI that the cell does not own', () => {
    const cell = armCell({
      irqchips: [{ address: 0x8000000n, id: 0, pin_base: 32, pin_bitmap: [4, 0, 0, 0] }],
    });
    const told = found({ cell });
    expect(told).toMatchObject([{ code: 'dtb/interrupts', severity: 'error' }]);
    expect(told[0]!.message).toContain('/soc/serial@9000000 raises SPI 1 (interrupt 33)');
    expect(told[0]!.symptom).toContain('reads nothing');
  });

  test('pins count from pin_base, over all words', () => {
    const chip = { address: 0x8000000n, id: 0, pin_base: 0, pin_bitmap: [0, 2, 0, 0] };
    expect(found({ cell: armCell({ irqchips: [chip] }) })).toEqual([]);
  });

  const withPci = () => {
    const cell = armCell({ pciDevices: [{ ...ivshmem(0), shmem_peers: 2 }] });
    cell.header.vpci_irq_base = 108;
    return cell;
  };
  const host = (spi: number): TestNode => ({
    compatible: 'pci-host-ecam-generic',
    device_type: 'pci',
    '#address-cells': [3],
    '#size-cells': [2],
    '#interrupt-cells': [1],
    'interrupt-map': [0, 1, 2, 3].flatMap((pin) => [0, 0, 0, pin + 1, 1, 0, spi + pin, 1]),
  });

  test('the virtual PCI’s interrupts', () => {
    expect(found({ cell: withPci(), dtb: board({ 'pci@0': host(108) }) })).toEqual([]);
    const told = found({ cell: withPci(), dtb: board({ 'pci@0': host(140) }) });
    expect(told).toMatchObject([{ code: 'dtb/vpci', severity: 'warning' }]);
    expect(told[0]!.message).toBe("/pci@0 maps INTA to SPI 140, the cell's virtual PCI raises SPI 108");
    expect(found({ cell: withPci() })).toMatchObject([{ code: 'dtb/vpci' }]);
  });

  test('what the kernel must be able to drive', () => {
    const { drivers } = supportOf('arm64');
    const symbols = (cmdline: string) =>
      drivers(withPci(), dtbOf(BOARD), cmdline).map((need) => need.symbols.join(' '));
    expect(symbols('console=ttyAMA0')).toEqual([
      'SERIAL_AMBA_PL011 SERIAL_AMBA_PL011_CONSOLE',
      'ARM_GIC',
      'PCI_HOST_GENERIC',
    ]);
    expect(drivers(armCell(), new Uint8Array(3), '')).toEqual([]);
  });
});

test('a root whose numbers have three cells', () => {
  expect(found({ dtb: board({ '#address-cells': [3] }) }).map(({ code }) => code)).toContain('dtb/cells');
});
