import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkMachine } from '../../src/checks/cell/check.ts';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { cpusOf, pinsOf } from '../../src/formats/cell/resources.ts';
import type { SystemConfig } from '../../src/formats/cell/types.ts';
import { generateCells } from '../../src/machine/generate-all.ts';
import type { Generation } from '../../src/machine/generate.ts';
import type { CellWish } from '../../src/machine/request.ts';
import type { LinkKind } from '../../src/manifest/wish/schema.ts';
import { asks, boardSystem, machineState, request } from '../helpers/board.ts';
import { oneIn } from '../helpers/runs.ts';

const MIB = 1n << 20n;
const link = (to: string, kind: LinkKind = 'net', size: bigint | null = null) => ({
  to,
  kind,
  size,
  bdf: null,
});

const small = (name: string, change: Parameters<typeof request>[0] = {}): CellWish =>
  request({ cpus: { count: 1 }, memory: { size: 16n * MIB, at: null }, console: null, ...change }, name);

const cellsOf = (made: readonly Generation[]) => made.flatMap(({ generated }) => generated?.cell ?? []);

describe('cells that are planned one after another', () => {
  test('keep their bytes when another one is appended', () => {
    const two = generateCells([small('a', { links: [link('root')] }), small('b')], machineState());
    const three = generateCells(
      [small('a', { links: [link('root')] }), small('b'), small('c', { links: [link('root', 'custom')] })],
      machineState(),
    );
    expect(cellsOf(three).slice(0, 2).map(encodeCellConfig)).toEqual(cellsOf(two).map(encodeCellConfig));
    expect(checkMachine(three.at(-1)!.generated!.system, cellsOf(three))).toEqual([]);
  });

  test.each(['net', 'block', 'custom'] as const)('have a %s link that one of them declares', (kind) => {
    const made = generateCells([small('a', { links: [link('b', kind)] }), small('b')], machineState());
    expect(made.flatMap(asks)).toEqual([]);
    const [a, b] = cellsOf(made);
    expect(a!.pciDevices[0]!.bdf).toBe(b!.pciDevices[0]!.bdf);
    expect(checkMachine(made.at(-1)!.generated!.system, [a!, b!])).toEqual([]);
  });

  test('may both declare it, if they agree', () => {
    const agreed = generateCells(
      [small('a', { links: [link('b')] }), small('b', { links: [link('a')] })],
      machineState(),
    );
    expect(cellsOf(agreed).map(({ pciDevices }) => pciDevices.length)).toEqual([1, 1]);
    const torn = generateCells(
      [small('a', { links: [link('b', 'net')] }), small('b', { links: [link('a', 'block')] })],
      machineState(),
    );
    expect(torn.flatMap(asks)).toEqual(['machine/link links.0', 'machine/link links.0']);
  });

  test('keep the links to two others apart, in whatever order these are planned', () => {
    const made = generateCells(
      [small('a', { links: [link('b', 'net', MIB), link('c', 'net', 2n * MIB)] }), small('c'), small('b')],
      machineState(),
    );
    expect(made.flatMap(asks)).toEqual([]);
    const [a, c, b] = cellsOf(made);
    expect(b!.pciDevices[0]!.bdf).toBe(a!.pciDevices[0]!.bdf);
    expect(c!.pciDevices[0]!.bdf).toBe(a!.pciDevices[1]!.bdf);
    expect(checkMachine(made.at(-1)!.generated!.system, [a!, c!, b!])).toEqual([]);
  });

  test('have as many links as one of them declares', () => {
    const made = generateCells(
      [small('a', { links: [link('b'), link('b')] }), small('b', { links: [link('a')] })],
      machineState(),
    );
    expect(made.flatMap(asks)).toEqual([]);
    expect(cellsOf(made).map(({ pciDevices }) => pciDevices.length)).toEqual([2, 2]);
  });

  test('make a new link where the root’s is not as large as wished for', () => {
    const sizeOf = (size: bigint | null): bigint => {
      const [made] = generateCells([small('a', { links: [link('root', 'net', size)] })], machineState());
      const { cell } = made!.generated!;
      return cell.memoryRegions[cell.pciDevices[0]!.shmem_regions_start! + 2]!.size;
    };
    expect([sizeOf(null), sizeOf(MIB), sizeOf(2n * MIB)]).toEqual([0x7f000n, 0x7f000n, 0xff000n]);
  });

  test('name only cells that are there', () => {
    const made = generateCells([small('a', { links: [link('rtos')] })], machineState());
    expect(made.flatMap(asks)).toEqual(['machine/link links.0']);
  });
});

