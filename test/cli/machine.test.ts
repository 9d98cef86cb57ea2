import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { isRam } from '../../src/formats/cell/memory.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import type { Report } from '../../src/reports/output-schema.ts';
import { brokenMachine } from '../fixtures/cell-check/cases.ts';
import { Folder } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create();
});
afterEach(() => folder.remove());

const machineOf = ([first, second]: readonly bigint[]): string => `system: root.cell
cells:
  - cell: 0.cell
    images: [ { file: code.bin, at: ${first} } ]
  - name: second
    cell: 1.cell
    images: [ { file: code.bin, at: ${second} } ]
`;

async function write(...rules: string[]): Promise<string> {
  const { system, cells } = brokenMachine(...rules);
  const entries = cells.map(({ memoryRegions }) => memoryRegions.find(isRam)!.virt_start);
  for (const [index, { header }] of cells.entries()) header.cpu_reset_address = entries[index]!;
  await folder.write({
    'board.machine.yaml': machineOf(entries),
    'root.cell': encodeSystemConfig(system),
    'code.bin': new Uint8Array(64),
    ...Object.fromEntries(cells.map((cell, index) => [`${index}.cell`, encodeCellConfig(cell)])),
  });
  return folder.at('board.machine.yaml');
}

test('check has a verdict for the machine, and one for each cell in its file', async () => {
  const file = await write('cell/cpu-shared');
  const { code, stdout } = await run(['check', file, '--json']);
  expect(code).toBe(1);
  const { subjects, findings } = JSON.parse(stdout) as {
    subjects: { file: string; cell: string | null; ok: boolean }[];
    findings: { rule: string; places: { line: number }[] }[];
  };
  expect(subjects.map(({ cell, ok }) => [cell, ok])).toEqual([
    [null, false],
    [expect.any(String), true],
    ['second', true],
  ]);
  expect(
    findings.filter(({ rule }) => rule === 'cell/cpu-shared').map(({ places }) => places[0]!.line),
  ).toEqual([5]);
  const text = await run(['check', file]);
  expect(text.stdout).toContain('board.machine.yaml:5:5: error cell/cpu-shared');
  expect(text.stdout).toMatch(/^ {2}a {2}cell-0 +-#/m);
  expect(text.stdout).toContain('board.machine.yaml (second) passes: no findings');
});

test('a machine file that is not there is reported as any other', async () => {
  const { code, stdout } = await run(['check', folder.at('none.machine.yaml')]);
  expect(code).toBe(1);
  expect(stdout).toContain('input/unreadable');
});

test('a cell of which nothing is known does not pass', async () => {
  const file = folder.at('blind.machine.yaml');
  await writeFile(
    file,
    'system: none.cell\ncells:\n  - { name: one, cell: one.cell, images: [{ string: x, at: 0x0 }] }\n',
  );
  const { stdout } = await run(['check', file]);
  expect(stdout).toMatch(/blind\.machine\.yaml \(.*\) was not checked: its machine could not be read\n/);
  expect(stdout).toMatch(/\n1 of \d fails, \d not checked: 1 error\n/);
  expect(stdout).not.toContain('passes');
  const { subjects } = JSON.parse((await run(['check', file, '--json'])).stdout) as Report<'check'>;
  expect(subjects.every(({ ok }) => !ok)).toBe(true);
});
