import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../src/base/diagnostic.ts';
import type { MemoryRegion } from '../../../src/formats/cell/records.ts';
import { parseKernelConfig } from '../../../src/formats/kernel/kconfig.ts';
import { supportOf } from '../../../src/placement/architectures.ts';
import type { PlanRequest } from '../../../src/placement/request.ts';
import {
  arm64Request,
  armCell,
  armRegion,
  commRegion,
  loaderRegion,
  ramRegion,
  uartRegion,
} from '../../helpers/arm-request.ts';
import { BOARD, dtbOf, texts, type TestNode } from '../../helpers/trees.ts';

const IO = 0x13n;
const soc = BOARD.soc as TestNode;

const withNodes = (nodes: TestNode): Uint8Array => dtbOf({ ...BOARD, soc: { ...soc, ...nodes } });

const withRegions = (...more: MemoryRegion[]) =>
  armCell({ memoryRegions: [loaderRegion, uartRegion, ramRegion, commRegion, ...more] });

const found = (change: Partial<PlanRequest>): Diagnostic[] =>
  supportOf('arm64').plan(arm64Request(change)).diagnostics;

const config = (...symbols: string[]) =>
  parseKernelConfig(
    Buffer.from(
      `# Linux/arm64 6.1.0 Kernel Configuration\nCONFIG_ARM64=y\n${symbols.map((each) => `CONFIG_${each}\n`).join('')}`,
    ),
  );

const RTC: TestNode = { compatible: texts('arm,pl031', 'arm,primecell'), reg: [0x9010000, 0x1000] };
const IMX: TestNode = { compatible: 'fsl,imx8mm-uart', reg: [0x9020000, 0x1000] };

