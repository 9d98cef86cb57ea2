import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  bundleContents,
  createCellConfig,
  encodeCellConfig,
  encodeDtb,
  encodeSystemConfig,
  evaluateCell,
  examineInitrd,
  examineKernel,
  packBundle,
  parseDtb,
  type BundleInput,
  type CellConfig,
  type DeviceTree,
  type Evaluation,
  type Manifest,
  type MemoryRegion,
  type NewCell,
  type Plan,
  type SystemConfig,
} from '../../../src/core.ts';
import { bootBundle } from '../../../src/inputs/boot/boot.ts';
import type { Boot } from '../../../src/inputs/boot/types.ts';
import { PASSIVE_COMMREG } from '../../helpers/cell-flags.ts';
import { at, makeMachine, GICD } from '../../helpers/machine.ts';
import { dtbOf, type TestNode } from '../../helpers/trees.ts';

// The good arm64 cell, what can be changed about it, and its way to a bundle and into the box.

const BUILT = path.join(import.meta.dirname, '../../../example-project/build/linux-arm64');
const fileOf = (name: string): Uint8Array => readFileSync(path.join(BUILT, name));

const MIB = 1n << 20n;
const RAM = 0x4fn;
const IO = 0x13n;
const COMM = 0x23n;

/** The cell's regions by name, so that a variant changes one. */
export const REGIONS = {
  uart: at(0x9000000n, 0x1000n, IO),
  loader: at(0n, 0x10000n, RAM, 0x5fff0000n),
  ram: at(0x60000000n, 96n * MIB, RAM),
  comm: { ...at(0x80000000n, 0x1000n, COMM), phys_start: 0n },
} satisfies Record<string, MemoryRegion>;

const cpu = (affinity: number): TestNode => ({
  device_type: 'cpu',
  compatible: 'arm,cortex-a53',
  reg: [affinity],
  'enable-method': 'psci',
});

export const cpus = (...affinities: number[]): TestNode => ({
  '#address-cells': [1],
  '#size-cells': [0],
  ...Object.fromEntries(affinities.map((each) => [`cpu@${each.toString(16)}`, cpu(each)])),
});

const GIC = 1;
const CLOCK = 2;

export const GIC_NODE: TestNode = {
  compatible: 'arm,gic-v3',
  reg: [0, 0x08000000, 0, 0x10000, 0, 0x080a0000, 0, 0xf60000],
  '#address-cells': [0],
  '#interrupt-cells': [3],
  'interrupt-controller': true,
  phandle: [GIC],
};

export const UART: TestNode = {
  compatible: 'arm,pl011\0arm,primecell',
  reg: [0, 0x09000000, 0, 0x1000],
  interrupts: [0, 1, 4],
  clocks: [CLOCK, CLOCK],
  'clock-names': 'uartclk\0apb_pclk',
};

export const TIMER: TestNode = {
  compatible: 'arm,armv8-timer',
  interrupts: [1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4],
};

/** As test/fixtures/dtb/linux-arm64-demo.dts has it. */
const TREE: TestNode = {
  compatible: 'jailhouse,cell',
  '#address-cells': [2],
  '#size-cells': [2],
  'interrupt-parent': [GIC],
  aliases: { serial0: '/serial@9000000' },
  chosen: { 'stdout-path': 'serial0:115200n8' },
  cpus: cpus(2, 3),
  psci: { compatible: 'arm,psci-0.2', method: 'smc' },
  timer: TIMER,
  'interrupt-controller@8000000': GIC_NODE,
  clock: { compatible: 'fixed-clock', '#clock-cells': [0], 'clock-frequency': [24000000], phandle: [CLOCK] },
  'serial@9000000': UART,
};

/** What is changed of the good cell. */
export interface Variant {
  cell?: Partial<NewCell>;
  /** By their names in {@link REGIONS}, or others; `null`: without it. */
  regions?: Readonly<Record<string, MemoryRegion | null>>;
  tree?: TestNode;
  cmdline?: string;
  system?: (system: SystemConfig) => void;
  kernel?: Uint8Array;
  /** What upstream's tool would load: the plan's tree with something else. */
  loaded?: (tree: DeviceTree) => DeviceTree;
  plan?: Partial<Plan>;
}

const files = { kernel: fileOf('Image'), config: fileOf('config'), initrd: fileOf('initrd.cpio.gz') };

