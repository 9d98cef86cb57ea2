import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CELL_RULES } from '../../src/checks/cell/rules/index.ts';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import { writeDescription } from '../../src/formats/cell/yaml/decompile.ts';
import type { CellConfig, SystemConfig } from '../../src/formats/cell/types.ts';
import { runCellCheck } from '../../src/cli/cell-check.ts';
import { UsageError, type Format } from '../../src/cli/exit.ts';
import { brokenMachine } from '../fixtures/cell-check/cases.ts';
import type { Machine } from '../helpers/machine.ts';
import { parseReport } from '../helpers/output.ts';

let folder: string;
let output: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cell-check-'));
  output = '';
  vi.stubEnv('NO_COLOR', '1');
  vi.spyOn(process.stdout, 'write').mockImplementation(((text: string, done: () => void) => {
    output += text;
    done();
    return true;
  }) as never);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

async function write({ system, cells }: Machine): Promise<[system: string, cells: string[]]> {
  const files = [];
  const put = async (name: string, content: Uint8Array | string): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const systemFile = await put('system.cell', encodeSystemConfig(system));
  for (const [index, cell] of cells.entries()) files.push(await put(`${index}.cell`, encodeCellConfig(cell)));
  return [systemFile, files];
}

const sourceOf = (code: string): string => CELL_RULES.find(({ id }) => id === code)!.source;

const run = async (made: Machine, format: Format = 'text', waive: string[] = []): Promise<number> =>
  runCellCheck(...(await write(made)), { format, waive });

