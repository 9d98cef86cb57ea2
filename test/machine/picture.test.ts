import { expect, test } from 'vitest';
import { generateCells } from '../../src/machine/generate-all.ts';
import { drawMachine } from '../../src/machine/picture.ts';
import type { CellConfig, SystemConfig } from '../../src/formats/cell/types.ts';
import { boardSystem, machineState, request } from '../helpers/board.ts';
import { EMPTY_DEVICE, makeMachine } from '../helpers/machine.ts';

const MIB = 1n << 20n;

test('a machine is drawn with its CPUs, memory, interrupts and links', () => {
  const made = generateCells(
    [
      request({ cpus: { count: 2 }, links: [{ to: 'root', kind: 'net', size: null, bdf: null }] }, 'linux'),
      request({ cpus: { count: 1 }, memory: { size: 2n * MIB, at: null }, console: null }, 'rtos'),
    ],
    machineState(),
  );
  const cells = made.map(({ generated }) => generated!.cell);
  expect(drawMachine(made.at(-1)!.generated!.system, cells).join('\n')).toMatchInlineSnapshot(`
    "4 CPUs, RAM at 0x40000000..0x7fb00000
      .  root cell   #---
      H  hypervisor        4 MiB       0x7fc00000..0x80000000
      =  links             1020 KiB    0x7fb00000..0x7fbff000
      a  linux       --##  128.06 MiB  0x779f0000..0x7fa00000  interrupts 33,85
      b  rtos        -#--  2.06 MiB    0x775f0000..0x77800000
    Memory (a column is 18.96 MiB)
      0x40000000 |..............................................baaaaaaH| 0x80000000
    Enlarged (a column is 2.55 MiB)
      0x775f0000 |b.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=H| 0x80000000
    Links
      0001:00:01.0  net: root cell - linux"
  `);
});

test('a machine without cells, links or RAM is drawn, too', () => {
  const bare = makeMachine({ revision: 14, architecture: 'x86', cpus: [] }).system;
  expect(drawMachine({ ...bare, rootCell: { ...bare.rootCell, memoryRegions: [] } }, [])[0]).toBe(
    '1 CPU, RAM at no address',
  );
});

test('small pieces stay visible, and holes are left out', () => {
  const system = boardSystem();
  system.rootCell.memoryRegions.push({
    phys_start: 0x8000000000n,
    virt_start: 0x8000000000n,
    size: 64n << 30n,
    flags: 0x4fn,
  });
  const lines = drawMachine(system, []);
  const bars = lines.filter((line) => line.includes('|'));
  expect(bars).toHaveLength(3);
  expect(bars[0]).toContain('H');
  expect(bars[2]).toMatch(/=.*H/);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
});

/** Two small cells at the end of a large machine. */
function smallCells(): { system: SystemConfig; cells: CellConfig[] } {
  const wish = { cpus: { count: 1 }, memory: { size: 2n * MIB, at: null }, console: null };
  const made = generateCells(
    [
      request(wish, 'one'),
      request({ ...wish, links: [{ to: 'one', kind: 'net', size: null, bdf: null }] }, 'two'),
    ],
    machineState(),
  );
  return {
    system: made.at(-1)!.generated!.system,
    cells: made.map(({ generated }) => generated!.cell),
  };
}

test('cells that are too small for a bar of all memory are drawn enlarged, and have their addresses', () => {
  const { system, cells } = smallCells();
  expect(drawMachine(system, cells).join('\n')).toMatchInlineSnapshot(`
    "4 CPUs, RAM at 0x40000000..0x7fb00000
      .  root cell   ##--
      H  hypervisor        4 MiB     0x7fc00000..0x80000000
      =  links             1.99 MiB  0x7fa00000..0x7faff000, 0x7fb00000..0x7fbff000
      a  one         ---#  2.06 MiB  0x7f7f0000..0x7fa00000  interrupts 84
      b  two         --#-  2.06 MiB  0x7f3f0000..0x7f600000  interrupts 88
    Memory (a column is 18.96 MiB)
      0x40000000 |.....................................................H| 0x80000000
    Enlarged (a column is 228.74 KiB)
      0x7f3f0000 |bbbbbbbbbb.......aaaaaaaaaa=========HHHHHHHHHHHHHHHHHH| 0x80000000
    Links
      0001:00:01.0  net: root cell
      0001:00:00.0  net: one - two"
  `);
});

test.each([40, 60, 80, 120, 200])('in a terminal of %i columns no line is longer', (width) => {
  const { system, cells } = smallCells();
  system.rootCell.memoryRegions.push(
    ...Array.from({ length: 6 }, (_, index) => ({
      phys_start: 0x8000000000n + BigInt(index) * 0x1000000000n,
      virt_start: 0x8000000000n + BigInt(index) * 0x1000000000n,
      size: 64n * MIB,
      flags: 0x4fn,
    })),
  );
  const lines = drawMachine(system, cells, width).join('\n').split('\n');
  // Addresses, and bars of sixteen columns, take what they need.
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(Math.max(width, 60));
});

test('of many pieces of memory the largest are shown, and the rest is counted', () => {
  const system = boardSystem();
  system.rootCell.memoryRegions.push(
    ...Array.from({ length: 20 }, (_, index) => ({
      phys_start: BigInt(index) * 0x20000n,
      virt_start: BigInt(index) * 0x20000n,
      size: 0x1000n * BigInt(1 + (index % 7)),
      flags: 0x43n,
    })),
  );
  const text = drawMachine(system, []).join('\n');
  expect(text).toMatch(/RAM at 0x[^]*\.\.0x[^]*0x40000000\.\.0x7fb00000\s+and 15 more\n/);
});

test('a link that points after the last region, and a cell whose name is refused, are drawn as far as they go', () => {
  const { system, cells } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1] });
  const [cell] = cells as [CellConfig];
  cell.header.name = new Uint8Array(cell.header.name.length);
  cell.pciDevices.push({
    ...EMPTY_DEVICE,
    type: 3,
    bdf: 0x70,
    shmem_regions_start: 99,
    shmem_dev_id: 0,
    shmem_peers: 2,
  });
  const lines = drawMachine(system, [cell]);
  expect(lines.join('\n')).toMatch(/^ {2}a {2}a cell without a name /m);
  expect(lines.at(-1)).toMatch(/: a cell without a name$/);
});
