import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { isRam } from '../../src/formats/cell/memory.ts';
import { pinsOf } from '../../src/formats/cell/resources.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import type { SystemConfig } from '../../src/formats/cell/types.ts';
import { lineAndColumn } from '../../src/formats/yaml/source.ts';
import { prepareWish, type PreparedWish } from '../../src/inputs/generate.ts';
import { InputStore } from '../../src/inputs/store.ts';
import { checkMachine } from '../../src/checks/cell/check.ts';
import { boardNodes, boardSystem } from '../helpers/board.ts';
import { Folder } from '../helpers/cell-files.ts';
import { makeMachine } from '../helpers/machine.ts';
import { PC_IOMEM, pcSystem } from '../helpers/pc.ts';
import { dtbOf, type TestNode } from '../helpers/trees.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create();
});
afterEach(() => folder.remove());

interface Board {
  system?: SystemConfig;
  nodes?: TestNode;
  files?: Record<string, string | Uint8Array>;
}

/** The wish begins in line 8 of its file, after what is said of the machine. */
const textOf = (wish: readonly string[], machine: readonly string[]): string =>
  [...machine, 'cell:', '  generate:', ...wish.map((line) => `    ${line}`), ''].join('\n');

const ARM = ['name: demo', '', 'system: root.cell', 'board: board.dtb', 'root: { cmdline: mem=512M }'];
const PC = ['name: demo', '', 'system: root.cell', '', 'root: { iomem: iomem.txt }'];
const PLAIN = ['cpus: 1', 'memory: 64M'];

async function prepared(text: string, { system, nodes, files = {} }: Board = {}): Promise<PreparedWish> {
  await folder.write({
    'root.cell': encodeSystemConfig(system ?? boardSystem()),
    'board.dtb': dtbOf(nodes ?? boardNodes()),
    'iomem.txt': PC_IOMEM,
    ...files,
  });
  return prepareWish(folder.at('demo.wish.yaml'), text, new InputStore());
}

/** `line severity code` of what is found. */
const told = (text: string, { diagnostics, locate }: PreparedWish): string[] =>
  diagnostics.map(
    ({ code, severity, path = [], range }) =>
      `${lineAndColumn(text, (range ?? locate(path)).start).line} ${severity} ${code}`,
  );

async function toldOf(wish: readonly string[], board: Board = {}, machine = ARM): Promise<string[]> {
  const text = textOf(wish, machine);
  return told(text, await prepared(text, board));
}

const changed = (change: (system: SystemConfig) => void, system = boardSystem()): SystemConfig => {
  change(system);
  return system;
};

/** RAM in which the root cell may not execute. */
const doubtful = (): SystemConfig =>
  changed(({ rootCell }) => {
    for (const region of rootCell.memoryRegions) if (region.size > 0x10000000n) region.flags = 3n;
  });

const OLD = makeMachine({ revision: 11, architecture: 'arm64', cpus: [1, 1, 1] }).system;

/** An overlay that refers to a label of the tree. */
const overlay = (label: string): Uint8Array =>
  dtbOf({
    'fragment@0': { 'target-path': '/', __overlay__: { 'dev@1': { clocks: [0xffffffff] } } },
    __fixups__: { [label]: '/fragment@0/__overlay__/dev@1:clocks:0' },
  });

