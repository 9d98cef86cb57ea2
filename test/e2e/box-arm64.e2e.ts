import { expect, test } from 'vitest';
import { propertyOf } from '../../src/formats/dtb/edit.ts';
import type { DeviceTree } from '../../src/formats/dtb/types.ts';
import { encodeNumber } from '../../src/formats/dtb/values.ts';
import { concatBytes } from '../../src/base/bytes.ts';
import { disagreements } from './boot/agreement.ts';
import { boot, cpus, GIC_NODE, make, REGIONS, TIMER, UART, type Variant } from './boot/box-arm64.ts';
import { at, GICD } from '../helpers/machine.ts';

const MIB = 1n << 20n;
const NO_ANSWER = { expect: [], send: [] };

/** Each row is the good cell with one change. */
interface Row {
  what: string;
  change: Variant;
  /** The line that it dies with; `mute`: no output comes. */
  line: string | 'mute';
  /** Rules of `check` that foresee it. */
  rules: string[];
}

const ram = REGIONS.ram;

/** The tree that was planned, with RAM up to where there is none. */
function withMemoryBeyond(tree: DeviceTree): DeviceTree {
  const reg = concatBytes([encodeNumber(ram.virt_start, 2), encodeNumber(ram.size + 16n * MIB, 2)]);
  const memory = tree.root.children.find(({ name }) => name === 'memory')!;
  expect(propertyOf(memory, 'reg')).toHaveLength(reg.length);
  const properties = memory.properties.map((each) => (each.name === 'reg' ? { ...each, value: reg } : each));
  const children = tree.root.children.map((node) => (node === memory ? { ...memory, properties } : node));
  return { ...tree, root: { ...tree.root, children } };
}

const gicAt = (gicd: number, gicr: number, size = 0xf60000): Variant => ({
  tree: { 'interrupt-controller@8000000': { ...GIC_NODE, reg: [0, gicd, 0, 0x10000, 0, gicr, 0, size] } },
});

const uart = (change: typeof UART): Variant => ({ tree: { 'serial@9000000': { ...UART, ...change } } });

