import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkCell } from '../../../src/checks/cell/check.ts';
import type { MemoryRegion } from '../../../src/formats/cell/records.ts';
import type { CellConfig, SystemConfig } from '../../../src/formats/cell/types.ts';
import { supportOf } from '../../../src/placement/architectures.ts';
import { arm64Request, armCell, commRegion, loaderRegion, MIB } from '../../helpers/arm-request.ts';
import { ivshmem } from '../../helpers/console-cells.ts';
import { at, makeMachine } from '../../helpers/machine.ts';
import { oneIn } from '../../helpers/runs.ts';
import { dtbOf, texts, type TestNode } from '../../helpers/trees.ts';

// Any cell that fits its machine and its device tree has no error; each single change of it has the one that it must.

const GICD = 0x8000000;
const GICR = 0x80a0000;
const ECAM = 0x8e00000;
const IO = 0x13n;
const UARTS = {
  ttyAMA: { compatible: texts('arm,pl011', 'arm,primecell'), names: texts('uartclk', 'apb_pclk') },
  ttymxc: { compatible: 'fsl,imx8mm-uart', names: texts('ipg', 'per') },
  ttyS: { compatible: 'ns16550a', names: texts('baudclk', 'apb') },
} as const;

interface Shape {
  cpus: number[];
  gic: 2 | 3;
  tty: keyof typeof UARTS;
  /** By an alias. */
  line: number;
  uart: number;
  spi: number;
  /** MiB. */
  ram: number;
  ramAt: number;
  links: number;
  vpciBase: number;
}

const SHAPES: fc.Arbitrary<Shape> = fc.record({
  cpus: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }),
  gic: fc.constantFrom(2 as const, 3 as const),
  tty: fc.constantFrom('ttyAMA' as const, 'ttymxc' as const, 'ttyS' as const),
  line: fc.integer({ min: 0, max: 5 }),
  uart: fc.integer({ min: 0, max: 200 }).map((page) => 0x9000000 + page * 0x1000),
  spi: fc.integer({ min: 0, max: 90 }),
  ram: fc.integer({ min: 64, max: 512 }),
  ramAt: fc.integer({ min: 0, max: 100 }).map((unit) => 0xa0000000 + unit * 0x200000),
  links: fc.integer({ min: 0, max: 3 }),
  vpciBase: fc.integer({ min: 92, max: 120 }),
});

/** What a test may change before the files are made. */
interface Made {
  cell: CellConfig;
  system: SystemConfig;
  nodes: Record<string, TestNode>;
  root: TestNode;
  uart: MemoryRegion;
  ram: MemoryRegion;
  cmdline: string;
}

const pair = (value: number): number[] => [0, value];