describe('registers that the cell does not have (field problem 48)', () => {
  test('AMBA peripherals are read whatever the kernel is', () => {
    const told = found({ dtb: withNodes({ 'rtc@9010000': RTC }) });
    expect(told).toMatchObject([{ code: 'dtb/registers', severity: 'error', path: ['dtb'] }]);
    expect(told[0]!.message).toContain('/soc/rtc@9010000 at 0x9010000..0x9011000');
    expect(told[0]!.symptom).toContain('Unhandled data read at 0x9010fe0');
  });

  test('they are the cell’s where it has them, or they are switched off', () => {
    const cell = withRegions(armRegion(0x9010000n, 0x1000n, IO));
    expect(found({ dtb: withNodes({ 'rtc@9010000': RTC }), cell })).toEqual([]);
    expect(found({ dtb: withNodes({ 'rtc@9010000': { ...RTC, status: 'disabled' } }) })).toEqual([]);
  });

  test('a part of one is enough for others, but AMBA needs its last bytes', () => {
    const cell = withRegions(armRegion(0x9010000n, 0x100n, IO), armRegion(0x9020000n, 0x100n, IO));
    expect(found({ dtb: withNodes({ a: RTC }), cell })).toMatchObject([
      { code: 'dtb/registers', severity: 'error' },
    ]);
    const known = { ...RTC, 'arm,primecell-periphid': [0x41031] };
    expect(found({ dtb: withNodes({ a: known, b: IMX }), cell })).toEqual([]);
  });

  test('a UART is touched by a driver that is built in', () => {
    const severity = (...symbols: string[]): string[] =>
      found({ dtb: withNodes({ b: IMX }), config: config(...symbols) }).map((each) => each.severity);
    expect(severity('SERIAL_IMX=y')).toEqual(['error']);
    expect(severity('SERIAL_IMX=m')).toEqual(['warning']);
    expect(severity()).toEqual(['warning']);
    expect(found({ dtb: withNodes({ b: IMX }) })).toMatchObject([{ severity: 'warning' }]);
  });

  test('many are one finding, with the list behind it', () => {
    const device = (index: number): TestNode => ({
      compatible: 'acme,device',
      reg: [0xa000000 + index * 0x1000, 0x1000],
    });
    const nodes = Object.fromEntries([0, 1, 2, 3, 4].map((index) => [`dev@${index}`, device(index)]));
    const told = found({ dtb: withNodes(nodes) });
    expect(told).toMatchObject([{ code: 'dtb/registers', severity: 'warning' }]);
    expect(told[0]!.message).toContain('and 2 more are switched on');
    expect(told[0]!.detail!.split('\n')).toHaveLength(5);
  });

  test('what has no addresses of the CPU is left alone', () => {
    const i2c: TestNode = {
      '#address-cells': [1],
      '#size-cells': [0],
      'chip@50': { compatible: 'acme,eeprom', reg: [0x50] },
    };
    const reserved = {
      '#address-cells': [2],
      '#size-cells': [2],
      ranges: true,
      'pool@0': { compatible: 'shared-dma-pool', reg: [0, 0xa0000000, 0, 0x1000] },
    } as const;
    expect(found({ dtb: dtbOf({ ...BOARD, i2c, 'reserved-memory': { ...reserved } }) })).toEqual([]);
  });

  test('a bus address where the cell has the CPU’s, and the other way round', () => {
    const bus = { ...soc, ranges: [0x7e000000, 0, 0xfe000000, 0x1800000, 0x9000000, 0, 0x9000000, 0x1000] };
    const node: TestNode = { compatible: 'acme,uart', reg: [0x7e201600, 0x200] };
    const moved = dtbOf({ ...BOARD, soc: { ...bus, dev: node } });
    const byBus = withRegions(armRegion(0x7e201600n, 0x200n, IO));
    expect(found({ dtb: moved, cell: byBus })[0]!.fix).toContain('give it 0xfe201600, the CPU');
    expect(found({ dtb: moved, cell: withRegions(armRegion(0xfe201600n, 0x200n, IO)) })).toEqual([]);
    const flat = dtbOf({ ...BOARD, dev: { compatible: 'acme,uart', reg: [0, 0x7e201600, 0, 0x200] } });
    const byCpu = withRegions(armRegion(0xfe201600n, 0x200n, IO));
    expect(found({ dtb: flat, cell: byCpu })[0]!.fix).toContain('the cell has 0xfe201600');
  });

  test('reg that does not divide by the cells of its bus', () => {
    const told = found({
      dtb: dtbOf({
        ...BOARD,
        dev: { compatible: 'acme,uart', reg: [0x7e201600, 0x200], interrupts: [0, 121, 4] },
      }),
    });
    // Its interrupt is not the cell's either, which is a fault of its own.
    expect(told).toMatchObject([
      { code: 'dtb/registers', severity: 'warning', actual: '2 cells' },
      { code: 'dtb/interrupts', severity: 'warning' },
    ]);
    expect(told[0]!.message).toContain('2 + 2');
  });

  test('where reg cannot be read, the name says where the device is', () => {
    const bus: TestNode = {
      compatible: 'simple-bus',
      '#address-cells': [2],
      '#size-cells': [1],
      ranges: [0, 0x7e000000, 0, 0xfe000000, 0x1800000],
      'gpio@7e200000': { compatible: 'acme,gpio', reg: [0x7e200000, 0xff] },
      'serial@7e201600': { compatible: 'acme,uart', reg: [0x7e201600, 0x200] },
    };
    const dtb = dtbOf({ ...BOARD, bus });
    const told = found({ dtb, cell: withRegions(armRegion(0xfe201600n, 0x200n, IO)) });
    expect(told).toMatchObject([
      { code: 'dtb/registers', severity: 'warning', actual: '2 cells' },
      { code: 'dtb/registers', severity: 'warning', actual: '0xfe200000, as the CPU sees it' },
    ]);
    expect(told[1]!.message).toBe(
      '/bus/gpio@7e200000 is called after an address that is in no memory region of the cell',
    );
    const byBus = found({ dtb, cell: withRegions(armRegion(0x7e200000n, 0x2000n, IO)) });
    expect(byBus[1]).toMatchObject({ fix: expect.stringContaining('give it 0xfe200000, the CPU') as string });
    const whole = withRegions(armRegion(0xfe200000n, 0x2000n, IO));
    expect(found({ dtb, cell: whole }).map(({ actual }) => actual)).toEqual(['2 cells']);
  });

  test('the console’s UART has its own finding', () => {
    const cell = armCell({ memoryRegions: [loaderRegion, ramRegion, commRegion], irqchips: [] });
    expect(found({ cell }).map(({ code }) => code)).toEqual(['dtb/console']);
  });
});
