import { describe, expect, test } from 'vitest';
import { checkMachine } from '../../src/checks/cell/check.ts';
import { parseCellConfig, encodeCellConfig } from '../../src/formats/cell/config.ts';
import { cpusOf, pinsOf } from '../../src/formats/cell/resources.ts';
import { registersOf } from '../../src/formats/dtb/addresses.ts';
import { childNamed, propertyOf } from '../../src/formats/dtb/edit.ts';
import { encodeDtb } from '../../src/formats/dtb/encode.ts';
import { gicOf } from '../../src/formats/dtb/gic.ts';
import { parseDtb } from '../../src/formats/dtb/parse.ts';
import { readCells, readText, readTexts } from '../../src/formats/dtb/values.ts';
import { deviceByName } from '../../src/formats/dtb/walk.ts';
import type { Wish } from '../../src/manifest/wish/parse.ts';
import type { GeneratedCell } from '../../src/machine/generate.ts';
import { asks, boardNodes, boardSystem, generate, machineState } from '../helpers/board.ts';
import { treeOf } from '../helpers/trees.ts';

function granted(change: Partial<Wish> = {}, machine = machineState(), name = 'demo'): GeneratedCell {
  const result = generate(change, machine, name);
  expect(asks(result)).toEqual([]);
  return result.generated!;
}

describe('a cell of a board', () => {
  const made = granted({ links: [{ to: 'root', kind: 'net', size: null, bdf: null }] });
  const { cell } = made;
  const tree = parseDtb(encodeDtb(made.tree!.blob));

  test('is what its file says', () => {
    expect(parseCellConfig(encodeCellConfig(cell))).toEqual(cell);
  });

  test('passes all checks of its machine', () => {
    expect(checkMachine(made.system, [cell])).toEqual([]);
  });

  test('gets the last CPUs, and memory below the link', () => {
    expect(cpusOf(cell)).toEqual([2, 3]);
    const ram = cell.memoryRegions.at(-2)!;
    expect([ram.phys_start, ram.virt_start, ram.size]).toEqual([0x77a00000n, 0x77a00000n, 0x8000000n]);
    const loader = cell.memoryRegions.at(-3)!;
    expect([loader.phys_start, loader.virt_start, loader.size]).toEqual([0x779f0000n, 0n, 0x10000n]);
    const comm = cell.memoryRegions.at(-1)!;
    expect([comm.virt_start, comm.size]).toEqual([0x80000000n, 0x1000n]);
  });

  test('is the last peer of the link that the root cell has', () => {
    const [device] = cell.pciDevices;
    expect(device).toMatchObject({ bdf: 8, domain: 1, shmem_dev_id: 1, shmem_peers: 2, shmem_protocol: 1 });
    expect(cell.memoryRegions.slice(0, 4).map(({ flags }) => flags)).toEqual([0x81n, 0n, 0x81n, 0x83n]);
    expect(made.changes).toEqual([]);
  });

  test('owns the interrupts of its UART and of its virtual PCI host, which nothing is wired to', () => {
    expect(cell.header.vpci_irq_base).toBe(52);
    expect(cell.irqchips.flatMap(pinsOf)).toEqual([33, 32 + 52 + 1]);
    expect(cell.irqchips.map(({ address, pin_base }) => [address, pin_base])).toEqual([[0x8000000n, 32]]);
  });

  test('shares the UART that the hypervisor prints on', () => {
    const uart = cell.memoryRegions.find(({ phys_start }) => phys_start === 0x9000000n)!;
    expect(uart.flags).toBe(0x93n);
    expect(cell.header.console).toMatchObject({ address: 0x9000000n, type: 2, flags: 3 });
  });

  test('has a tree with its CPUs, their firmware, timer and interrupt controller', () => {
    const cpus = childNamed(tree.root, 'cpus')!;
    expect(cpus.children.map(({ name }) => name)).toEqual(['cpu@2', 'cpu@3']);
    expect(readText(propertyOf(childNamed(tree.root, 'psci'), 'method'))).toBe('smc');
    expect(readCells(propertyOf(childNamed(tree.root, 'timer'), 'interrupts'))).toHaveLength(12);
    // Up to the configuration space: Linux could not have that otherwise.
    expect(registersOf(gicOf(tree)!)).toEqual([
      { start: 0x8000000n, size: 0x10000n },
      { start: 0x80a0000n, size: 0xd60000n },
    ]);
    expect(childNamed(tree.root, 'memory')).toBeUndefined();
  });

  test('has a tree with its console, flat and switched on', () => {
    const uart = deviceByName(tree, 'serial0')!;
    expect(uart.node.name).toBe('serial@9000000');
    expect(readTexts(propertyOf(uart.node, 'status'))).toEqual(['okay']);
    expect(readText(propertyOf(childNamed(tree.root, 'chosen'), 'stdout-path'))).toBe('serial0:115200n8');
    expect(made.consoleWord).toBe('console=ttyS0,115200');
  });

  test('has a tree with a PCI host whose interrupts count from the base', () => {
    const host = tree.root.children.find(({ name }) => name.startsWith('pci@'))!;
    const map = readCells(propertyOf(host, 'interrupt-map'));
    expect([0, 1, 2, 3].map((line) => map.slice(line * 8 + 3, line * 8 + 8))).toEqual([
      [1, 1, 0, 52, 1],
      [2, 1, 0, 53, 1],
      [3, 1, 0, 54, 1],
      [4, 1, 0, 55, 1],
    ]);
  });

  test('leaves what the root’s Linux must do', () => {
    expect(made.rootSide.words?.words).toEqual(['mem=889M']);
    expect(made.rootSide.disabled).toEqual(['/soc/serial@9000000']);
  });

  test('is made alike every time', () => {
    const again = granted({ links: [{ to: 'root', kind: 'net', size: null, bdf: null }] });
    expect(encodeCellConfig(again.cell)).toEqual(encodeCellConfig(cell));
    expect(encodeDtb(again.tree!.blob)).toEqual(encodeDtb(made.tree!.blob));
  });
});

