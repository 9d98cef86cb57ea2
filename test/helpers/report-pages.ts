import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import { GOOD_FILES, makeCell, MANIFEST } from './cell-files.ts';
import { GOOD_CONFIG } from './kernel-evidence.ts';
import { makeMachine } from './machine.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

/** A page to make: the files of its folder, and those of them that are reported. */
export interface PageProject {
  files: Files;
  manifests: readonly string[];
}

const named = (name: string): Uint8Array => {
  const bytes = new Uint8Array(32);
  bytes.set(new TextEncoder().encode(name).subarray(0, 31));
  return bytes;
};

/** A machine with two cells and a link from the root cell to each. */
function machineFiles(): Files {
  const { system, cells } = makeMachine({
    revision: 14,
    architecture: 'x86',
    cpus: [2, 1],
    links: [
      [-1, 0],
      [-1, 0, 1],
    ],
  });
  for (const [index, cell] of cells.entries()) cell.header.name = named(['linux', 'rtos'][index]!);
  return {
    'root.cell': encodeSystemConfig(system),
    'linux.cell': encodeCellConfig(cells[0]!),
    'rtos.cell': encodeCellConfig(cells[1]!),
    'rtos.bin': new Uint8Array(64).fill(0x90),
  };
}

const MACHINE = `system: root.cell
root: { cmdline: 'console=ttyS0 memmap=208M$0x5f000000 wifi.psk=hunter2' }
cells:
  - name: linux
    cell: linux.cell
    kernel: { image: bzImage, config: kernel.config }
    initrd: rootfs.cpio.gz
    cmdline: 8250.nr_uarts=0 quiet rd.luks.key=/dev/sda1
    checks:
      waive:
        - { rule: kernel/smp, reason: 'one CPU is enough here', until: 2099-12-31 }
  - name: rtos
    cell: rtos.cell
    after: [linux]
    images: [{ file: rtos.bin, at: 0x0 }]
`;

/** The second breaks rules, and the third cannot be read. */
const FAILING = `${MANIFEST.replace('name: demo', 'name: weak').replace('kernel.config', 'weak.config')}checks:
  require: { CONFIG_NO_SUCH: y }
  waive:
    - { rule: kernel/serio, reason: 'the i8042 is marked absent', until: 2099-12-31 }
    - { rule: kernel/pci, reason: 'no PCI here' }
`;

const MIB = 1n << 20n;
const SCRIPT = '<script>alert(1)</script>';
/** Turns what follows it around. */
const OVERRIDE = '\u202e';

/** 200 regions, and names and command lines that would be markup. */
const HOSTILE_CELL = makeCell({
  name: `"'&${SCRIPT}`,
  memoryRegions: [
    { phys_start: 0x3b000000n, virt_start: 0n, size: MIB, flags: 0x4fn },
    { phys_start: 0x3b200000n, virt_start: 2n * MIB, size: 74n * MIB, flags: 0x4fn },
    ...Array.from({ length: 198 }, (_, index) => ({
      phys_start: 0xf0000000n + BigInt(index) * 0x4000n,
      virt_start: 0xf0000000n + BigInt(index) * 0x4000n,
      size: 0x1000n,
      flags: 0x13n,
    })),
  ],
});

const WORDS = Array.from({ length: 10_000 }, (_, index) => `word${index}=<b>${index}</b>`).join(' ');

export const PAGE_PROJECTS = {
  cell: { files: GOOD_FILES, manifests: ['demo.cell.yaml'] },
  failing: {
    files: {
      ...GOOD_FILES,
      'weak.cell.yaml': FAILING,
      'weak.config': GOOD_CONFIG.replace('# CONFIG_SERIO is not set', 'CONFIG_SERIO=y').replace(
        'CONFIG_JAILHOUSE_GUEST=y\n',
        '',
      ),
      'small.cell': makeCell({}, 16n),
      'small.cell.yaml': MANIFEST.replace('name: demo', 'name: small').replace('demo.cell', 'small.cell'),
    },
    manifests: ['demo.cell.yaml', 'weak.cell.yaml', 'small.cell.yaml', 'none.cell.yaml'],
  },
  machine: {
    files: { ...GOOD_FILES, ...machineFiles(), 'board.machine.yaml': MACHINE },
    manifests: ['board.machine.yaml'],
  },
  hostile: {
    files: {
      ...GOOD_FILES,
      'hostile.cell': HOSTILE_CELL,
      [`${SCRIPT.replace('/', '')}${OVERRIDE}.cell.yaml`]: MANIFEST.replace('demo.cell', 'hostile.cell')
        .replace('name: demo', 'name: hostile')
        .replace(
          'console=ttyS0,115200',
          `'console=ttyS0,115200 password="a b" x="${SCRIPT}" ${OVERRIDE} ${WORDS}'`,
        ),
    },
    manifests: [`${SCRIPT.replace('/', '')}${OVERRIDE}.cell.yaml`],
  },
} as const satisfies Record<string, PageProject>;