describe('what is asked for, at its line', () => {
  test.each<[string, string[], string, Board?]>([
    ['a rate', ['console: serial1'], '10 error machine/clock-rate'],
    [
      'an interrupt behind a router',
      ['devices: [{ node: i2c0, clocks: { ipg: 66000000 } }]'],
      '10 error machine/interrupt-router',
    ],
    ['an interrupt that the root keeps', ["devices: ['0x9020000']"], '10 error machine/interrupt-shared'],
    ['RAM that may be none', [], '9 error machine/memory-doubtful', { system: doubtful() }],
    [
      'the tree of another GIC',
      [],
      '8 error machine/foreign-board',
      { system: changed(({ platform }) => (platform.fields.gic_version = 2)) },
    ],
    ['a system config of an old release', [], '8 error machine/revision', { system: OLD }],
    ['a device that is not there', ['devices: [ethernet7]'], '10 error machine/device'],
    ['a console that is no UART', ['console: ethernet0'], '10 error machine/console'],
    [
      'an address of the hypervisor',
      ['vpci-irq-base: 48', 'links: [{ to: root, kind: net }]'],
      '10 error machine/vpci-irq-base',
    ],
    ['the end of a link', ["links: [{ to: root, kind: net, device: '00:0e.0' }]"], '10 error machine/link'],
    [
      'a bus for links',
      ['links: [{ to: root, kind: net }]'],
      '10 error machine/pci',
      { system: changed((system) => (system.pciIsVirtual = 0)) },
    ],
    [
      'a label that the tree does not have',
      ['tree: fragment.dtbo'],
      '10 error machine/fragment',
      { files: { 'fragment.dtbo': overlay('clock_of_the_board') } },
    ],
  ])('%s', async (_, wish, wanted, board) => {
    expect((await toldOf([...PLAIN, ...wish], board)).filter((each) => each.includes(' error '))).toEqual([
      wanted,
    ]);
  });

  test.each([
    ['CPUs', ['cpus: 4', 'memory: 64M'], '8 error machine/cpus'],
    ['a CPU of its own', ['cpus: 0-1', 'memory: 64M'], '8 error machine/cpus'],
    ['memory', ['cpus: 1', 'memory: 2G'], '9 error machine/memory'],
    ['memory elsewhere', ['cpus: 1', 'memory: { size: 64M, at: 0x50000000 }'], '9 error machine/memory'],
  ])('%s that the root cell cannot give', async (_, wish, wanted) => {
    expect(await toldOf(wish)).toEqual([wanted]);
  });

  test('a device tree, and what is in it', async () => {
    const machine = ARM.with(3, '');
    expect(await toldOf([...PLAIN, "console: '0x1000'", 'devices: [ethernet0]'], {}, machine)).toEqual([
      '8 error machine/board',
      '10 error machine/device',
      '10 info machine/root-region',
      '11 error machine/device',
    ]);
  });

  test('an iomem that says something', async () => {
    const zeros = '00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n';
    const found = await toldOf(PLAIN, { files: { 'iomem.txt': zeros } }, ARM.with(4, PC[4]!));
    expect(found).toEqual([expect.stringMatching(/^5 error root\//)]);
  });
});

describe('what is granted with a note, at its line', () => {
  test.each<[string, string[], string, Board?]>([
    [
      'a GIC that the board has elsewhere',
      [],
      '8 info machine/gic-address',
      { system: changed(({ platform }) => (platform.fields.gicd_base = 0x8010000n)) },
    ],
    ['a UART in a page with others', ['console: serial3'], '10 info machine/shared-page'],
    [
      'registers that the root does not own',
      ["console: 'serial0'"],
      '10 info machine/root-region',
      { system: changed(({ rootCell }) => (rootCell.memoryRegions.length = 5)) },
    ],
    [
      'an interrupt that the root does not own',
      ['console: serial0'],
      '10 info machine/root-interrupt',
      { system: changed(({ rootCell }) => (rootCell.irqchips[0]!.pin_bitmap[0] = 0xfffffffd)) },
    ],
    ['a device without its PHY', ['devices: [ethernet0]'], '10 warning machine/dropped'],
  ])('%s', async (_, wish, wanted, board) => {
    const text = textOf([...PLAIN, ...wish], ARM);
    const made = await prepared(text, board);
    expect(told(text, made)).toContain(wanted);
    expect(made.generation!.generated).not.toBeNull();
  });

  test('memory of which nobody said whether the root’s Linux uses it', async () => {
    expect(await toldOf(PLAIN, {}, ARM.with(4, ''))).toEqual(['9 info machine/root-unknown']);
  });

  test('doubtful memory, where the wish says that it is some', async () => {
    const wish = ['cpus: 1', 'memory: { size: 64M, at: 0x60000000 }'];
    const text = textOf(wish, ARM);
    const { generation } = await prepared(text, { system: doubtful() });
    expect(generation!.generated).not.toBeNull();
  });

  test('an overlay that refers to what our tree has', async () => {
    const text = textOf([...PLAIN, 'tree: fragment.dtbo'], ARM);
    const made = await prepared(text, { files: { 'fragment.dtbo': overlay('clk_1000000') } });
    expect(told(text, made)).toEqual([]);
    const names = made.generation!.generated!.tree!.blob.root.children.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['clock-1000000', 'dev@1']));
  });
});

describe('a UART that no alias names', () => {
  const nodes = (): TestNode => {
    const { aliases: _, chosen: __, ...rest } = boardNodes();
    const {
      'serial@9020000': ___,
      'serial@9020800': ____,
      'serial@9030100': _____,
      ...soc
    } = rest['soc'] as TestNode;
    return { ...rest, soc };
  };

  test('is serial0 where it is the only one', async () => {
    const text = textOf([...PLAIN, 'console: serial0'], ARM);
    const made = await prepared(text, { nodes: nodes() });
    expect(told(text, made)).toEqual([]);
    expect(made.generation!.generated!.consoleWord).toBe('console=ttyS0,115200');
  });

  test('has no number where the tree has two of different drivers', async () => {
    const two = nodes();
    ((two['soc'] as TestNode)['serial@9010000'] as TestNode)['status'] = 'okay';
    ((two['soc'] as TestNode)['serial@9010000'] as TestNode)['clocks'] = [2, 2];
    expect(await toldOf([...PLAIN, 'console: serial0'], { nodes: two })).toEqual(['10 error machine/device']);
  });
});

describe('a PC', () => {
  const made = async (...wish: string[]): Promise<PreparedWish> =>
    prepared(textOf([...PLAIN, ...wish], PC), { system: pcSystem() });

  test('gives RAM at 2 MiB, its UART with port and interrupt, and no device tree', async () => {
    const { generation, diagnostics } = await made('console: ttyS0');
    const { cell, tree, system, rootSide, consoleWord } = generation!.generated!;
    expect(tree).toBeNull();
    expect(cell.memoryRegions.map(({ virt_start, size }) => [virt_start, size])).toEqual(
      expect.arrayContaining([
        [0n, 0x100000n],
        [0x200000n, 0x4000000n],
        [0x100000n, 0x1000n],
      ]),
    );
    // All of it is RAM for the kernel: low memory, too.
    expect(cell.memoryRegions.filter(isRam).map(({ virt_start }) => virt_start)).toEqual([0n, 0x200000n]);
    expect(cell.pio).toMatchObject({ regions: [{ base: 0x3f8, length: 8 }] });
    expect(cell.irqchips.flatMap(pinsOf)).toEqual([4]);
    expect(consoleWord).toBe('console=ttyS0,115200');
    expect(rootSide.words!.words.every((word) => /^memmap=0x[0-9a-f]+\$0x[0-9a-f]+$/.test(word))).toBe(true);
    expect(checkMachine(system, [cell]).filter(({ severity }) => severity === 'error')).toEqual([]);
    // The root's Linux has all RAM as its own.
    expect(diagnostics.map(({ code }) => code)).toContain('machine/root-memory');
    expect(encodeCellConfig(cell).length).toBeGreaterThan(0);
  });

  test('copies a PCI device with its BARs, without the table of its vectors', async () => {
    const { generation } = await made("devices: ['00:01.0']");
    const { cell } = generation!.generated!;
    expect(cell.pciDevices).toMatchObject([{ bdf: 8, num_msix_vectors: 4, caps_start: 0, num_caps: 1 }]);
    const bars = cell.memoryRegions.filter(({ phys_start }) => phys_start >= 0xfe000000n);
    expect(bars.map(({ phys_start, size }) => [phys_start, size])).toEqual([
      [0xfe000000n, 0x1000n],
      [0xfe002000n, 0x2000n],
    ]);
  });

  test.each([
    ["devices: ['00:1f.0']", '10 error machine/pci-device'],
    ['devices: [ethernet0]', '10 error machine/pci-device'],
    ['console: ttyS7', '10 error machine/console'],
    ["devices: ['00:02.0']", '10 warning machine/no-msi'],
  ])('%s', async (wish, wanted) => {
    const text = textOf([...PLAIN, wish], PC);
    expect(told(text, await prepared(text, { system: pcSystem() }))).toContain(wanted);
  });

  test('needs to know where BARs are', async () => {
    const wish = [...PLAIN, "devices: ['00:01.0']"];
    const board = { system: pcSystem() };
    expect(await toldOf(wish, board, PC.with(4, ''))).toContain('10 error machine/pci-device');
    const without = { ...board, files: { 'iomem.txt': PC_IOMEM.replaceAll('0000:00:01.0', 'e1000e') } };
    expect(await toldOf(wish, without, PC)).toContain('10 error machine/pci-device');
  });
});
