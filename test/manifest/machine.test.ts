import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { lineAndColumn } from '../../src/formats/yaml/source.ts';
import { parseMachine } from '../../src/manifest/machine/parse.ts';
import { machineJsonSchema } from '../../src/manifest/machine/json-schema.ts';

const HEAD = 'system: root.cell\nboard: board.dtb\nroot: { iomem: iomem.txt }\ncells:\n';
const WHOLE = `${HEAD}  - linux.cell.yaml
  - { manifest: other.cell.yaml, after: [ rtos ] }
  - name: third
    cell: { generate: { cpus: 1, memory: 64M } }
    kernel: { image: Image }
    after: [ rtos ]
  - name: rtos
    cell: rtos.cell
    images: [ { file: rtos.bin, at: 0x0 }, { string: fast, at: 0x1000 } ]
    entry: 0x40
    checks: { waive: [ { rule: cell/huge-pages, reason: small } ] }
`;

/** Each problem, of the file and of its cells, as `line code message`. */
function problemsIn(text: string): string[] {
  const { problems, cells } = parseMachine(text);
  const all = [...problems, ...cells.flatMap((cell) => (cell.kind === 'file' ? [] : cell.parsed.problems))];
  return all.map(
    ({ code, message, range }) => `${lineAndColumn(text, range!.start).line} ${code} ${message}`,
  );
}

