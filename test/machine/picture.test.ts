import { expect, test } from 'vitest';
import { generateCells } from '../../src/machine/generate-all.ts';
import { drawMachine } from '../../src/machine/picture.ts';
import type { CellConfig } from '../../src/formats/cell/types.ts';
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
      H  hypervisor        4 MiB
      =  links             1020 KiB
      a  linux       --##  128.06 MiB  interrupts 33,85
      b  rtos        -#--  2.06 MiB
    Memory (a column is 16 MiB)
      0x40000000 |.......................................................baaaaaaaH| 0x80000000
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
  expect(bars).toHaveLength(2);
  expect(bars[0]).toContain('H');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
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
