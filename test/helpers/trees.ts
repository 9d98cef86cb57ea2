import { concatBytes } from '../../src/base/bytes.ts';
import { encodeDtb } from '../../src/formats/dtb/encode.ts';
import type { DeviceTree, DtbNode, DtbProperty } from '../../src/formats/dtb/types.ts';

/** A text, cells, or bytes; `true` is an empty property. */
type TestValue = string | readonly number[] | Uint8Array | true;

/** A node: properties, and children as objects. */
export interface TestNode {
  [name: string]: TestValue | TestNode;
}

function bytesOf(value: TestValue): Uint8Array {
  if (value === true) return new Uint8Array();
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return Buffer.from(`${value}\0`);
  const out = Buffer.alloc(value.length * 4);
  value.forEach((cell, index) => out.writeUInt32BE(cell, index * 4));
  return new Uint8Array(out);
}

const isValue = (value: TestValue | TestNode): value is TestValue =>
  typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array;

/** A tree as dtc would make it: each name once in the strings. */
export function treeOf(root: TestNode): DeviceTree {
  const names: string[] = [];
  const offsets = new Map<string, number>();
  let size = 0;
  const offsetOf = (name: string): number => {
    let offset = offsets.get(name);
    if (offset === undefined) {
      offset = size;
      offsets.set(name, offset);
      names.push(name);
      size += name.length + 1;
    }
    return offset;
  };
  const build = (name: string, content: TestNode): DtbNode => {
    const properties: DtbProperty[] = [];
    const children: DtbNode[] = [];
    for (const [key, value] of Object.entries(content)) {
      if (isValue(value)) properties.push({ name: key, nameOffset: offsetOf(key), value: bytesOf(value) });
      else children.push(build(key, value));
    }
    return { name, properties, children };
  };
  return {
    version: 17,
    lastCompatibleVersion: 16,
    bootCpu: 0,
    reservations: [],
    root: build('', root),
    strings: concatBytes(names.map((name) => Buffer.from(`${name}\0`))),
  };
}

export const dtbOf = (root: TestNode): Uint8Array => encodeDtb(treeOf(root));

/** What a tree says, for comparison: names, values as hex, order. */
export const meaningOf = ({ name, properties, children }: DtbNode): unknown => ({
  name,
  properties: properties.map((each) => [each.name, Buffer.from(each.value).toString('hex')]),
  children: children.map(meaningOf),
});

/** A property of several texts. */
export const texts = (...each: string[]): Uint8Array => Buffer.from(each.map((text) => `${text}\0`).join(''));

const cpu = (reg: number): TestNode => ({
  device_type: 'cpu',
  compatible: 'arm,cortex-a53',
  reg: [reg],
  'enable-method': 'psci',
});

/** The cell of the arm tests: CPUs 2 and 3, a PL011 at 0x9000000 with SPI 1, a GICv2. */
export const BOARD: TestNode = {
  '#address-cells': [2],
  '#size-cells': [2],
  compatible: 'acme,board',
  'interrupt-parent': [1],
  aliases: { serial0: '/soc/serial@9000000' },
  chosen: { 'stdout-path': 'serial0:115200n8' },
  cpus: { '#address-cells': [1], '#size-cells': [0], 'cpu@2': cpu(2), 'cpu@3': cpu(3) },
  psci: { compatible: 'arm,psci-0.2', method: 'smc' },
  timer: { compatible: 'arm,armv8-timer', interrupts: [1, 13, 8, 1, 14, 8, 1, 11, 8, 1, 10, 8] },
  'interrupt-controller@8000000': {
    compatible: 'arm,gic-400',
    '#interrupt-cells': [3],
    '#address-cells': [0],
    'interrupt-controller': true,
    phandle: [1],
    reg: [0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000],
  },
  clock: { compatible: 'fixed-clock', '#clock-cells': [0], 'clock-frequency': [24_000_000], phandle: [2] },
  soc: {
    compatible: 'simple-bus',
    '#address-cells': [1],
    '#size-cells': [1],
    ranges: [0, 0, 0, 0x10000000],
    'serial@9000000': {
      compatible: texts('arm,pl011', 'arm,primecell'),
      reg: [0x9000000, 0x1000],
      interrupts: [0, 1, 4],
      clocks: [2, 2],
      'clock-names': texts('uartclk', 'apb_pclk'),
    },
  },
};
