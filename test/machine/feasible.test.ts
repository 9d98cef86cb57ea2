import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CellConfig, SystemConfig } from '../../src/formats/cell/types.ts';
import { generateCell } from '../../src/machine/generate.ts';
import { withCell } from '../../src/machine/with-cell.ts';
import type { LinkKind } from '../../src/manifest/wish/schema.ts';
import { boardSystem, machineState, request } from '../helpers/board.ts';
import { at } from '../helpers/machine.ts';
import { oneIn } from '../helpers/runs.ts';

// Whether a wish can be granted, found out by trying all places on a map of the RAM: nothing of src/machine.

const GRAIN = 0x10000;
const BASE = 0x40000000;
/** Up to the link that the root cell has. */
const GRAINS = (0x7fb00000 - BASE) / GRAIN;
const BIG = (2 << 20) / GRAIN;
const LINK = (1 << 20) / GRAIN;
/** What the board's tree reserves. */
const FIRMWARE = { start: (0x50000000 - BASE) / GRAIN, count: (1 << 20) / GRAIN };

/** One byte a grain: 1 is free. */
type RamMap = Uint8Array;

const grainOf = (address: bigint): number => (Number(address) - BASE) / GRAIN;

function fill(map: RamMap, start: number, count: number, value: 0 | 1): void {
  map.fill(value, Math.max(0, Math.floor(start)), Math.max(0, Math.ceil(start + count)));
}

/** Takes what a cell got, which must be free, out of what there is. */
function takeCell(map: RamMap, cpus: Set<number>, { memoryRegions, cpus: set }: CellConfig): void {
  const before = map.slice();
  for (const { phys_start, size } of memoryRegions) {
    const start = grainOf(phys_start);
    const count = Number(size) / GRAIN;
    if (size === 0n || start < 0 || start >= GRAINS) continue;
    expect(before.subarray(Math.floor(start), Math.ceil(start + count)).includes(0)).toBe(false);
    fill(map, start, count, 0);
  }
  set.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit++) {
      if ((byte >> bit) & 1) expect(cpus.delete(index * 8 + bit)).toBe(true);
    }
  });
}

/** The first run of free grains; -1 without one. */
function findRun(map: RamMap, count: number): number {
  for (let start = 0, length = 0; start + length < GRAINS;) {
    if (map[start + length] === 0) {
      start += length + 1;
      length = 0;
    } else if (++length === count) return start;
  }
  return -1;
}

/** Whether all of it has room: RAM, the loader's 64 KiB, and links that the root cell has no end for. */
function hasRoom(map: RamMap, ram: number, links: number): boolean {
  for (let start = 0; start + ram <= GRAINS; start += BIG) {
    if (map.indexOf(0, start) !== -1 && map.indexOf(0, start) < start + ram) continue;
    const rest = map.slice();
    fill(rest, start, ram, 0);
    let isGood = true;
    for (const count of [...Array.from({ length: links }, () => LINK), 1]) {
      const found = findRun(rest, count);
      isGood &&= found >= 0;
      if (isGood) fill(rest, found, count, 0);
    }
    if (isGood) return true;
  }
  return false;
}

interface Wished {
  cpus: number;
  mib: number;
  links: LinkKind[];
}

const wished = fc.record({
  cpus: fc.integer({ min: 1, max: 3 }),
  mib: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 400 })),
  links: fc.array(fc.constantFrom<LinkKind>('net', 'custom', 'block'), { maxLength: 3 }),
});

/** Pieces of RAM in units of 64 KiB, with holes between them. */
const pieces = fc.array(
  fc.record({ size: fc.integer({ min: 16, max: 5000 }), hole: fc.integer({ min: 0, max: 100 }) }),
  { minLength: 1, maxLength: 5 },
);

function rootOf(drawn: readonly { size: number; hole: number }[]): { system: SystemConfig; map: RamMap } {
  const system = boardSystem();
  const map = new Uint8Array(GRAINS);
  const rest = system.rootCell.memoryRegions.filter(({ size }) => size < 0x10000000n);
  const ram = [];
  let next = 0;
  for (const { size, hole } of drawn) {
    const count = Math.min(size, GRAINS - next);
    if (count <= 0) break;
    ram.push(at(BigInt(BASE + next * GRAIN), BigInt(count * GRAIN), 0x4fn));
    fill(map, next, count, 1);
    next += count + hole;
  }
  fill(map, FIRMWARE.start, FIRMWARE.count, 0);
  system.rootCell.memoryRegions = [...rest, ...ram];
  return { system, map };
}

/** Links for which the root cell has a free end: its one network. */
const newLinks = (links: readonly LinkKind[], isNetTaken: boolean): number => {
  const nets = links.filter((kind) => kind === 'net').length;
  return links.length - (nets > 0 && !isNetTaken ? 1 : 0);
};

test('of the wishes that can be granted, nearly all are', () => {
  let possible = 0;
  let granted = 0;
  fc.assert(
    fc.property(pieces, fc.array(wished, { minLength: 1, maxLength: 3 }), (drawn, wishes: Wished[]) => {
      const { system, map } = rootOf(drawn);
      const cpus = new Set([1, 2, 3]);
      let machine = machineState({}, system);
      let isNetTaken = false;
      for (const [index, { cpus: count, mib, links }] of wishes.entries()) {
        const ram = Math.ceil(mib / 2) * BIG;
        const canBe = count <= cpus.size && hasRoom(map, ram, newLinks(links, isNetTaken));
        const { generated } = generateCell(
          request(
            {
              cpus: { count },
              memory: { size: BigInt(mib) << 20n, at: null },
              console: null,
              links: links.map((kind) => ({ to: 'root', kind, size: null, bdf: null })),
            },
            `cell-${index}`,
          ),
          machine,
        );
        if (canBe) possible++;
        if (canBe && generated !== null) granted++;
        // What is granted had to be possible.
        if (generated !== null) expect(canBe).toBe(true);
        if (generated === null) continue;
        takeCell(map, cpus, generated.cell);
        machine = withCell(machine, generated);
        isNetTaken ||= links.includes('net');
      }
    }),
    { numRuns: oneIn(5) },
  );
  expect(possible).toBeGreaterThan(oneIn(5) / 5);
  expect(granted / possible).toBeGreaterThanOrEqual(0.95);
});
