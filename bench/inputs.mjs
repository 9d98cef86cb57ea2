// Makes the inputs of the bench in a folder of its own.
import { randomBytes } from 'node:crypto';
import { closeSync, copyFileSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createCellConfig, encodeCellConfig, encodeDtb, parseDtb } from '../dist/core.js';

const MIB = 1 << 20;
const PASSIVE_COMMREG = 1;
const RAM = 0x4fn;
const READ_WRITE_COMM = 0x23n;

/** A cell with `ramMib` of RAM behind the first two MiB. */
const cell = (name, ramMib) =>
  encodeCellConfig(
    createCellConfig({
      revision: 14,
      architecture: 'x86',
      name,
      flags: PASSIVE_COMMREG,
      cpus: [1],
      memoryRegions: [
        { phys_start: 0x40000000n, virt_start: 0n, size: BigInt(MIB), flags: RAM },
        { phys_start: 0n, virt_start: BigInt(MIB), size: 0x1000n, flags: READ_WRITE_COMM },
        { phys_start: 0x40200000n, virt_start: BigInt(2 * MIB), size: BigInt(ramMib * MIB), flags: RAM },
      ],
      irqchips: [{ address: 0xfec00000n, id: 0xff00, pin_base: 0, pin_bitmap: [16, 0, 0, 0] }],
      ports: [{ base: 0x3f8, length: 8 }],
    }),
  );

/** The head of an entry in a cpio archive, padded (Linux, Documentation/driver-api/early-userspace/buffer-format.rst). */
function cpioEntry(name, size) {
  const fields = [1, 0o100755, 0, 0, 1, 0, size, 0, 0, 0, 0, name.length + 1, 0];
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return Buffer.from(head.padEnd((head.length + 3) & ~3, '\0'));
}

/** The head of an ELF program for x86-64 that is linked statically. */
const PROGRAM = `\x7fELF\x02\x01\x01${'\0'.repeat(9)}\x02\0\x3e\0\x01`.padEnd(64, '\0');

/** A cpio archive with an `init` of this size. */
function writeInitrd(path, mib) {
  const file = openSync(path, 'w');
  writeSync(file, cpioEntry('init', mib * MIB));
  const block = randomBytes(MIB);
  for (let index = 0; index < mib; index++) {
    // Every block differs, and making them costs nothing.
    block.writeUInt32LE(index, 64);
    if (index === 0) block.write(PROGRAM, 'latin1');
    writeSync(file, block);
  }
  writeSync(file, cpioEntry('TRAILER!!!', 0));
  closeSync(file);
}

/** A machine for the eight cells, as its description. */
const SYSTEM = `format: system
revision: 14
architecture: x86
hypervisor_memory: { phys_start: 0x3a000000, size: 16M }
root_cell:
  name: root
  cpus: 0-8
  memory:
    - { start: 0x80000000, size: 1G, flags: [read, write, execute, dma] }
  irqchips:
    - { address: 0xfec00000, id: 0xff00, pins: 0-23 }
`;

/** Cell `index` of the eight. */
const smallCell = (index) => {
  const phys = 0x80000000n + BigInt(index * 128 * MIB);
  return encodeCellConfig(
    createCellConfig({
      revision: 14,
      architecture: 'x86',
      name: `cell-${index}`,
      flags: PASSIVE_COMMREG,
      cpus: [index + 1],
      memoryRegions: [
        { phys_start: phys, virt_start: 0n, size: BigInt(MIB), flags: RAM },
        { phys_start: 0n, virt_start: BigInt(MIB), size: 0x1000n, flags: READ_WRITE_COMM },
        {
          phys_start: phys + BigInt(2 * MIB),
          virt_start: BigInt(2 * MIB),
          size: BigInt(64 * MIB),
          flags: RAM,
        },
      ],
      irqchips: [{ address: 0xfec00000n, id: 0xff00, pin_base: 0, pin_bitmap: [1 << index, 0, 0, 0] }],
      ports: [{ base: 0x1000 + 8 * index, length: 8 }],
    }),
  );
};