const ROWS: Row[] = [
  {
    what: 'no comm region',
    change: { regions: { comm: null } },
    line: 'Unhandled data read at 0x80000006(2)',
    rules: ['error placement/comm-region'],
  },
  {
    what: 'the comm region elsewhere',
    change: { regions: { comm: { ...REGIONS.comm, virt_start: 0xa0000000n } } },
    line: 'Unhandled data read at 0x80000006(2)',
    rules: ['error placement/comm-region'],
  },
  {
    what: 'the UART’s region is read-only',
    change: { regions: { uart: { ...REGIONS.uart, flags: 0x11n } } },
    line: 'Unhandled data write at 0x9000038(2)',
    rules: ['error dtb/console'],
  },
  {
    what: 'the tree has a PL011 that the cell has not',
    change: { regions: { uart: null } },
    line: 'Unhandled data read at 0x9000fe0(4)',
    rules: ['error dtb/console'],
  },
  {
    what: 'the tree has a clock (PL031) that the cell has not',
    change: {
      tree: {
        'rtc@9010000': {
          compatible: 'arm,pl031\0arm,primecell',
          reg: [0, 0x09010000, 0, 0x1000],
          interrupts: [0, 2, 4],
          clocks: [2],
          'clock-names': 'apb_pclk',
        },
      },
    },
    line: 'Unhandled data read at 0x9010fe0(4)',
    rules: ['error dtb/registers'],
  },
  {
    what: 'the tree has the redistributors elsewhere',
    change: gicAt(0x8000000, 0x8200000),
    line: 'Unhandled data read at 0x820ffe8(4)',
    rules: ['error dtb/gic'],
  },
  {
    what: 'the tree has the distributor elsewhere',
    change: gicAt(0x8010000, 0x80a0000),
    line: 'Unhandled data read at 0x801ffe8(4)',
    rules: ['error dtb/gic'],
  },
  {
    what: 'the tree has PCI elsewhere',
    change: {
      tree: {
        'pci@7b000000': {
          compatible: 'pci-host-ecam-generic',
          device_type: 'pci',
          'bus-range': [0, 0],
          '#address-cells': [3],
          '#size-cells': [2],
          reg: [0, 0x7b000000, 0, 0x100000],
          ranges: [0x02000000, 0, 0x10000000, 0, 0x10000000, 0, 0x10000],
        },
      },
    },
    line: 'Unhandled data read at 0x7b000000(4)',
    rules: ['error dtb/vpci'],
  },
  {
    what: 'RAM is not of whole pages',
    change: { regions: { ram: { ...ram, size: ram.size - 0x800n } } },
    line: 'FATAL: instruction abort at 0x60000000',
    rules: ['error cell/alignment', 'warning cell/alignment'],
  },
  {
    what: 'PSCI by hvc',
    change: { tree: { psci: { compatible: 'arm,psci-0.2', method: 'hvc' } } },
    line: 'FATAL: forbidden access (exception class 0x16)',
    rules: ['error dtb/psci'],
  },
  {
    what: 'memory in the tree beyond the cell’s RAM',
    change: { loaded: withMemoryBeyond },
    line: 'Unhandled data write at 0x66fff000(1)',
    rules: [],
  },
  {
    what: '48 MiB of RAM',
    change: { regions: { ram: { ...ram, size: 48n * MIB } } },
    line: 'Kernel panic - not syncing: System is deadlocked on memory',
    rules: ['error kernel/initrd-memory'],
  },
  {
    what: 'no timer',
    change: { tree: { timer: {} }, cmdline: 'earlycon=pl011,0x9000000 console=ttyAMA0' },
    line: 'Kernel panic - not syncing: Unable to initialise architected timer.',
    rules: ['error dtb/timer'],
  },
  {
    what: 'redistributors too short',
    change: gicAt(0x8000000, 0x80a0000, 0x20000),
    line: 'mute',
    rules: ['error dtb/gic'],
  },
  {
    what: 'a GICv2 in the tree of a GICv3',
    change: {
      tree: {
        'interrupt-controller@8000000': {
          ...GIC_NODE,
          compatible: 'arm,gic-400',
        },
      },
    },
    line: 'mute',
    rules: ['error dtb/gic'],
  },
  {
    what: 'the first CPU has no node',
    change: { tree: { cpus: cpus(3) } },
    line: 'mute',
    rules: ['error dtb/cpus'],
  },
  { what: 'console=ttyS0', change: { cmdline: 'console=ttyS0' }, line: 'mute', rules: ['error dtb/console'] },
  {
    what: 'console=ttyAMA1',
    change: { cmdline: 'console=ttyAMA1' },
    line: 'mute',
    rules: ['error dtb/console'],
  },
  {
    what: 'no console, and no stdout-path',
    change: { cmdline: 'quiet', tree: { chosen: {} } },
    line: 'mute',
    rules: [],
  },
  { what: 'a UART without clocks', change: uart({ clocks: [] }), line: 'mute', rules: ['error dtb/console'] },
  {
    what: 'another alias than the console’s',
    change: { tree: { aliases: { serial1: '/serial@9000000' }, chosen: {} } },
    line: 'mute',
    rules: ['error dtb/console'],
  },
  {
    what: '33 words that the kernel does not know',
    change: {
      cmdline: ['console=ttyAMA0', ...Array.from({ length: 33 }, (_, index) => `word${index}=1`)].join(' '),
    },
    line: 'mute',
    rules: ['error cmdline/init-words'],
  },
];

test('the good cell: nothing is found, and init answers on the console', async () => {
  const made = await make({});
  expect(made.evaluation.diagnostics).toEqual([]);
  const { problem, userSpace } = await boot(made, { expect: [/^guest end/], send: [] });
  expect({ problem, userSpace }).toEqual({ problem: null, userSpace: true });
});

/** A third of it without output is longer than the good cell takes to say its first line. */
const MUTE_TIMEOUT = 12;

test.each(ROWS)('$what: $line', async ({ change, line }) => {
  const timeout = line === 'mute' ? MUTE_TIMEOUT : undefined;
  const { problem, line: last, console } = await boot(await make(change), NO_ANSWER, timeout);
  const isMute = problem?.code === 'boot/undecided' && console.length === 0;
  expect(isMute ? 'mute' : last).toBe(line);
  expect(problem?.code).toBe(isMute ? 'boot/undecided' : 'boot/died');
});

test.each(ROWS)('check, of $what', async ({ change, rules }) => {
  const { diagnostics } = (await make(change)).evaluation;
  const found = diagnostics.filter(({ severity }) => severity !== 'info');
  expect(found.map(({ severity, code }) => `${severity} ${code}`)).toEqual(rules);
});