function make(shape: Shape): Made {
  const { gic, tty, line, spi, links, vpciBase } = shape;
  const cpus = shape.cpus.toSorted((a, b) => a - b);
  const uart = at(BigInt(shape.uart), 0x1000n, IO);
  const ram = at(BigInt(shape.ramAt), BigInt(shape.ram) * MIB, 0x4fn);
  const loader = { ...loaderRegion, phys_start: 0x9fff0000n };
  const pins = [spi, ...Array.from({ length: links }, (_, index) => vpciBase + index)];
  const bitmap = [0, 0, 0, 0];
  for (const pin of pins) bitmap[pin >> 5] = (bitmap[pin >> 5]! | (1 << (pin & 31))) >>> 0;
  const cell = armCell({
    cpus,
    memoryRegions: [loader, uart, ram, { ...commRegion, phys_start: 0n }],
    irqchips: [{ address: BigInt(GICD), id: 0, pin_base: 32, pin_bitmap: bitmap }],
    pciDevices: Array.from({ length: links }, (_, index) => ({
      ...ivshmem(1),
      bdf: index << 3,
      shmem_regions_start: 4,
      shmem_peers: 2,
    })),
  });
  cell.memoryRegions.push(
    ...[1n, 3n, 3n, 1n].map((flags, index) =>
      at(0x90000000n + BigInt(index) * 0x1000n, 0x1000n, flags | 0x80n),
    ),
  );
  cell.header.vpci_irq_base = vpciBase;
  const { system } = makeMachine({ revision: 14, architecture: 'arm64', cpus: [7] });
  system.hypervisorMemory.phys_start = 0x200000000n;
  system.rootCell.memoryRegions = [at(0x9000000n, 0x1000000n, IO), at(0x80000000n, 0x80000000n, 0x4fn)];
  Object.assign(system.platform.fields, {
    gic_version: gic,
    gicd_base: BigInt(GICD),
    gicr_base: BigInt(GICR),
  });
  Object.assign(system, { pciMmconfigBase: BigInt(ECAM), pciMmconfigEndBus: 0, pciIsVirtual: 1 });
  const gicNode: TestNode = {
    compatible: gic === 3 ? 'arm,gic-v3' : 'arm,gic-400',
    '#interrupt-cells': [3],
    '#address-cells': [0],
    'interrupt-controller': true,
    phandle: [1],
    reg: [...pair(GICD), ...pair(0x10000), ...pair(GICR), ...pair(0x100000)],
  };
  const serial: TestNode = {
    compatible: UARTS[tty].compatible,
    reg: [...pair(shape.uart), ...pair(0x1000)],
    interrupts: [0, spi, 4],
    clocks: [2, 2],
    'clock-names': UARTS[tty].names,
  };
  const host: TestNode = {
    compatible: 'pci-host-ecam-generic',
    device_type: 'pci',
    '#address-cells': [3],
    '#size-cells': [2],
    '#interrupt-cells': [1],
    'bus-range': [0, 0],
    reg: [...pair(ECAM), ...pair(0x100000)],
    'interrupt-map-mask': [0, 0, 0, 7],
    'interrupt-map': [0, 1, 2, 3].flatMap((pin) => [0, 0, 0, pin + 1, 1, 0, vpciBase + pin, 1]),
  };
  const nodes: Record<string, TestNode> = {
    cpus: {
      '#address-cells': [1],
      '#size-cells': [0],
      ...Object.fromEntries(
        cpus.map((cpu) => [
          `cpu@${cpu}`,
          { device_type: 'cpu', compatible: 'arm,cortex-a53', reg: [cpu], 'enable-method': 'psci' },
        ]),
      ),
    },
    psci: { compatible: 'arm,psci-0.2', method: 'smc' },
    timer: { compatible: 'arm,armv8-timer', interrupts: [1, 13, 8, 1, 14, 8, 1, 11, 8, 1, 10, 8] },
    clock: { compatible: 'fixed-clock', '#clock-cells': [0], 'clock-frequency': [24e6], phandle: [2] },
    gic: gicNode,
    serial,
    ...(links > 0 ? { pci: host } : {}),
  };
  const root: TestNode = {
    '#address-cells': [2],
    '#size-cells': [2],
    'interrupt-parent': [1],
    aliases: { [`serial${line}`]: '/serial' },
  };
  const [, ownUart, ownRam] = cell.memoryRegions as [MemoryRegion, MemoryRegion, MemoryRegion];
  return { cell, system, nodes, root, uart: ownUart, ram: ownRam, cmdline: `console=${tty}${line},115200` };
}

/** All that is found, `error dtb/psci`. */
function findings({ cell, system, nodes, root, cmdline }: Made): string[] {
  const dtb = dtbOf({ ...root, ...nodes });
  const { diagnostics } = supportOf('arm64').plan(
    arm64Request({ cell, system, dtb, cmdline, initrdSize: null }),
  );
  return [...checkCell(system, cell), ...diagnostics].map(({ severity, code }) => `${severity} ${code}`);
}

const isBad = (finding: string): boolean => finding.startsWith('error');

test('no error is found in a cell that fits', () => {
  fc.assert(
    fc.property(SHAPES, (shape) => {
      expect(findings(make(shape)).filter(isBad)).toEqual([]);
    }),
    { numRuns: oneIn(4) },
  );
});

interface Change {
  /** What must be found. */
  code: string;
  /** Which cells it can be made on; any if it does not say. */
  needs?: (shape: Shape) => boolean;
  change(made: Made, shape: Shape): void;
}

