import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/reports/output-schema.ts';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import { encodeDtb } from '../../src/formats/dtb/encode.ts';
import { Folder } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { ARM_MANIFEST, withArmFiles } from '../helpers/docs-arm-cell.ts';
import { makeMachine } from '../helpers/machine.ts';
import { treeOf } from '../helpers/trees.ts';

const LOG = `Started cell "cell-0"
Unhandled data read at 0x9010fe0(4)

FATAL: unhandled trap (exception class 0x24)
Cell state before exception:
 pc: ffff8000104d2a60   lr: ffff8000104d2a48 spsr: 60000005     EL1
 sp: ffff80001181bb90  esr: 24 1 1800007
Parking CPU 1 (Cell: "cell-0")
`;

const TREE = treeOf({
  '#address-cells': [1],
  '#size-cells': [1],
  'rtc@9010000': { compatible: 'arm,pl031\0arm,primecell', reg: [0x9010000, 0x1000] },
});

const SUMMARY =
  "the guest read 0x9010fe0, which no region of cell 'cell-0' covers: the device tree enables rtc@9010000";

let folder: Folder;
let log: string;
let cell: string;
let other: string;
let system: string;
let dtb: string;
beforeAll(async () => {
  folder = await Folder.create();
  const machine = makeMachine({ revision: 14, architecture: 'arm64', cpus: [1, 1] });
  [log, cell, other, system, dtb] = ['a.log', 'a.cell', 'b.cell', 'm.cell', 'a.dtb'].map((name) =>
    folder.at(name),
  ) as [string, string, string, string, string];
  await writeFile(log, LOG);
  await writeFile(cell, encodeCellConfig(machine.cells[0]!));
  await writeFile(other, encodeCellConfig(machine.cells[1]!));
  await writeFile(system, encodeSystemConfig(machine.system));
  await writeFile(dtb, encodeDtb(TREE));
});
afterAll(() => folder.remove());

const plain = { env: { NO_COLOR: '1' } };

describe('explain with configs', () => {
  test('says in the first line what was touched', async () => {
    const { code, stdout, stderr } = await run(
      ['explain', log, '--cell', cell, '--system', system, '--dtb', dtb],
      plain,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.startsWith(`${SUMMARY}\n\n${log}:2: Unhandled data read at 0x9010fe0(4)\n`)).toBe(true);
    expect(stdout).toContain("  config:  no memory region of cell 'cell-0' covers 0x9010fe0\n");
    expect(stdout).toContain('the device tree enables rtc@9010000 (arm,pl031), 0xfe0 after its start');
    expect(stdout).toContain(
      '  event:   exception class 0x24, a load or store that was refused: a read of 4 bytes into x0',
    );
  });

  test('the same for machines', async () => {
    const { code, stdout } = await run([
      'explain',
      '--json',
      log,
      '--cell',
      cell,
      '--cell',
      other,
      '--system',
      system,
    ]);
    expect(code).toBe(0);
    const { ok, subjects } = JSON.parse(stdout) as Report<'explain'>;
    expect(ok).toBe(true);
    expect(subjects[0]!.summary).toBe("the guest read 0x9010fe0, which no region of cell 'cell-0' covers");
    const first = subjects[0]!.explanations!.find(({ id }) => id === 'arm-data')!;
    expect(first.details.map(({ about }) => about)).toEqual(['config', 'config', 'event', 'code']);
  });

  test('takes descriptions, and says what is wrong with them at their lines', async () => {
    const yaml = await run(['cell', 'decompile', cell], plain);
    await writeFile(folder.at('a.yaml'), yaml.stdout);
    expect((await run(['explain', log, '--cell', folder.at('a.yaml')], plain)).stdout).toContain(
      "which no region of cell 'cell-0' covers",
    );
    await writeFile(folder.at('bad.yaml'), yaml.stdout.replace(/^cpus:/m, 'cpu:'));
    const bad = await run(['explain', log, '--cell', folder.at('bad.yaml')], plain);
    expect(bad).toMatchObject({ code: 1, stdout: '' });
    expect(bad.stderr).toMatch(/bad\.yaml:\d+:\d+/);
    const json = await run(['explain', '--json', log, '--cell', folder.at('bad.yaml')]);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      subjects: [{ file: log, explanations: null }],
    });
  });

  test.each([
    ['a tree of no cell', ['--dtb', 'a.dtb'], '--dtb is the device tree of a cell, and no cell is given'],
    ['a tree of two', ['--cell', 'a.cell', '--cell', 'b.cell', '--dtb', 'a.dtb'], 'and 2 cells are given'],
    ['one cell twice', ['--cell', 'a.cell', '--cell', 'a.cell'], "two of the configs are of a cell 'cell-0'"],
    ['two system configs', ['--system', 'm.cell', '--system', 'm.cell'], 'only once'],
    [
      'a root without its config',
      ['--cell', 'a.cell', '--root-cmdline', 'quiet'],
      'whose config is not given',
    ],
    ['a layout of nothing', ['--layout', 'nxp10'], 'none is given'],
  ])('%s is wrong usage', async (_, words, message) => {
    const named = words.map((word) => (/\.(?:cell|dtb)$/.test(word) ? folder.at(word) : word));
    const { code, stderr } = await run(['explain', log, ...named], plain);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test.each([
    ['a system config as a cell', ['--cell', 'm.cell'], 'cell/wrong-kind'],
    ['a cell as a system config', ['--system', 'a.cell'], 'cell/wrong-kind'],
    ['a log as a bundle', ['--bundle', 'a.log'], 'bundle/no-bundle'],
    ['a cell as a tree', ['--cell', 'a.cell', '--dtb', 'a.cell'], 'dtb/magic'],
    ['a file that is not there', ['--cell', 'none.cell'], 'input/unreadable'],
  ])('%s ends in 1', async (_, words, code) => {
    const named = words.map((word) => (word.startsWith('--') ? word : folder.at(word)));
    const outcome = await run(['explain', log, ...named], plain);
    expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(code) });
    const json = await run(['explain', '--json', log, ...named]);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, findings: [{ rule: code }] });
  });
});

test('explain with a bundle knows its cell, its device tree and what it loads', () =>
  withArmFiles(1 << 20, async (files) => {
    await writeFile(`${files}/linux.cell.yaml`, ARM_MANIFEST);
    expect(await run(['build', `${files}/linux.cell.yaml`, '-o', files], plain)).toMatchObject({ code: 0 });
    const text = LOG.replaceAll('cell-0', 'linux-arm64-demo').replace('ffff8000104d2a60', '0000000060200000');
    await writeFile(`${files}/a.log`, text);
    const { code, stdout, stderr } = await run(
      ['explain', `${files}/a.log`, '--bundle', `${files}/linux-arm64-demo.tar`],
      plain,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain("the guest read 0x9010fe0, which no region of cell 'linux-arm64-demo' covers");
    expect(stdout).toMatch(/config: {2}by the bundle, 0x60200000 is in the kernel \(0x60000000\.\./);
  }));
