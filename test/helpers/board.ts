import type { SystemConfig } from '../../src/formats/cell/types.ts';
import type { RootFacts } from '../../src/formats/root/facts.ts';
import type { Wish } from '../../src/manifest/wish/parse.ts';
import { generateCell, type Generation } from '../../src/machine/generate.ts';
import type { CellWish, MachineState } from '../../src/machine/request.ts';
import { at, EMPTY_DEVICE, makeMachine } from './machine.ts';
import { treeOf, type TestNode } from './trees.ts';

const MIB = 1n << 20n;
const UART = 0x9000000;

/** A UART of the board: node, SPI, and what else its node says. */
const uart = (address: number, spi: number, more: TestNode = {}): TestNode => ({
  compatible: 'ns16550a',
  reg: [address, 0x1000],
  'reg-shift': [2],
  interrupts: [0, spi, 4],
  'clock-frequency': [24000000],
  ...more,
});

/** The board of these tests: GICv3, four CPUs, UARTs on a bus, a clock controller, RAM at 1 GiB. */
export const boardNodes = (): TestNode => ({
  '#address-cells': [2],
  '#size-cells': [2],
  model: 'Acme board',
  compatible: 'acme,board',
  'interrupt-parent': [1],
  aliases: {
    serial0: '/soc/serial@9000000',
    serial1: '/soc/serial@9010000',
    serial2: '/soc/serial@9020000',
    serial3: '/soc/serial@9030100',
    ethernet0: '/soc/ethernet@9040000',
    i2c0: '/soc/i2c@9050000',
  },
  chosen: { 'stdout-path': 'serial0:115200n8' },
  cpus: {
    '#address-cells': [1],
    '#size-cells': [0],
    ...Object.fromEntries(
      [0, 1, 2, 3].map((cpu) => [
        `cpu@${cpu}`,
        { device_type: 'cpu', compatible: 'arm,cortex-a53', reg: [cpu], 'enable-method': 'psci' },
      ]),
    ),
  },
  psci: { compatible: 'arm,psci-0.2', method: 'smc' },
  timer: { compatible: 'arm,armv8-timer', interrupts: [1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4] },
  'clk-uart': { compatible: 'fixed-clock', '#clock-cells': [0], 'clock-frequency': [48000000], phandle: [2] },
  'memory@40000000': { device_type: 'memory', reg: [0, 0x40000000, 0, 0x40000000] },
  'reserved-memory': {
    '#address-cells': [2],
    '#size-cells': [2],
    ranges: true,
    'firmware@50000000': { reg: [0, 0x50000000, 0, 0x100000], 'no-map': true },
  },
  'interrupt-controller@8000000': {
    compatible: 'arm,gic-v3',
    '#interrupt-cells': [3],
    '#address-cells': [0],
    'interrupt-controller': true,
    phandle: [1],
    reg: [0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000],
  },
  soc: {
    compatible: 'simple-bus',
    '#address-cells': [1],
    '#size-cells': [1],
    ranges: [0, 0, 0, 0x10000000],
    'clock-controller@9100000': {
      compatible: 'acme,clocks',
      reg: [0x9100000, 0x1000],
      '#clock-cells': [1],
      phandle: [3],
    },
    'router@9110000': {
      compatible: 'acme,router',
      reg: [0x9110000, 0x1000],
      'interrupt-controller': true,
      '#interrupt-cells': [1],
      phandle: [4],
    },
    [`serial@${UART.toString(16)}`]: uart(UART, 1),
    'serial@9010000': uart(0x9010000, 2, {
      compatible: 'arm,pl011',
      'clock-frequency': true,
      clocks: [3, 7, 2],
      'clock-names': new TextEncoder().encode('uartclk\0apb_pclk\0'),
      'pinctrl-0': [9],
      'pinctrl-names': 'default',
      status: 'disabled',
    }),
    'serial@9020000': uart(0x9020000, 3, { status: 'okay' }),
    'serial@9020800': uart(0x9020800, 3, { reg: [0x9020800, 0x100] }),
    'serial@9030100': uart(0x9030100, 5, { reg: [0x9030100, 0x100] }),
    'watchdog@9030000': { compatible: 'acme,watchdog', reg: [0x9030000, 0x100] },
    'ethernet@9040000': {
      compatible: 'acme,ethernet',
      reg: [0x9040000, 0x4000],
      interrupts: [0, 8, 4],
      'phy-handle': [9],
      'local-mac-address': new Uint8Array([2, 0, 0, 0, 0, 1]),
    },
    'i2c@9050000': {
      compatible: 'acme,i2c',
      reg: [0x9050000, 0x1000],
      'interrupt-parent': [4],
      interrupts: [12],
      clocks: [3, 9],
      'clock-names': 'ipg',
    },
    'dma@9060000': { compatible: 'acme,dma', reg: [0x9060000, 0x1000], interrupts: [0, 40, 4, 0, 41, 4] },
  },
});