describe('links that the root cell has no end for', () => {
  const made = granted({
    links: [
      { to: 'root', kind: 'net', size: null, bdf: null },
      { to: 'root', kind: 'custom', size: 0x40000n, bdf: null },
    ],
  });

  test('are added to the system config, with memory that is cut out of its RAM', () => {
    expect(made.changes).toHaveLength(1);
    expect(made.system.rootCell.pciDevices).toHaveLength(2);
    expect(checkMachine(made.system, [made.cell])).toEqual([]);
  });

  test('leave the other end as it was', () => {
    expect(made.system.rootCell.pciDevices[0]).toEqual(boardSystem().rootCell.pciDevices[0]);
  });
});

describe('several cells, one after another', () => {
  const machine = machineState();
  const first = granted({ cpus: { count: 1 } }, machine);
  const after = { ...machine, system: first.system, cells: [first.cell] };
  const second = granted(
    { cpus: { count: 1 }, console: 'serial3', links: [{ to: 'root', kind: 'net', size: null, bdf: null }] },
    after,
    'second',
  );

  test('do not meet', () => {
    expect(checkMachine(second.system, [first.cell, second.cell])).toEqual([]);
    expect([cpusOf(first.cell), cpusOf(second.cell)]).toEqual([[3], [2]]);
  });

  test('map a UART beside a device of the root by its registers alone', () => {
    const uart = second.cell.memoryRegions.find(({ phys_start }) => phys_start === 0x9030100n)!;
    expect([uart.size, uart.flags]).toEqual([0x100n, 0x50013n]);
  });
});

