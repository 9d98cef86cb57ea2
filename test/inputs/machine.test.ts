import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { cpusOf, pinsOf } from '../../src/formats/cell/resources.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import { lineAndColumn } from '../../src/formats/yaml/source.ts';
import { prepareMachine, type PreparedMachine } from '../../src/inputs/machine.ts';
import { InputStore } from '../../src/inputs/store.ts';
import { brokenMachine } from '../fixtures/cell-check/cases.ts';
import { boardNodes, boardSystem } from '../helpers/board.ts';
import { Folder } from '../helpers/cell-files.ts';
import { dtbOf } from '../helpers/trees.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create();
});
afterEach(() => folder.remove());

async function prepared(text: string): Promise<PreparedMachine> {
  const options = { profile: 'mainline', today: '2026-01-01' } as const;
  return prepareMachine(folder.at('board.machine.yaml'), text, new InputStore(), options);
}

/** `line code` of what is told in a text; rules for kernels are left out. */
const told = (
  text: string,
  { diagnostics, locate }: Pick<PreparedMachine, 'diagnostics' | 'locate'>,
): string[] =>
  diagnostics
    .filter(({ code }) => !code.startsWith('kernel/'))
    .map(({ code, path = [], range, waived }) => {
      const { line } = lineAndColumn(text, (range ?? locate(path)).start);
      return `${line} ${code}${waived ? ' waived' : ''}`;
    });

/** What the machine is told, then each of its cells that is in the file. */
async function findings(text: string): Promise<string[][]> {
  const machine = await prepared(text);
  return [told(text, machine), ...machine.cells.map((cell) => told(cell.text ?? text, cell))];
}

const RTOS = 'images: [ { file: rtos.bin, at: 0x0 } ]';

