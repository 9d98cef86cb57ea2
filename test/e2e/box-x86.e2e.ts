import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newc } from '../helpers/newc.ts';
import { disagreements } from './boot/agreement.ts';
import { bootManifest, writeVariant, type BootReport, type Variant } from './boot/variants.ts';
import { debianKernel } from './kernels.ts';

const EXAMPLE = path.join(import.meta.dirname, '../../example-project/build/linux');
const [KERNEL, INITRD] = [path.join(EXAMPLE, 'bzImage'), path.join(EXAMPLE, 'initrd.cpio.gz')];

const MIB = 0x100000;
const GIB = 0x40000000;

const RAM = ['read', 'write', 'execute', 'dma', 'loadable'];
const ramWithout = (flag: string): string[] => RAM.filter((each) => each !== flag);

const hex = (value: number): string => `0x${value.toString(16)}`;
const memory = (virt: number, size: number, flags = RAM, phys = 0x3b000000 + virt): object => ({
  phys_start: hex(phys),
  virt_start: hex(virt),
  size: hex(size),
  flags,
});
const comm = (virt = MIB): object => ({
  virt_start: hex(virt),
  size: '0x1000',
  flags: ['read', 'write', 'comm_region'],
});
const [LOW, COMM, HIGH] = [memory(0, MIB), comm(), memory(2 * MIB, 74 * MIB)];

const CELL = {
  format: 'cell',
  release: 'git',
  architecture: 'x86',
  name: 'variant',
  cpus: '2-3',
  flags: ['passive_commreg'],
  memory: [LOW, COMM, HIGH],
  irqchips: [{ address: '0xfec00000', id: '0xff00', pins: '4' }],
  ports: ['0x3f8-0x3ff'],
};

const CONSOLE = 'console=ttyS0,115200';
const MANIFEST = { name: 'variant', kernel: { image: KERNEL }, initrd: INITRD, cmdline: CONSOLE };
/** What the example's init prints last. */
const GUEST_END = ['--expect', 'guest end'];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'box-x86-'));
});
afterAll(async () => rm(folder, { recursive: true }));

/** An initrd whose content is larger than the cell's memory, /init at its end. */
async function largeInitrd(): Promise<object> {
  const file = path.join(folder, 'large.cpio.gz');
  const large = newc([{ name: 'large', content: Buffer.alloc(80 * MIB) }], { trailer: false });
  await writeFile(file, gzipSync(Buffer.concat([large, gunzipSync(await readFile(INITRD))])));
  return { initrd: file };
}

/** Debian's kernel for clouds: without JAILHOUSE_GUEST, with ACPI and early printk. */
async function debian(): Promise<object> {
  const { image, config } = await debianKernel('cloud-amd64');
  const file = path.join(folder, 'debian.config');
  await writeFile(file, config);
  return { kernel: { image, config: file }, initrd: undefined };
}
const DEBIAN_MEMORY = [COMM, memory(2 * MIB, 200 * MIB)];

let count = 0;

async function boot({ cell, manifest }: Partial<Variant>, options: readonly string[] = GUEST_END) {
  const variant = { cell: { ...CELL, ...cell }, manifest: { ...MANIFEST, ...manifest } };
  const report = await bootManifest(await writeVariant(path.join(folder, String(count++)), variant), options);
  const [subject] = report.subjects;
  return { ...subject!, errors: errorsOf(report) };
}

/** What `check` refuses. */
const errorsOf = ({ findings }: BootReport): string[] =>
  findings.flatMap(({ rule, severity }) => (severity === 'error' && !rule.startsWith('boot/') ? [rule] : []));

const words = (number: number): string =>
  Array.from({ length: number }, (_, index) => `w${index}=1`).join(' ');