const CHANGES: Record<string, Change> = {
  'no PASSIVE_COMMREG': {
    code: 'cell/passive-commreg',
    change: ({ cell }) => void (cell.header.flags = 0),
  },
  'a RAM size of half a page': {
    code: 'cell/alignment',
    change: ({ ram }) => void (ram.size -= 0x800n),
  },
  'a read-only UART': { code: 'dtb/console', change: ({ uart }) => void (uart.flags &= ~2n) },
  'no region of the UART': {
    code: 'dtb/console',
    change: ({ uart }) => void Object.assign(uart, { phys_start: 0x9f00000n, virt_start: 0x9f00000n }),
  },
  'PSCI by hvc': {
    code: 'dtb/psci',
    change: ({ nodes }) => void (nodes['psci']!['method'] = 'hvc'),
  },
  'no node of the boot CPU': {
    code: 'dtb/cpus',
    needs: ({ cpus }) => cpus.length > 1,
    change: ({ nodes }, { cpus }) => void delete nodes['cpus']![`cpu@${Math.min(...cpus)}`],
  },
  'a GIC of another version': {
    code: 'dtb/gic',
    change: ({ nodes }, { gic }) =>
      void (nodes['gic']!['compatible'] = gic === 3 ? 'arm,gic-400' : 'arm,gic-v3'),
  },
  'redistributors elsewhere': {
    code: 'dtb/gic',
    needs: ({ gic }) => gic === 3,
    change: ({ nodes }) => {
      nodes['gic']!['reg'] = [...pair(GICD), ...pair(0x10000), ...pair(GICR + 0x10000), ...pair(0x100000)];
    },
  },
  'a window of PCI elsewhere': {
    code: 'dtb/vpci',
    needs: ({ links }) => links > 0,
    change: ({ nodes }) => void (nodes['pci']!['reg'] = [...pair(ECAM + 0x100000), ...pair(0x100000)]),
  },
  'no timer': { code: 'dtb/timer', change: ({ nodes }) => void delete nodes['timer'] },
  'no interrupt-parent': {
    code: 'dtb/interrupts',
    change: ({ root }) => void delete root['interrupt-parent'],
  },
  'an interrupt of the console that is not owned': {
    code: 'dtb/interrupts',
    change: ({ nodes }, { spi }) => void (nodes['serial']!['interrupts'] = [0, spi + 1, 4]),
  },
  'no clocks': {
    code: 'dtb/console',
    change: ({ nodes }) => void delete nodes['serial']!['clocks'],
  },
  'another number of the console': {
    code: 'dtb/console',
    change: (made, { tty, line }) => void (made.cmdline = `console=${tty}${line + 1}`),
  },
  'an AMBA device that the cell lacks': {
    code: 'dtb/registers',
    change: ({ nodes }) => {
      nodes['rtc'] = {
        compatible: texts('arm,pl031', 'arm,primecell'),
        reg: [...pair(0xb000000), ...pair(0x1000)],
      };
    },
  },
  'no comm region': {
    code: 'placement/comm-region',
    change: ({ cell }) => void cell.memoryRegions.splice(3, 1, at(0x70000000n, 0n, 0n)),
  },
  'a pin of a link that is not owned': {
    code: 'cell/vpci-pin',
    needs: ({ links }) => links > 0,
    change: ({ cell }, { vpciBase }) => {
      cell.irqchips[0]!.pin_bitmap[vpciBase >> 5]! &= ~(1 << (vpciBase & 31));
      cell.irqchips[0]!.pin_bitmap[vpciBase >> 5]! >>>= 0;
    },
  },
  'RAM over the shared memory': {
    code: 'cell/memory-alias',
    needs: ({ links }) => links > 0,
    change: ({ ram }) => void (ram.phys_start = 0x90000000n),
  },
  'a physical PCI device': {
    code: 'cell/pci-physical',
    change: ({ cell }) => void cell.pciDevices.push({ ...ivshmem(0), type: 1, bdf: 0x100 }),
  },
};

describe('one change is found:', () => {
  test.each(Object.keys(CHANGES))('%s', (name) => {
    const { code, needs = () => true, change } = CHANGES[name]!;
    fc.assert(
      fc.property(SHAPES.filter(needs), (shape) => {
        const made = make(shape);
        change(made, shape);
        const found = [...new Set(findings(made).filter(isBad))];
        expect(found).toContain(`error ${code}`);
        // One fault is one error, whatever the cell is.
        expect(found).toEqual([`error ${code}`]);
      }),
      { numRuns: oneIn(20) },
    );
  });
});