describe('what must not be guessed', () => {
  test.each([
    ['more CPUs than there are', { cpus: { count: 4 } }, 'machine/cpus cpus'],
    ['CPU 0', { cpus: { set: [0, 1] } }, 'machine/cpus cpus'],
    ['a CPU that is not there', { cpus: { set: [7] } }, 'machine/cpus cpus'],
    ['more memory than there is', { memory: { size: 1n << 30n, at: null } }, 'machine/memory memory'],
    ['memory over a link', { memory: { size: 1n << 21n, at: 0x7fb00000n } }, 'machine/memory memory.at'],
    ['memory of the firmware', { memory: { size: 1n << 21n, at: 0x50000000n } }, 'machine/memory memory.at'],
    ['memory that is not the root’s', { memory: { size: 1n << 21n, at: 0x0n } }, 'machine/memory memory.at'],
    ['a console that is not there', { console: 'serial7' }, 'machine/device console'],
    ['a console that is no UART', { console: 'ethernet0' }, 'machine/console console'],
    ['a clock', { console: 'serial1' }, 'machine/clock-rate console'],
    [
      'the interrupt of a device behind a router',
      { devices: [{ node: 'i2c0', clocks: { ipg: 66000000 }, interrupts: null }] },
      'machine/interrupt-router devices.0',
    ],
    [
      'the clock of a device',
      { devices: [{ node: 'i2c0', clocks: {}, interrupts: [35] }] },
      'machine/clock-rate devices.0',
    ],
    [
      'a device that is not there',
      { devices: [{ node: 'ethernet9', clocks: {}, interrupts: null }] },
      'machine/device devices.0',
    ],
    [
      'its console once more, by another name',
      { devices: [{ node: '0x9000000', clocks: {}, interrupts: null }] },
      'machine/device devices.0',
    ],
    [
      'a device twice',
      {
        console: null,
        devices: [
          { node: 'serial0', clocks: {}, interrupts: null },
          { node: '0x9000000', clocks: {}, interrupts: null },
        ],
      },
      'machine/device devices.1',
    ],
    [
      'interrupts in use',
      { vpciIrqBase: 40, links: [{ to: 'root', kind: 'net', size: null, bdf: null }] },
      'machine/vpci-irq-base vpci-irq-base',
    ],
    [
      'a link device that the root does not have',
      { links: [{ to: 'root', kind: 'net', size: null, bdf: 0x70 }] },
      'machine/link links.0.device',
    ],
    [
      'a link to the cell itself',
      { links: [{ to: 'demo', kind: 'net', size: null, bdf: null }] },
      'machine/link links.0',
    ],
    [
      'a link smaller than its sections',
      { links: [{ to: 'root', kind: 'custom', size: 0x1000n, bdf: null }] },
      'machine/link links.0.size',
    ],
  ] satisfies [string, Partial<Wish>, string][])('%s', (_, change, wanted) => {
    const result = generate(change);
    expect(asks(result)).toEqual([wanted]);
    expect(result.generated).toBeNull();
  });

  test('an interrupt that goes nowhere: the UART is its own interrupt-parent', () => {
    const board = boardNodes();
    const soc = board['soc'] as typeof board;
    soc['serial@9030100'] = {
      ...(soc['serial@9030100'] as typeof board),
      'interrupt-parent': [5],
      phandle: [5],
    };
    const result = generate({ console: 'serial3' }, machineState({ board: treeOf(board) }));
    expect(asks(result)).toEqual(['machine/interrupt-router console']);
  });

  test('names what is in the way of memory', () => {
    const { diagnostics } = generate({ memory: { size: 1n << 30n, at: null } });
    expect(diagnostics.find(({ code }) => code === 'machine/memory')?.detail).toBe(
      '0x40000000..0x7fb00000: at most 762 MiB in one piece; the rest is of /reserved-memory/firmware@50000000 of the board',
    );
  });

  test('a name that another cell has', () => {
    const machine = machineState();
    const { cell } = granted({}, machine);
    expect(asks(generate({ cpus: { count: 1 }, console: null }, { ...machine, cells: [cell] }))).toEqual([
      'machine/name',
    ]);
  });

  test('a device that another cell has', () => {
    const machine = machineState();
    const { cell } = granted({}, machine);
    const after = { ...machine, cells: [cell] };
    expect(asks(generate({ cpus: { count: 1 } }, after, 'second'))).toEqual(['machine/device console']);
  });

  test('a device tree', () => {
    expect(asks(generate({ console: null }, machineState({ board: null })))).toEqual(['machine/board']);
  });

  test('a shared interrupt of a UART that cannot poll', () => {
    const result = generate({ devices: [{ node: '0x9020000', clocks: {}, interrupts: null }] });
    expect(asks(result)).toEqual(['machine/interrupt-shared devices.0']);
  });

  test('a device tree of another GIC', () => {
    const system = boardSystem();
    system.platform.fields.gic_version = 2;
    expect(asks(generate({}, machineState({}, system)))).toEqual(['machine/foreign-board']);
  });

  test('a bus for links, where the machine has none', () => {
    const system = { ...boardSystem(), pciMmconfigBase: 0n };
    const links = [{ to: 'root', kind: 'net', size: null, bdf: null }] as const;
    expect(asks(generate({ links }, machineState({}, system)))).toEqual(['machine/pci links']);
  });

  test('memory that may be no RAM, unless the wish says where', () => {
    const system = boardSystem();
    for (const region of system.rootCell.memoryRegions) if (region.size > 0x10000000n) region.flags = 3n;
    expect(asks(generate({}, machineState({}, system)))).toEqual(['machine/memory-doubtful memory']);
  });
});