const GOOD: [title: string, change: Partial<Variant>][] = [
  ['one CPU', { cell: { cpus: '2' } }],
  ['four CPUs, of higher numbers', { cell: { cpus: '4-7' } }],
  [
    'two regions, and one above 4 GiB',
    {
      cell: {
        memory: [LOW, COMM, memory(2 * MIB, 30 * MIB), memory(64 * MIB, 64 * MIB), memory(4 * GIB, 3 * GIB)],
      },
    },
  ],
  [
    'physical addresses beyond the memory of QEMU, a page apart from large ones',
    {
      cell: {
        memory: [
          memory(0, MIB, RAM, 0x1000003000),
          COMM,
          memory(2 * MIB, 74 * MIB, RAM, 0x1000201000),
          memory(0x60001000, 0x1ff000, RAM, 0x1100001000),
          memory(0x2000000000, GIB, RAM, 0x1200000000),
        ],
      },
    },
  ],
];

test.each(GOOD)('boots: %s', async (_, change) => {
  expect(await boot(change)).toMatchObject({ verdict: 'booted', line: 'guest end', errors: [] });
});

test('it is the nested tables that stop a guest: mapped, what the kernel is not told of does no harm', async () => {
  const low = memory(0, 0xa0000);
  const mapped = memory(0xa0000, 0x60000, ['read', 'write']);
  expect(await boot({ cell: { memory: [low, COMM, HIGH] } })).toMatchObject({
    verdict: 'died',
    line: 'FATAL: Invalid MMIO/RAM read, addr: 0x00000000000c0000 size: 2',
  });
  expect(await boot({ cell: { memory: [low, mapped, COMM, HIGH] } })).toMatchObject({ verdict: 'booted' });
});

test('a guest that is asked answers, and uses no more than it should', async () => {
  const shell = { cmdline: `${CONSOLE} rdinit=/bin/busybox -- sh` };
  const dialogue = ['--expect', '/ # ', '--send', 'echo $((40 + 2))', '--expect', '^42'];
  const { verdict, line, qemu } = await boot({ manifest: shell }, dialogue);
  expect({ verdict, line }).toEqual({ verdict: 'booted', line: '42' });
  expect(qemu!.cpu).toBeLessThan(12);
  expect(qemu!.memory).toBeLessThan((75 + 150) * MIB);
});

test('the APIC mode and the PM timer are those of --system', async () => {
  const file = path.join(folder, 'root.jailhouse.yaml');
  const given = await readFile(path.join(EXAMPLE, '../../x86/root.jailhouse.yaml'), 'utf8');
  const changed = given.replace('pm_timer_address: 0x608', 'apic_mode: x2apic, pm_timer_address: 0xb008');
  expect(changed).not.toBe(given);
  await writeFile(file, changed);
  const { console, assumed, ...booted } = await boot({}, ['--system', file, ...GUEST_END]);
  expect(booted).toMatchObject({ verdict: 'booted', line: 'guest end' });
  expect(assumed).toEqual([]);
  expect(console.join('\n')).toMatch(/x2apic/);
});

test('without --expect the first system call is what counts', async () => {
  expect(await boot({}, [])).toMatchObject({
    verdict: 'booted',
    line: expect.stringMatching(/^user space on CPU [23]/),
    errors: [],
  });
});

type Death = [
  title: string,
  change: Partial<Variant> | (() => Promise<Partial<Variant>>),
  verdict: 'died' | 'refused' | 'undecided',
  line: string | null,
  /** The error of `check` that foresees it; `null`: none does. */
  rule: string | null,
];