describe('cell check', () => {
  it('passes a machine whose configs fit together', async () => {
    expect(await run(brokenMachine())).toBe(0);
    expect(output).toBe(`${folder}/system.cell passes: no findings\n`);
  });

  it('refuses a /proc/iomem that was read without root', async () => {
    const rootIomem = join(folder, 'iomem.txt');
    await writeFile(rootIomem, '00000000-00000000 : System RAM\n');
    const root = { board: null, rootConfig: null, rootIomem };
    expect(await runCellCheck(...(await write(brokenMachine())), { format: 'json', waive: [], root })).toBe(
      1,
    );
    expect(parseReport(output, 1)).toMatchObject({
      ok: false,
      findings: [{ rule: 'root/iomem-zeros', places: [{ file: rootIomem }] }],
    });
  });

  it('tells both sides of a finding, and fails', async () => {
    expect(await run(brokenMachine('cell/memory-shared'))).toBe(1);
    expect(output).toBe(`${folder}/0.cell, ${folder}/1.cell: error cell/memory-shared
  cell 'cell-0' and cell 'cell-1' use the same physical memory: memory region 0 (0x60000000..0x60100000, 1 MiB) and memory region 0 (0x60000000..0x60100000, 1 MiB)
  requested: separate memory for each, or both regions with ROOTSHARED
  actual:    neither region has ROOTSHARED; both have 0x60000000..0x60100000
  symptom:   each of the two cells can read and overwrite the other's memory
  fix:       move one region, or flag both JAILHOUSE_MEM_ROOTSHARED if the memory is meant to be shared
  source:    ${sourceOf('cell/memory-shared')}
  docs:      docs/reference/cell-rules.md#cell-rules

${folder}/system.cell fails: 1 error
  rules:     cell/memory-shared
`);
  });

  it('tells the worst last', async () => {
    expect(await run(brokenMachine('cell/huge-pages', 'cell/same-name'))).toBe(1);
    expect(output.match(/^\S.*?: (?:error|warning) \S+/gm)!.map((line) => line.split(' ').at(-1))).toEqual([
      'cell/huge-pages',
      'cell/same-name',
    ]);
    expect(output).toContain(
      "    page tables of cell 'cell-0': about 72 pages of 4 KiB, 12 if both addresses of each region were equal modulo 2 MiB\n",
    );
    expect(output).toContain("    the hypervisor's memory has 4096 pages for everything\n");
    expect(output).toContain('fails: 1 error, 1 warning\n');
  });

  it('passes with warnings alone', async () => {
    expect(await run(brokenMachine('cell/huge-pages'))).toBe(0);
    expect(output).toContain('passes: 1 warning\n');
  });

  it('gives machines the same as JSON', async () => {
    expect(await run(brokenMachine('cell/cpu-shared'), 'json')).toBe(1);
    expect(parseReport(output, 1)).toMatchObject({
      subjects: [
        { file: `${folder}/system.cell`, ok: true, kind: 'system' },
        { file: `${folder}/0.cell`, ok: true, kind: 'cell' },
        { file: `${folder}/1.cell`, ok: false, kind: 'cell' },
      ],
      findings: [
        {
          rule: 'cell/cpu-shared',
          severity: 'error',
          message: "cell 'cell-0' and cell 'cell-1' both take CPU 1",
          requested: 'CPUs of its own for each cell',
          actual: "cell 'cell-0' has CPU 1, cell 'cell-1' CPU 1",
          symptom: 'the cell that is created second: JAILHOUSE_CELL_CREATE: Device or resource busy',
          fix: 'give each cell CPUs of its own',
          fixSymbols: null,
          detail: null,
          waived: null,
          documentation: 'docs/reference/cell-rules.md#cell-rules',
          source: sourceOf('cell/cpu-shared'),
          subject: `${folder}/1.cell`,
          places: [
            { file: `${folder}/0.cell`, line: null, column: null },
            { file: `${folder}/1.cell`, line: null, column: null },
          ],
        },
      ],
    });
  });

  it('tells machines what is wrong with the configs themselves', async () => {
    const [system, [first, second]] = await write(brokenMachine());
    await writeFile(first!, 'format: cell\nrevision: 14\nnmae: demo\n');
    const files = [first!, second!, join(folder, 'none.cell')];
    expect(await runCellCheck(system, files, { format: 'json', waive: [] })).toBe(1);
    const { findings, subjects } = parseReport(output, 1);
    expect(subjects.map(({ ok }) => ok)).toEqual([true, false, true, false]);
    expect(findings.find(({ places }) => places[0]?.line === 3)).toMatchObject({
      subject: first,
      places: [{ file: first, column: 1 }],
    });
    expect(findings.at(-1)).toMatchObject({ rule: 'input/unreadable', subject: files[2] });
  });

  it('ends with its verdict where a file cannot be read, and names that file once', async () => {
    const errors = vi.spyOn(process.stderr, 'write').mockImplementation(((_: string, done: () => void) => {
      done();
      return true;
    }) as never);
    const [system, [first]] = await write(brokenMachine());
    const none = join(folder, 'none.cell');
    expect(await runCellCheck(system, [first!, none, system], { format: 'text', waive: [] })).toBe(1);
    expect(output).toBe(`${system} fails: 2 errors\n  rules:     input/unreadable, cell/wrong-kind\n`);
    const told = errors.mock.calls.map(([text]) => String(text)).join('');
    expect(told).toContain(`${none}: error input/unreadable\n  cannot read ${none}: it does not exist\n`);
    expect(told).toContain(
      `${system}: error cell/wrong-kind\n  this is a system config, not a cell config\n`,
    );
  });

  it('says what is wrong with waivers where a file cannot be read, too', async () => {
    const [system] = await write(brokenMachine());
    const waive = ['cell/cpu-shraed=typo', 'cell/same-name=not judged', 'cell/cpu-shared@2020-01-01=old'];
    expect(await runCellCheck(system, [join(folder, 'none.cell')], { format: 'json', waive })).toBe(1);
    const { findings } = parseReport(output, 1);
    expect(findings.map(({ rule, fix }) => [rule, fix])).toEqual([
      ['input/unreadable', expect.any(String)],
      ['waiver/unknown-rule', "did you mean 'cell/cpu-shared'?"],
      ['waiver/expired', expect.any(String)],
    ]);
  });

  it('names the system config for what is wrong in the root cell', async () => {
    const made = brokenMachine();
    made.system.rootCell.pciDevices[0]!.num_caps = 2;
    expect(await run(made)).toBe(1);
    expect(output).toContain(`${folder}/system.cell: error cell/reference\n`);
  });

  it.each(['2027-13-40', '2027-02-30'])('refuses a waiver until %s, which is not a day', async (until) => {
    await expect(run(brokenMachine(), 'text', [`cell/cpu-shared@${until}=x`])).rejects.toThrow(
      `${until} is a day that does not exist`,
    );
  });

  it('takes waivers, and says what is wrong with them', async () => {
    const made = brokenMachine('cell/cpu-shared');
    expect(await run(made, 'text', ['cell/cpu-shared=never run together'])).toBe(0);
    expect(output).toContain('waived cell/cpu-shared');
    expect(output).toContain('passes: 1 waived\n');

    output = '';
    expect(await run(made, 'text', ['cell/cpu-shared@2020-01-01=until then'])).toBe(1);
    expect(output).toContain("the waiver for 'cell/cpu-shared' expired after 2020-01-01");

    output = '';
    expect(await run(brokenMachine(), 'text', ['cell/cpus-shared=a typo'])).toBe(1);
    expect(output).toContain("did you mean 'cell/cpu-shared'?");

    await expect(run(made, 'text', ['cell/cpu-shared'])).rejects.toThrow(UsageError);
  });

  it('reads descriptions in files of any name', async () => {
    const { system, cells } = brokenMachine();
    const put = async (name: string, config: CellConfig | SystemConfig): Promise<string> => {
      await writeFile(join(folder, name), writeDescription(config, 'x86', null));
      return join(folder, name);
    };
    const files = [await put('0.txt', cells[0]!), await put('1.cell', cells[1]!)];
    expect(await runCellCheck(await put('system.txt', system), files, { format: 'text', waive: [] })).toBe(0);
  });

  it('points at the lines of a description', async () => {
    const { system, cells } = brokenMachine('cell/cpu-shared');
    const [systemFile, [binary]] = await write({ system, cells, facts: null });
    const described = join(folder, '1.jailhouse.yaml');
    await writeFile(described, writeDescription(cells[1]!, 'x86', null));
    expect(await runCellCheck(systemFile, [binary!, described], { format: 'text', waive: [] })).toBe(1);
    expect(output).toMatch(/^\S+\/0\.cell, \S+\/1\.jailhouse\.yaml:\d+:7: error cell\/cpu-shared$/m);
    expect(output).toMatch(/^ +> +\d+ \| cpus: 1$/m);
  });

  it('refuses configs in the wrong order by their names', async () => {
    const [system, [first]] = await write(brokenMachine());
    const check = async (one: string, other: string): Promise<unknown[]> => {
      output = '';
      expect(await runCellCheck(one, [other], { format: 'json', waive: [] })).toBe(1);
      return parseReport(output, 1).findings.map(({ subject, message }) => [subject, message]);
    };
    const notSystem = [first, 'this is a cell config, not a system config'];
    const notCell = [system, 'this is a system config, not a cell config'];
    expect(await check(first!, system)).toEqual([notSystem, notCell]);
    expect(await check(system, system)).toEqual([notCell]);
    await writeFile(first!, (await encodeCellConfig(brokenMachine().cells[0]!)).subarray(0, 200));
    expect(await check(system, first!)).toEqual([
      [first, expect.stringContaining('the cell config is cut short')],
    ]);
  });
});
