import { describe, expect, test } from 'vitest';
import { parseDtb } from '../../../src/formats/dtb/parse.ts';
import { numberedUarts } from '../../../src/formats/dtb/uarts.ts';
import { supportOf } from '../../../src/placement/architectures.ts';
import { arm64Request } from '../../helpers/arm-request.ts';
import { quickly } from '../../helpers/cpu-time.ts';
import { BOARD, dtbOf, type TestNode } from '../../helpers/trees.ts';

const MANY = 20_000;
const NODES = 2_000;

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const soc = BOARD['soc'] as TestNode;
/** The board with this in its `soc`, or with another node. */
const inSoc = (change: TestNode): TestNode => ({ ...BOARD, soc: { ...soc, ...change } });
const bus = (more: TestNode): TestNode => ({
  compatible: 'simple-bus',
  '#address-cells': [1],
  '#size-cells': [1],
  ...more,
});

/** Those of `busAt`, in pages from here on. */
const registers = (): number[] => numbers(MANY).flatMap((index) => [index * 16, 16]);

const TREES: readonly [what: string, tree: TestNode][] = [
  [
    'windows of a bus, and registers in them',
    inSoc({
      bus: bus({
        ranges: numbers(MANY).flatMap((index) => [index * 16, 0x9100000 + index * 16, 16]),
        'device@0': { compatible: 'acme,device', reg: registers() },
      }),
    }),
  ],
  [
    'windows that hold each other',
    inSoc({
      bus: bus({
        ranges: numbers(MANY)
          .flatMap((index) => [index, index, 0xfff00000 - 2 * index])
          .toReversed(),
        'device@0': { compatible: 'acme,device', reg: registers() },
      }),
    }),
  ],
  [
    'entries of interrupt-map, and interrupts that go through it',
    inSoc({
      router: {
        '#address-cells': [0],
        '#interrupt-cells': [1],
        phandle: [7],
        'interrupt-map': numbers(MANY).flatMap((index) => [index, 1, 0, 1, 4]),
      },
      'device@0': {
        compatible: 'acme,device',
        'interrupt-parent': [7],
        interrupts: numbers(MANY).toReversed(),
      },
    }),
  ],
  [
    'devices of which each has an interrupt through a map',
    inSoc({
      router: {
        '#address-cells': [0],
        '#interrupt-cells': [1],
        phandle: [7],
        'interrupt-map': numbers(MANY).flatMap((index) => [index, 1, 0, 1, 4]),
      },
      ...Object.fromEntries(
        numbers(NODES).map((index) => [`d${index}`, { 'interrupt-parent': [7], interrupts: [index] }]),
      ),
    }),
  ],
  [
    'devices with interrupts of nobody',
    inSoc(
      Object.fromEntries(
        numbers(NODES).map((index) => [
          `d${index}`,
          { compatible: 'a', 'interrupt-parent': [99], interrupts: [1] },
        ]),
      ),
    ),
  ],
  [
    'devices outside of the cell',
    inSoc(
      Object.fromEntries(
        numbers(NODES).map((index) => [
          `d@${index.toString(16)}`,
          { compatible: 'arm,primecell', reg: [index * 64, 64], interrupts: [0, 9, 4] },
        ]),
      ),
    ),
  ],
  [
    'UARTs',
    inSoc(
      Object.fromEntries(
        numbers(NODES).map((index) => [
          `serial@${index.toString(16)}`,
          { compatible: 'arm,pl011', reg: [index * 64, 64], interrupts: [0, 9, 4] },
        ]),
      ),
    ),
  ],
];

describe('a device tree with more than any board has is planned and checked soon', () => {
  test.each(TREES)('%s', (_, tree) => {
    const request = arm64Request({ dtb: dtbOf(tree), cmdline: 'console=ttyS7 console=ttyAMA99999' });
    quickly(3000, () => supportOf('arm64').plan(request).diagnostics);
    expect(quickly(1000, () => numberedUarts(parseDtb(request.dtb!)).length)).toBeGreaterThan(0);
  });
});