const IVSHMEM = {
  ...EMPTY_DEVICE,
  type: 3,
  domain: 1,
  bar_mask: [0xfffff000, 0, 0, 0, 0, 0],
  shmem_dev_id: 0,
  shmem_peers: 2,
};

const LINK_AT = 0x7fb00000n;
const SHARED = 0x1n;

/** The system config of {@link boardNodes}: 1 GiB of RAM, the hypervisor at its end, a network link below that. */
export function boardSystem(): SystemConfig {
  const { system } = makeMachine({ revision: 14, architecture: 'arm64', cpus: [1, 1, 1] });
  const { rootCell } = system;
  rootCell.memoryRegions = [
    at(LINK_AT, 0x1000n, SHARED),
    at(0n, 0n, 0n),
    at(LINK_AT + 0x1000n, 0x7f000n, SHARED | 2n),
    at(LINK_AT + 0x80000n, 0x7f000n, SHARED),
    at(0x40000000n, LINK_AT - 0x40000000n, 0x4fn),
    at(0x9000000n, 0x200000n, 0x13n),
  ];
  rootCell.irqchips = [
    {
      address: 0x8000000n,
      id: 0,
      pin_base: 32,
      pin_bitmap: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    },
  ];
  rootCell.pciDevices = [{ ...IVSHMEM, bdf: 1 << 3, shmem_regions_start: 0, shmem_protocol: 1 }];
  rootCell.pciCaps = [];
  rootCell.header.vpci_irq_base = 48;
  return {
    ...system,
    hypervisorMemory: at(0n, 4n * MIB, 0n, 0x7fc00000n),
    pciMmconfigBase: 0x8e00000n,
    pciMmconfigEndBus: 0,
    pciIsVirtual: 1,
    pciDomain: 1,
    debugConsole: { ...system.debugConsole, address: BigInt(UART) },
  };
}

const NOTHING_KNOWN: RootFacts = { board: null, cmdline: null, iomem: null, kernelConfig: null };

export const machineState = (change: Partial<RootFacts> = {}, system = boardSystem()): MachineState => ({
  system,
  facts: { ...NOTHING_KNOWN, board: treeOf(boardNodes()), ...change },
  cells: [],
  ends: new Map(),
});

const wishOf = (change: Partial<Wish> = {}): Wish => ({
  kind: 'wish',
  cpus: { count: 2 },
  memory: { size: 128n * MIB, at: null },
  console: 'serial0',
  clockRate: null,
  devices: [],
  links: [],
  vpciIrqBase: null,
  regions: [],
  tree: null,
  ...change,
});

export const request = (change: Partial<Wish> = {}, name = 'demo'): CellWish => ({
  name,
  wish: wishOf(change),
  fragment: null,
});

export const generate = (
  change: Partial<Wish> = {},
  machine: MachineState = machineState(),
  name = 'demo',
): Generation => generateCell(request(change, name), machine);

/** What is asked, by code and place below the wish. */
export const asks = ({ diagnostics }: Generation): string[] =>
  diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ code, path = [] }) => `${code} ${path.slice(2).join('.')}`.trim());