/** A machine whose root cell has what the cell takes, with QEMU's GICv3 and a virtual PCI. */
function machineAround(regions: readonly MemoryRegion[]): SystemConfig {
  const { system } = makeMachine({ revision: 14, architecture: 'arm64', cpus: [1, 1, 1, 1, 1, 1, 1] });
  system.hypervisorMemory.phys_start = 0x7c000000n;
  system.pciMmconfigBase = 0x7bf00000n;
  system.pciMmconfigEndBus = 0;
  system.pciIsVirtual = 1;
  system.rootCell.memoryRegions = regions
    .filter(({ flags }) => (flags & 0x20n) === 0n)
    .map(({ phys_start, size }) => at(phys_start, size, 0x0fn));
  return system;
}

export interface Made {
  evaluation: Evaluation;
  cell: CellConfig;
  system: SystemConfig;
  kernel: Uint8Array;
}

/** Judges a variant, and plans it whatever was found. */
export async function make({ cell: change = {}, ...variant }: Variant): Promise<Made> {
  const regions = Object.values({ ...REGIONS, ...variant.regions }).filter((region) => region !== null);
  const cell = createCellConfig({
    revision: 14,
    architecture: 'arm64',
    name: 'box-demo',
    flags: PASSIVE_COMMREG,
    cpus: [2, 3],
    memoryRegions: regions,
    irqchips: [{ address: GICD, id: 0, pin_base: 32, pin_bitmap: [2, 0, 0, 0] }],
    ...change,
  });
  const system = machineAround(cell.memoryRegions);
  variant.system?.(system);
  const kernel = variant.kernel ?? files.kernel;
  const evaluation = evaluateCell(
    {
      name: 'box-demo',
      cmdline: variant.cmdline ?? 'console=ttyAMA0,115200',
      placement: 'exact',
      checks: { profile: null, require: {}, waive: [] },
    },
    {
      cell,
      system,
      kernel: await examineKernel(kernel),
      kernelConfig: files.config,
      initrd: await examineInitrd(files.initrd, files.initrd.length),
      dtb: dtbOf({ ...TREE, ...variant.tree }),
      loaderSize: null,
    },
    { profile: 'strict', today: '2026-11-30' },
  );
  const { planned } = evaluation;
  if (planned && variant.loaded) {
    planned.plan.params = encodeDtb(variant.loaded(parseDtb(planned.plan.params)));
  }
  if (planned && variant.plan) Object.assign(planned.plan, variant.plan);
  return { evaluation, cell, system, kernel };
}

const MANIFEST: Manifest = {
  name: 'box-demo',
  version: null,
  compatible: [],
  cell: 'box-demo.cell',
  kernel: { image: 'Image', config: 'config' },
  initrd: { paths: ['initrd.cpio.gz'], joined: false },
  cmdline: '',
  dtb: 'cell.dtb',
  loader: null,
  system: 'system.cell',
  layout: null,
  board: null,
  root: null,
  placement: 'exact',
  checks: { profile: null, require: {}, rules: [], waive: [] },
  bundle: { compress: 'none', kernel: true, initrd: true, loader: true, hooks: {} },
  boot: { expect: [], send: [], timeout: null },
  ready: null,
  restart: 'never',
};

/** Packs what was made, and starts the bundle in the box with the stand-in loader. */
export async function boot(
  made: Made,
  dialogue: Parameters<typeof bootBundle>[1]['dialogue'],
  timeout = 20,
): Promise<Boot> {
  const { evaluation, cell, system, kernel } = made;
  if (evaluation.planned === null) throw new Error(JSON.stringify(evaluation.diagnostics));
  const input: BundleInput = {
    manifest: MANIFEST,
    planned: evaluation.planned,
    system,
    kernel: await examineKernel(kernel),
    diagnostics: [],
    inputs: [],
    overrides: [],
    files: {
      cell: encodeCellConfig(cell),
      system: encodeSystemConfig(system),
      kernel: { in: 'bundle', source: kernel },
      initrd: { in: 'bundle', source: files.initrd },
      loader: { in: 'installed' },
      hooks: new Map(),
    },
  };
  const { entries, last } = bundleContents(input);
  const { chunks } = packBundle(entries, last, { name: 'box-demo', mtime: 0, compress: 'none' });
  return bootBundle(chunks, {
    dialogue,
    timeout,
    given: {},
    system: null,
    gdb: null,
    repro: false,
  });
}