const wishes = fc.array(
  fc.record({
    cpus: fc.integer({ min: 1, max: 3 }),
    memory: fc.integer({ min: 1, max: 400 }),
    pinned: fc.option(fc.integer({ min: 0, max: 700 }), { nil: null, freq: 4 }),
    console: fc.constantFrom(null, 'serial0', 'serial1', 'serial2', 'serial3', '0x9000000'),
    devices: fc.subarray(['ethernet0', '0x9060000']),
    links: fc.array(fc.constantFrom<LinkKind>('net', 'custom', 'block'), { maxLength: 3 }),
    base: fc.option(fc.integer({ min: 0, max: 140 }), { nil: null, freq: 4 }),
  }),
  { minLength: 1, maxLength: 4 },
);

/** RAM of the root cell in up to four pieces, some of which only it may execute in. */
const roots = fc.tuple(
  fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }),
  fc.boolean(),
);

function rootOf([pieces, isDoubtful]: [number[], boolean]): SystemConfig {
  const system = boardSystem();
  const rest = system.rootCell.memoryRegions.filter(({ size }) => size < 0x10000000n);
  let next = 0x40000000n;
  const ram = pieces.map((mib, index) => {
    const start = next;
    next += BigInt(mib) * MIB + (index % 2 === 0 ? 0n : MIB);
    const flags = isDoubtful && index === 0 ? 3n : 0x4fn;
    return { phys_start: start, virt_start: start, size: BigInt(mib) * MIB, flags };
  });
  const limit = 0x7fb00000n;
  system.rootCell.memoryRegions = [
    ...rest,
    ...ram.filter(({ phys_start, size }) => phys_start + size <= limit),
  ];
  return system;
}

type Drawn = typeof wishes extends fc.Arbitrary<infer T> ? T : never;

const requestsOf = (drawn: Drawn): CellWish[] =>
  drawn.map((each, index) =>
    request(
      {
        cpus: { count: each.cpus },
        memory: {
          size: BigInt(each.memory) * MIB,
          at: each.pinned === null ? null : 0x40000000n + BigInt(each.pinned) * MIB,
        },
        console: each.console,
        clockRate: 24000000,
        devices: each.devices.map((node) => ({ node, clocks: {}, interrupts: null })),
        links: each.links.map((kind) => link('root', kind)),
        vpciIrqBase: each.base,
      },
      `cell-${index}`,
    ),
  );

describe('whatever is wished for', () => {
  test('a cell passes all checks of its machine, or is refused at a line', () => {
    fc.assert(
      fc.property(wishes, roots, (drawn, root) => {
        const system = rootOf(root);
        const before = new Set(checkMachine(system, []).map(({ message }) => message));
        const made = generateCells(requestsOf(drawn), machineState({}, system));
        const cells = cellsOf(made);
        for (const { generated, diagnostics } of made) {
          const errors = diagnostics.filter(({ severity }) => severity === 'error');
          expect(errors.length > 0).toBe(generated === null);
          for (const { path, fix } of errors) {
            expect(path?.slice(0, 2)).toEqual(['cell', 'generate']);
            expect(fix).toBeTruthy();
          }
        }
        const last = made.findLast(({ generated }) => generated !== null)?.generated;
        const found = checkMachine(last?.system ?? system, cells).filter(
          ({ message, severity }) => severity === 'error' && !before.has(message),
        );
        expect(found).toEqual([]);
      }),
      { numRuns: oneIn(5) },
    );
  });

  test('nobody gets the root’s CPU, nor an interrupt of its virtual PCI host', () => {
    fc.assert(
      fc.property(wishes, (drawn) => {
        const cells = cellsOf(generateCells(requestsOf(drawn), machineState()));
        const cpus = cells.flatMap(cpusOf);
        expect(cpus).not.toContain(0);
        expect(new Set(cpus).size).toBe(cpus.length);
        const pins = cells.flatMap(({ irqchips }) => irqchips.flatMap(pinsOf));
        expect(new Set(pins).size).toBe(pins.length);
        for (const pin of [80, 81, 82, 83]) expect(pins).not.toContain(pin);
        const hosts = cells.filter(({ pciDevices }) => pciDevices.length > 0);
        const bases = hosts.map(({ header }) => header.vpci_irq_base).toSorted((a, b) => a - b);
        for (const [index, base] of bases.entries()) {
          if (index > 0) expect(base - bases[index - 1]!).toBeGreaterThanOrEqual(4);
        }
      }),
      { numRuns: oneIn(5) },
    );
  });

  test('what fits is granted', () => {
    let granted = 0;
    const count = oneIn(5);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 755 }), (cpus, mib) => {
        const [made] = generateCells(
          [small('a', { cpus: { count: cpus }, memory: { size: BigInt(mib) * MIB, at: null } })],
          machineState(),
        );
        if (made!.generated !== null) granted++;
      }),
      { numRuns: count },
    );
    expect(granted).toBeGreaterThanOrEqual(count * 0.95);
  });
});