describe('a machine of wishes', () => {
  const HEAD = 'system: root.cell\nboard: board.dtb\nroot: { cmdline: mem=512M }\ncells:\n';
  const cell = (name: string, wish: string, more = RTOS): string =>
    `  - name: ${name}\n    cell: { generate: { ${wish} } }\n    ${more}\n`;

  beforeEach(async () => {
    await folder.write({
      'root.cell': encodeSystemConfig(boardSystem()),
      'board.dtb': dtbOf(boardNodes()),
      'rtos.bin': new Uint8Array(64),
    });
  });

  test('is planned cell by cell: none takes what another has', async () => {
    const link = 'links: [ { to: root, kind: net } ]';
    const text = `${HEAD}${cell('one', `cpus: 1, memory: 64M, console: serial0, ${link}`)}${cell('two', `cpus: 1, memory: 64M, console: serial3, ${link}`)}${cell('three', 'cpus: 1, memory: 64M')}`;
    const machine = await prepared(text);
    const [one, two, three] = machine.cells.map((each) => each.machine!.cell);
    expect([one, two, three].map((each) => cpusOf(each!))).toEqual([[3], [2], [1]]);
    const pins = [one!, two!].flatMap(({ irqchips }) => irqchips.flatMap(pinsOf));
    expect(new Set(pins).size).toBe(pins.length);
    expect(told(text, machine)).toEqual([]);
    const errors = machine.cells.flatMap(({ diagnostics }) =>
      diagnostics.filter((each) => each.severity === 'error'),
    );
    expect(errors).toEqual([]);
  });

  test('leaves the first cells as they are when one is added', async () => {
    const text = `${HEAD}${cell('one', 'cpus: 1, memory: 64M, console: serial0')}`;
    const bytesOf = ({ cells }: PreparedMachine) => encodeCellConfig(cells[0]!.machine!.cell);
    const alone = bytesOf(await prepared(text));
    expect(bytesOf(await prepared(`${text}${cell('two', 'cpus: 1, memory: 64M')}`))).toEqual(alone);
  });

  test('refuses the wish that cannot be granted beside the others, at its line', async () => {
    const text = `${HEAD}${cell('one', 'cpus: 2, memory: 64M')}${cell('two', 'cpus: 2, memory: 64M')}`;
    const [whole, one, two] = await findings(text);
    expect(whole).toEqual([]);
    expect(one!.filter((each) => each.includes('machine/cpus'))).toEqual([]);
    expect(two).toContain('9 machine/cpus');
  });

  test.each(['net', 'block', 'console', 'custom'])(
    'has both ends of a %s link that the first or the last of its cells declares',
    async (kind) => {
      const to = (name: string): string => `cpus: 1, memory: 64M, links: [ { to: ${name}, kind: ${kind} } ]`;
      const plain = 'cpus: 1, memory: 64M';
      const protocols: number[][] = [];
      for (const [one, two] of [
        [to('two'), plain],
        [plain, to('one')],
      ] as const) {
        const text = `${HEAD}${cell('one', one)}${cell('two', two)}`;
        const machine = await prepared(text);
        const errors = [machine, ...machine.cells].flatMap(({ diagnostics }) =>
          diagnostics.filter(({ severity }) => severity === 'error'),
        );
        expect(errors).toEqual([]);
        const ends = machine.cells.map((each) => each.machine!.cell.pciDevices);
        expect(ends.map(({ length }) => length)).toEqual([1, 1]);
        expect(ends[0]![0]!.bdf).toBe(ends[1]![0]!.bdf);
        protocols.push(ends.map(([device]) => device!.shmem_protocol));
      }
      // The cell that declares it has the device, whichever is planned first.
      expect(protocols[1]).toEqual(protocols[0]!.toReversed());
    },
  );

  test('refuses two declarations of a link that contradict, at both', async () => {
    const text = `${HEAD}${cell('one', 'cpus: 1, memory: 64M, links: [ { to: two, kind: net } ]')}${cell('two', 'cpus: 1, memory: 64M, links: [ { to: one, kind: block } ]')}`;
    const [, one, two] = await findings(text);
    expect(one).toContain('6 machine/link');
    expect(two).toContain('9 machine/link');
  });

  test('refuses a link to a cell that it does not have', async () => {
    const text = `${HEAD}${cell('one', 'cpus: 1, memory: 64M, links: [ { to: rots, kind: net } ]')}`;
    expect((await findings(text))[1]).toContain('6 machine/link');
  });

  test('leaves to a cell whose config is given what it has, wherever it is in the file', async () => {
    const alone = await prepared(`${HEAD}${cell('one', 'cpus: 1, memory: 64M, console: serial0')}`);
    const given = alone.cells[0]!.machine!.cell;
    await folder.write({ 'given.cell': encodeCellConfig(given) });
    const text = `${HEAD}${cell('two', 'cpus: 1, memory: 64M, links: [ { to: one, kind: net } ]')}  - cell: given.cell\n    ${RTOS}\n`;
    const [two, one] = (await prepared(text)).cells;
    expect(cpusOf(one!.machine!.cell)).toEqual([3]);
    expect(two!.machine).toBeNull();
    // Its config has no end for the link.
    expect((await findings(text))[1]).toContain('6 machine/link');
    const unlinked = await prepared(text.replace(/, links: .* \]/, ''));
    expect(unlinked.cells.map((each) => cpusOf(each.machine!.cell))).toEqual([[2], [3]]);
  });

  test('starts the CPUs of a wish where the manifest says', async () => {
    const text = `${HEAD}${cell('one', 'cpus: 1, memory: 64M', 'entry: 0x20\n    images: [ { file: rtos.bin, at: 0x0 } ]')}`;
    const machine = await prepared(text);
    expect(machine.cells[0]!.machine!.cell.header.cpu_reset_address).toBe(0x20n);
    const beyond = text.replace('0x20', '0x40');
    expect((await findings(beyond))[1]).toContain('7 machine/entry');
  });
});