describe('a machine file', () => {
  test('has cells of every kind', () => {
    expect(problemsIn(WHOLE)).toEqual([]);
    const { machine, cells, files } = parseMachine(WHOLE);
    expect(machine).toEqual({
      name: null,
      version: null,
      compatible: [],
      layout: null,
      compress: 'none',
      system: 'root.cell',
      root: { cmdline: null, iomem: 'iomem.txt', 'kernel-config': null },
    });
    expect(files.map(({ file }) => file)).toEqual(['root.cell', 'board.dtb', 'iomem.txt']);
    expect(cells.map(({ kind, after }) => [kind, after])).toEqual([
      ['file', []],
      ['file', ['rtos']],
      ['manifest', ['rtos']],
      ['bare', []],
    ]);
  });

  test('has a cell without Linux with what is loaded', () => {
    const cell = parseMachine(WHOLE).cells[3]!;
    if (cell.kind !== 'bare') throw new Error(cell.kind);
    expect(cell.parsed.bare).toEqual({
      name: 'rtos',
      layout: null,
      cell: 'rtos.cell',
      images: [
        { source: { file: 'rtos.bin' }, at: 0n },
        { source: { string: 'fast' }, at: 0x1000n },
      ],
      entry: 0x40n,
      waive: [{ rule: 'cell/huge-pages', reason: 'small', until: null }],
    });
    expect(cell.parsed.files).toEqual([
      { path: ['cell'], file: 'rtos.cell' },
      { path: ['images', 0, 'file'], file: 'rtos.bin' },
    ]);
  });

  test('has a name, the layout of its configs, and how its bundle is packed', () => {
    const { machine, problems } = parseMachine(
      `name: plant\nlayout: nxp12\nbundle: { compress: gzip }\n${WHOLE}`,
    );
    expect(problems).toEqual([]);
    expect(machine).toMatchObject({ name: 'plant', layout: 'nxp12', compress: 'gzip' });
  });

  test.each([
    ['name: a/b\n', '1 manifest/value'],
    ['layout: nxp13\n', '1 manifest/value'],
    ['bundle: { compress: zip }\n', '1 manifest/value'],
    ['bundle: { kernel: /boot/Image }\n', '1 manifest/unknown-key'],
  ])('refuses %j at its line', (text, told) => {
    expect(problemsIn(`${text}${WHOLE}`)).toEqual([expect.stringContaining(told)]);
  });

  test('knows where the keys of a cell are', () => {
    const cell = parseMachine(WHOLE).cells[2]!;
    if (cell.kind !== 'manifest') throw new Error(cell.kind);
    expect(cell.parsed.manifest).toMatchObject({ name: 'third', kernel: { image: 'Image' }, system: null });
    expect(lineAndColumn(WHOLE, cell.parsed.locate(['kernel', 'image']).start).line).toBe(9);
  });

  test('may describe its system in place', () => {
    expect(problemsIn('system: { format: system, revision: 99 }\ncells: [ a.cell.yaml ]')[0]).toMatch(
      /^1 description\//,
    );
  });

  test.each([
    ['', '1 manifest/empty the machine file is empty'],
    ['- a', '1 manifest/type a machine file is a map of keys; this is a list'],
    ['cells: [ a.cell.yaml ]', '1 manifest/missing `system` is missing'],
    ['system: root.cell', '1 manifest/missing `cells` is missing'],
    ['system: root.cell\ncells: []', '2 manifest/value `cells` is an empty list'],
    ['system: root.cell\ncells: a.cell.yaml', '2 manifest/type `cells` must be a list of cells, not text'],
    [
      'system: 5\ncells: [ a.cell.yaml ]',
      '1 manifest/type `system` must be the path of a file, or a description, not a number',
    ],
    ['system: root.cell\nkernel: a\ncells: [ a.cell.yaml ]', '2 manifest/unknown-key unknown key `kernel`'],
    [`${HEAD}  - 5`, '5 manifest/type `cells[0]` must be a cell, not a value'],
    [`${HEAD}  -`, '5 manifest/type `cells[0]` must be a cell, not empty'],
    [`${HEAD}  - { manifest: a.cell.yaml, befor: [] }`, '5 manifest/unknown-key unknown key `befor`'],
    [`${HEAD}  - { manifest: a.cell.yaml, after: rtos }`, '5 manifest/type `after` must be a list, not text'],
    [`${HEAD}  - { name: a, cell: a.cell }`, '5 manifest/missing `kernel` is missing'],
    [
      `${HEAD}  - { cell: a.cell, kernel: { image: I }, system: b.cell }`,
      '5 manifest/unknown-key unknown key `system`',
    ],
    [
      `${HEAD}  - { cell: a.cell, kernel: { imago: I } }`,
      '5 manifest/unknown-key unknown key `imago` in `kernel`',
    ],
    [
      `${HEAD}  - cell: { generate: { cpus: 1, memory: 64M } }\n    kernel: { image: I }`,
      '5 manifest/missing `name` is missing: the cell is called so',
    ],
    [`${HEAD}  - { cell: a.cell, images: [] }`, '5 manifest/missing `images` is empty: nothing is loaded'],
    [
      `${HEAD}  - { cell: a.cell, images: [ { file: a } ] }`,
      '5 manifest/missing `images[0]` does not say where it goes',
    ],
    [
      `${HEAD}  - { cell: a.cell, images: [ { at: 0 } ] }`,
      '5 manifest/missing `images[0]` has nothing to load',
    ],
    [
      `${HEAD}  - { cell: a.cell, images: [ { file: a, string: b, at: 0 } ] }`,
      '5 manifest/conflict `images[0]` has `file` and `string`',
    ],
    [`${HEAD}  - { cell: a.cell, images: [ { file: a, at: up } ] }`, '5 manifest/value `images[0].at`'],
    [`${HEAD}  - { images: [ { file: a, at: 0 } ] }`, '5 manifest/missing `cell` is missing'],
    [`${HEAD}  - { cell: a.cell, image: [] }`, '5 manifest/unknown-key unknown key `image`'],
    [
      `${HEAD}  - { cell: a.cell, kernel: { image: I }, images: [ { file: a, at: 0 } ] }`,
      '5 manifest/unknown-key unknown key `kernel`',
    ],
    [`${HEAD}  - { cell: a.cell, images: [ { file: a, at: 0 } ], entry: here }`, '5 manifest/value `entry`'],
  ])('%j is told at its line', (text, expected) => {
    const found = problemsIn(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  test('tells each fault of the text once', () => {
    expect(problemsIn(`${HEAD}  - { name: a, name: b, cell: c, kernel: { image: I } }`)).toEqual([
      '5 manifest/duplicate-key `name` is given twice',
    ]);
  });
});

describe('the JSON Schema', () => {
  const schema = z.fromJSONSchema(machineJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  const accepts = (text: string): boolean => schema.safeParse(parse(text)).success;

  test('takes what is taken here', () => {
    expect(accepts(WHOLE)).toBe(true);
  });

  test.each([
    'cells: [ a.cell.yaml ]',
    'system: root.cell',
    'system: root.cell\ncells: []',
    `${HEAD}  - { name: a, cell: a.cell }`,
    `${HEAD}  - { cell: a.cell, kernel: { image: I }, system: b.cell }`,
    `${HEAD}  - { cell: a.cell, kernel: { image: I }, images: [ { file: a, at: 0 } ] }`,
    `${HEAD}  - { images: [ { file: a, at: 0 } ] }`,
  ])('refuses %j, too', (text) => {
    expect(accepts(text)).toBe(false);
    expect(problemsIn(text)).not.toEqual([]);
  });
});