/** The device tree of a board, with more CPUs like its last one. */
function boardWithCpus(file, count) {
  const tree = parseDtb(readFileSync(file));
  const more = (node) => {
    if (node.name !== 'cpus') return { ...node, children: node.children.map(more) };
    const [like] = node.children.filter(({ name }) => name.startsWith('cpu@')).slice(-1);
    const added = Array.from({ length: count - 4 }, (_, index) => ({
      ...like,
      name: `cpu@${index + 4}`,
      properties: like.properties.flatMap((property) =>
        property.name === 'phandle'
          ? []
          : property.name === 'reg'
            ? [{ ...property, value: Uint8Array.of(0, 0, 0, index + 4) }]
            : [property],
      ),
    }));
    return { ...node, children: [...node.children, ...added] };
  };
  return encodeDtb({ ...tree, root: more(tree.root) });
}

/** What the wish files say of the example's arm64 machine. */
const MACHINE = 'system: root.jailhouse.yaml\nboard: board.dtb\nroot: { cmdline: mem=1536M }\n';
const WISH = `name: made\n${MACHINE}cell: { generate: { cpus: 1, memory: 64M, console: '0x9000000' } }\n`;

/** A machine of cells without Linux, the first with the UART. */
const machineOf = (count) =>
  `${MACHINE}cells:\n${Array.from({ length: count }, (_, index) => {
    const console = index === 0 ? "'0x9000000'" : 'none';
    return `  - name: cell-${index}
    cell: { generate: { cpus: 1, memory: 16M, console: ${console} } }
    images: [{ file: kernel, at: 0x0 }]
`;
  }).join('')}`;

const manifest = (name, initrd, more = '') => `name: ${name}
cell: bench.cell
kernel: { image: kernel }
initrd: ${initrd}
cmdline: console=ttyS0,115200
checks:
  waive: [{ rule: kernel/config-missing, reason: the bench boots nothing }]
${more}`;

/** Files for all measurements; gives the manifests. */
export function makeInputs(folder, root) {
  const path = (name) => join(folder, name);
  const write = (name, content) => {
    writeFileSync(path(name), content);
    return path(name);
  };
  write('bench.cell', cell('bench', 2300));
  copyFileSync(join(root, 'example-project/payload/payload.bzImage'), path('kernel'));
  const arm64 = join(root, 'example-project/arm64');
  const system = readFileSync(join(arm64, 'root.jailhouse.yaml'), 'utf8');
  write('root.jailhouse.yaml', system.replace('cpus: 0-3', 'cpus: 0-8'));
  write('board.dtb', boardWithCpus(join(arm64, 'board.dtb'), 9));
  writeInitrd(path('initrd-small'), 1);
  writeInitrd(path('initrd-300'), 300);
  writeInitrd(path('initrd-1000'), 1000);
  const targets = 'bundle: { kernel: /boot/bzImage, initrd: /boot/initrd }\n';
  return {
    cell: path('bench.cell'),
    system: write('system.jailhouse.yaml', SYSTEM),
    cells: Array.from({ length: 8 }, (_, index) => write(`small-${index}.cell`, smallCell(index))),
    kernel: path('kernel'),
    initrd300: path('initrd-300'),
    wish: write('wish.yaml', WISH),
    // Of the same machine, whose config is binary.
    binaryWish: write('binary.wish.yaml', WISH.replace('root.jailhouse.yaml', 'root.cell')),
    root: path('root.jailhouse.yaml'),
    board: path('board.dtb'),
    machines: [1, 8].map((count) => write(`${count}.machine.yaml`, machineOf(count))),
    large: write('large.cell.yaml', manifest('large', 'initrd-300')),
    small: write('small.cell.yaml', manifest('small', 'initrd-small')),
    thousand: Array.from({ length: 1000 }, (_, index) =>
      write(`thousand-${index}.cell.yaml`, manifest(`thousand-${index}`, 'initrd-small')),
    ),
    huge: write('huge.cell.yaml', manifest('huge', 'initrd-1000')),
    many: Array.from({ length: 100 }, (_, index) =>
      write(`cell-${index}.cell.yaml`, manifest(`cell-${index}`, 'initrd-300', targets)),
    ),
  };
}