describe('a machine of configs', () => {
  const HEAD = 'system: root.cell\ncells:\n';
  const manifest = (index: number, more = ''): string =>
    `  - name: cell-${index}\n    cell: ${index}.cell\n    kernel: { image: kernel }\n${more}`;
  const BOTH = `${HEAD}${manifest(0)}${manifest(1)}`;

  async function write(rule?: string, change?: (machine: ReturnType<typeof brokenMachine>) => void) {
    const machine = brokenMachine(...(rule === undefined ? [] : [rule]));
    change?.(machine);
    await copyFile('example-project/payload/payload.bzImage', join(folder.at('kernel')));
    await folder.write({
      'root.cell': encodeSystemConfig(machine.system),
      ...Object.fromEntries(machine.cells.map((each, index) => [`${index}.cell`, encodeCellConfig(each)])),
    });
  }

  test('is fine where all fits together', async () => {
    await write();
    expect(await findings(BOTH)).toEqual([[], [], []]);
  });

  test.each(['cell/cpu-shared', 'cell/irq-shared', 'cell/memory-shared'])(
    'tells %s at the last cell that it concerns',
    async (rule) => {
      await write(rule);
      expect(await findings(BOTH)).toEqual([[`6 ${rule}`], [], []]);
    },
  );

  test('tells of the root cell once, at the system config', async () => {
    await write('system/no-ram');
    expect(await findings(BOTH)).toEqual([['1 system/no-ram'], [], []]);
  });

  test('tells what a cell breaks by itself at the cell', async () => {
    await write('cell/huge-pages');
    expect(await findings(BOTH)).toEqual([[], ['4 cell/huge-pages'], []]);
  });

  test('accepts what one of the cells waives', async () => {
    await write('cell/cpu-shared');
    const waive = '    checks: { waive: [ { rule: cell/cpu-shared, reason: known } ] }\n';
    expect(await findings(`${HEAD}${manifest(0, waive)}${manifest(1)}`)).toEqual([
      ['7 cell/cpu-shared waived'],
      [],
      [],
    ]);
  });

  test('knows the order of its cells', async () => {
    await write();
    const text = `${HEAD}${manifest(0, '    after: [ cell-2 ]\n')}${manifest(1, '    after: [ cell-1 ]\n')}`;
    expect((await findings(text))[0]).toEqual(['6 machine/order', '10 machine/order']);
  });

  test('takes cells from manifests of their own, which may say the same of the machine', async () => {
    await write();
    const own = 'cell: 0.cell\nkernel: { image: kernel }\n';
    await folder.write({ 'zero.cell.yaml': `${own}system: root.cell\n` });
    const text = `${HEAD}  - zero.cell.yaml\n${manifest(1)}`;
    expect(await findings(text)).toEqual([[], [], []]);
    const other = brokenMachine().system;
    other.rootCell.header.name[0] = 0x78;
    await folder.write({
      'other.cell': encodeSystemConfig(other),
      'zero.cell.yaml': `${own}system: other.cell\nroot: { cmdline: quiet }\n`,
    });
    expect((await findings(text))[1]).toEqual(['3 machine/conflict', '4 machine/conflict']);
  });

  test('tells of a manifest that is not there', async () => {
    await write();
    expect(await findings(`${HEAD}  - missing.cell.yaml\n`)).toEqual([[], ['1 input/unreadable']]);
  });

  test('tells of a system config that is not there, and of the text of its cells', async () => {
    await write();
    const text = BOTH.replace('root.cell', 'roof.cell').replace(
      'kernel: { image: kernel }',
      'kernel: kernel',
    );
    expect(await findings(text)).toEqual([['1 input/unreadable'], ['5 manifest/type'], []]);
  });

  test('has cells without Linux, whose entry agrees with their config', async () => {
    await write();
    await folder.write({ 'rtos.bin': new Uint8Array(64) });
    const bare = (entry: string, at: string) =>
      `${HEAD}  - cell: 0.cell\n    entry: ${entry}\n    images: [ { file: rtos.bin, at: ${at} } ]\n`;
    expect((await findings(bare('0x60', '0x60000000')))[1]).toContain('4 machine/entry');
    expect((await findings(bare('0x0', '0x50000000')))[1]).toContain('5 machine/image');
  });
});