/** A UART that is not QEMU's. */
const BOARD_UART: Variant = {
  // SPI 1 is the PL011's, SPI 77 this UART's.
  cell: { irqchips: [{ address: GICD, id: 0, pin_base: 32, pin_bitmap: [2, 0, 1 << 13, 0] }] },
  regions: { uart: at(0xff010400n, 0x100n, 0x10000n | 0x13n) },
  cmdline: 'console=ttyS3,115200',
  tree: {
    aliases: { serial3: '/serial@ff010400' },
    chosen: {},
    timer: { ...TIMER, 'clock-frequency': [8000000] },
    'serial@9000000': { status: 'disabled' },
    'serial@ff010400': {
      compatible: 'ns16550a',
      reg: [0, 0xff010400, 0, 0x100],
      interrupts: [0, 77, 4],
      'clock-frequency': [24000000],
    },
  },
};

/** Cells that have nothing where QEMU has it, and boards of another kind. */
const SHAPES: { what: string; change: Variant }[] = [
  {
    what: 'RAM above 4 GiB, of physical memory where QEMU has none',
    change: { regions: { ram: { ...ram, virt_start: 0x8e0000000n, phys_start: 40n << 30n } } },
  },
  { what: 'RAM at 1 TiB', change: { regions: { ram: { ...ram, virt_start: 1n << 40n } } } },
  {
    what: 'RAM in two regions',
    change: {
      regions: {
        ram: { ...ram, size: 40n * MIB },
        more: { ...ram, phys_start: 0x70000000n, virt_start: 0x70000000n, size: 64n * MIB },
      },
    },
  },
  { what: 'four CPUs', change: { cell: { cpus: [2, 3, 4, 5] }, tree: { cpus: cpus(2, 3, 4, 5) } } },
  {
    what: 'GICv2, with CPUs of another cluster',
    change: {
      cell: { cpus: [4, 5] },
      tree: {
        cpus: cpus(0x300, 0x301),
        'interrupt-controller@8000000': {
          ...GIC_NODE,
          compatible: 'arm,gic-400',
          reg: [0, 0x8000000, 0, 0x10000, 0, 0x8020000, 0, 0x2000],
        },
      },
      system: ({ platform }) =>
        Object.assign(platform.fields, { gic_version: 2, gicc_base: 0x8020000n, gicr_base: 0n }),
    },
  },
  {
    what: 'GICv3 elsewhere, with CPUs of another cluster',
    change: {
      cell: { cpus: [4, 5] },
      tree: {
        cpus: cpus(0x100, 0x101),
        'interrupt-controller@8000000': {
          ...GIC_NODE,
          reg: [0, 0x1800000, 0, 0x10000, 0, 0x1880000, 0, 0x100000],
        },
      },
      system: ({ platform }) =>
        Object.assign(platform.fields, { gicd_base: 0x1800000n, gicr_base: 0x1880000n }),
    },
  },
  {
    what: 'a board’s own UART of less than a page, the second one, and a timer with a frequency',
    change: BOARD_UART,
  },
];

test.each(SHAPES)('to init: $what', async ({ change }) => {
  // The more CPUs QEMU has, the slower it is, also with those that stay off.
  const made = await make(change);
  const { problem } = await boot(made, { expect: [/^guest end/], send: [] }, 60);
  expect(problem).toBeNull();
  expect(made.evaluation.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
});

/** Variants on which check and the box differ, and why they may. */
const ALLOWED = {
  'memory in the tree beyond the cell’s RAM': 'the tree was changed after check had planned it',
  'no console, and no stdout-path': 'the cell lives, mute as it was asked for',
};

test('check and the box agree', () => {
  // The tests above hold the tables to what happens.
  const variants = [
    ...SHAPES.map(({ what }) => ({ what, boots: true, refused: false })),
    ...ROWS.map(({ what, rules }) => ({
      what,
      boots: false,
      refused: rules.some((rule) => rule.startsWith('error ')),
    })),
  ];
  expect(disagreements(variants, ALLOWED)).toEqual([]);
});

test('a kernel without a console on a PL011, on a board with another UART, is not started', async () => {
  const { kernel } = await make({});
  const other = Buffer.from(kernel);
  const name = Buffer.from('arm,pl011\0');
  for (let at; (at = other.indexOf(name)) >= 0;) other.write('arm,pl01x', at);
  const { problem } = await boot(await make({ ...BOARD_UART, kernel: other }), NO_ANSWER);
  expect(problem).toMatchObject({
    code: 'boot/unsupported',
    actual: 'the kernel does not know the name arm,pl011',
  });
});