const DEATHS: Death[] = [
  [
    'a kernel without JAILHOUSE_GUEST',
    async () => ({ cell: { memory: [LOW, ...DEBIAN_MEMORY] }, manifest: await debian() }),
    'died',
    'FATAL: Invalid PIO read, port: 61 size: 1',
    'kernel/jailhouse-guest',
  ],
  [
    'low RAM of 64 KiB',
    { cell: { memory: [memory(0, 0x10000), COMM, HIGH] } },
    'died',
    'FATAL: Invalid MMIO/RAM read, addr: 0x00000000000c0000 size: 2',
    'placement/low-ram',
  ],
  [
    'low RAM of 64 KiB, and a kernel with ACPI',
    async () => ({ cell: { memory: [memory(0, 0x10000), ...DEBIAN_MEMORY] }, manifest: await debian() }),
    'died',
    'FATAL: Invalid MMIO/RAM read, addr: 0x00000000000e0000 size: 1',
    'kernel/jailhouse-guest',
  ],
  [
    'no comm region',
    { cell: { memory: [LOW, HIGH] } },
    'died',
    'FATAL: unsupported instruction (0x83 0x00 0x00 0x00)',
    'placement/comm-region',
  ],
  [
    'a comm region elsewhere',
    { cell: { memory: [LOW, comm(0x180000), HIGH] } },
    'died',
    'FATAL: unsupported instruction (0x83 0x00 0x00 0x00)',
    'placement/comm-region',
  ],
  [
    'a port of the UART less',
    { cell: { ports: ['0x3f8-0x3fe'] } },
    'undecided',
    null,
    'kernel/console-ports',
  ],
  [
    'earlyprintk on a UART of others',
    async () => ({
      cell: { memory: [LOW, ...DEBIAN_MEMORY] },
      manifest: { ...(await debian()), cmdline: `${CONSOLE} earlyprintk=serial,ttyS1` },
    }),
    'died',
    'FATAL: Invalid PIO write, port: 2fb size: 1',
    'kernel/early-console',
  ],
  [
    'RAM that is not loadable',
    { cell: { memory: [LOW, COMM, memory(2 * MIB, 74 * MIB, ramWithout('loadable'))] } },
    'refused',
    'JAILHOUSE_CELL_LOAD: Invalid argument',
    'placement/not-loadable',
  ],
  [
    'an initrd that is too large',
    async () => ({ manifest: await largeInitrd() }),
    'died',
    'Kernel panic - not syncing: No working init found.  Try passing init= option to kernel. See Linux Documentation/admin-guide/init.rst for guidance.',
    'kernel/initrd-memory',
  ],
  [
    '33 unknown words',
    { manifest: { cmdline: `${CONSOLE} ${words(33)}` } },
    'died',
    "Kernel panic - not syncing: Too many boot env vars at `w31=1'",
    'cmdline/init-words',
  ],
  [
    'noapic',
    { manifest: { cmdline: `${CONSOLE} noapic` } },
    'died',
    'FATAL: Setting invalid LVT delivery mode (reg 35, value 00000700)',
    'cmdline/apic-off',
  ],
  [
    'no DMA on low RAM',
    { cell: { memory: [memory(0, MIB, ramWithout('dma')), COMM, HIGH] } },
    'died',
    'Kernel panic - not syncing: Real mode trampoline was not allocated',
    'placement/no-ram',
  ],
  [
    'a kernel beyond the RAM',
    { cell: { memory: [LOW, COMM, memory(2 * MIB, 8 * MIB)] } },
    'refused',
    'JAILHOUSE_CELL_LOAD: Invalid argument',
    'placement/no-ram',
  ],
];

test.each(DEATHS)('%s', async (_, change, verdict, line, rule) => {
  const { errors, ...found } = await boot(typeof change === 'function' ? await change() : change);
  expect(found).toMatchObject({ verdict, line });
  expect(errors).toEqual(rule === null ? [] : expect.arrayContaining([rule]));
  if (verdict === 'died' && line!.startsWith('FATAL')) expect(found.qemu!.cpu).toBeLessThan(2);
});

/** Variants on which check and the box differ, and why they may. */
const ALLOWED = {};

test('check and the box agree', () => {
  // The tests above hold the tables to what happens.
  const variants = [
    ...GOOD.map(([what]) => ({ what, boots: true, refused: false })),
    ...DEATHS.map(([what, , , , rule]) => ({ what, boots: false, refused: rule !== null })),
  ];
  expect(disagreements(variants, ALLOWED)).toEqual([]);
});