describe('answers of the wish', () => {
  test('the rate of a clock that the tree does not tell', () => {
    const { tree } = granted({ console: 'serial1', clockRate: 24000000 });
    const clock = childNamed(tree!.blob.root, 'clock-24000000');
    expect(readCells(propertyOf(clock, 'clock-frequency'))).toEqual([24000000]);
    const uart = deviceByName(tree!.blob, 'serial1')!;
    expect(readTexts(propertyOf(uart.node, 'clock-names'))).toEqual(['uartclk', 'apb_pclk']);
  });

  test('the SPI of a device behind a router', () => {
    const { cell } = granted({ devices: [{ node: 'i2c0', clocks: { ipg: 66000000 }, interrupts: [35] }] });
    expect(cell.irqchips.flatMap(pinsOf)).toContain(67);
  });

  test('a place of the memory, and of the interrupts', () => {
    const { cell } = granted({
      memory: { size: 1n << 26n, at: 0x60000000n },
      vpciIrqBase: 60,
      links: [{ to: 'root', kind: 'net', size: null, bdf: null }],
    });
    expect(cell.memoryRegions.at(-2)!.phys_start).toBe(0x60000000n);
    expect(cell.header.vpci_irq_base).toBe(60);
  });
});

describe('what is told beside', () => {
  const told = (change: Partial<Wish>): string[] =>
    generate(change).diagnostics.map(({ code, severity }) => `${severity} ${code}`);

  test('what a driver must do without', () => {
    expect(told({ devices: [{ node: 'ethernet0', clocks: {}, interrupts: null }] })).toContain(
      'warning machine/dropped',
    );
  });

  test('that an 8250 polls where its interrupt is shared', () => {
    expect(told({ console: 'serial2' })).toContain('info machine/interrupt-shared');
  });
});

describe('what the root’s Linux uses', () => {
  test('is not taken while there is other memory', () => {
    const { cell } = granted({}, machineState({ cmdline: 'quiet mem=512M' }));
    expect(cell.memoryRegions.at(-2)!.phys_start).toBeGreaterThanOrEqual(0x60000000n);
    expect(generate({}, machineState({ cmdline: 'quiet mem=512M' })).diagnostics).toEqual([]);
  });

  test('is taken with a warning where it has all, but for its kernel', () => {
    const line = (start: bigint, size: bigint, name: string, children: object[] = []) =>
      ({ range: { start, size }, name, children }) as never;
    const iomem = [
      line(0x40000000n, 0x3fb00000n, 'System RAM', [line(0x7a000000n, 0x2000000n, 'Kernel code')]),
    ];
    const result = generate({}, machineState({ iomem }));
    expect(result.diagnostics.map(({ code }) => code)).toEqual(['machine/root-memory']);
    expect(result.generated!.cell.memoryRegions.at(-2)!.phys_start).toBe(0x72000000n);
  });
});
