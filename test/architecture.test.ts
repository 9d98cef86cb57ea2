import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './helpers/docs.ts';
import { UNITS, unitOf } from './helpers/units.ts';

const SRC = path.join(ROOT, 'src');
const IMPORT = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

interface Import {
  from: string;
  /** A file of src, or a package. */
  to: string;
  typeOnly: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const source = new Map(files.map((name) => [name, readFileSync(path.join(SRC, name), 'utf8')]));

const imports = [...source].flatMap(([from, text]) =>
  [...text.matchAll(IMPORT)].map(([, type, fixed, dynamic]): Import => {
    const specifier = (fixed ?? dynamic)!;
    const to = specifier.startsWith('.') ? path.join(path.dirname(from), specifier) : specifier;
    return { from, to, typeOnly: type !== undefined };
  }),
);

const local = imports.filter(({ to }) => source.has(to));
const isEdge = (file: string): boolean => unitOf(file)?.edge === true;
const told = ({ from, to }: Import): string => `${from} imports ${to}`;

test('every file belongs to a unit, and every unit has files', () => {
  expect(files.filter((file) => unitOf(file) === undefined)).toEqual([]);
  const members = UNITS.flatMap((unit) => unit.members);
  expect(members.filter((member) => !files.some((file) => file.startsWith(member)))).toEqual([]);
});

test('every relative import is of a file, and none was overlooked', () => {
  const written = [...source].flatMap(([from, text]) =>
    [...text.matchAll(/'(\.{1,2}\/[^']*\.ts)'/g)].map(
      ([, to]) => `${from} imports ${path.join(path.dirname(from), to!)}`,
    ),
  );
  expect(local.map(told).toSorted()).toEqual(written.toSorted());
});

test('a unit imports values from the units that it may import, and needs each of them', () => {
  const found = new Map(UNITS.map(({ name }) => [name, new Set<string>()]));
  for (const { from, to, typeOnly } of local) {
    const [importer, imported] = [unitOf(from)!.name, unitOf(to)!.name];
    if (!typeOnly && importer !== imported) found.get(importer)!.add(imported);
  }
  const sorted = (names: Iterable<string>): string[] => [...names].toSorted();
  expect(Object.fromEntries([...found].map(([name, names]) => [name, sorted(names)]))).toEqual(
    Object.fromEntries(UNITS.map(({ name, imports: allowed }) => [name, sorted(allowed)])),
  );
});

test('units import only from units that stand before them', () => {
  const order = UNITS.map(({ name }) => name);
  const upward = UNITS.flatMap(({ name, imports: allowed }) =>
    allowed
      .filter((other) => order.indexOf(other) >= order.indexOf(name))
      .map((other) => `${name} > ${other}`),
  );
  expect(upward).toEqual([]);
});

test('the core imports nothing of the edges, not even types', () => {
  expect(local.filter(({ from, to }) => !isEdge(from) && isEdge(to)).map(told)).toEqual([]);
});

test('no file imports itself through others', () => {
  const next = (file: string): string[] =>
    local.filter(({ from, typeOnly }) => from === file && !typeOnly).map(({ to }) => to);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) cycles.push([...way.slice(way.indexOf(file)), file].join(' > '));
    if (way.includes(file) || done.has(file)) return;
    for (const to of next(file)) visit(to, [...way, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});

/** Pure: the same result for the same bytes, on any machine. */
const CORE_MODULES = new Set(['node:buffer', 'node:crypto', 'node:util', 'node:zlib']);

test('the core uses no module of Node that reaches outside', () => {
  const reaching = imports.filter(
    ({ from, to }) => !isEdge(from) && to.startsWith('node:') && !CORE_MODULES.has(to),
  );
  expect(reaching.map(told)).toEqual([]);
});

/** Hides fetch from a library, so that it does not ask for it. */
const HIDES = new Set(['compression/zstd.ts']);

test('the core asks neither process, console, clock, network nor chance', () => {
  const asked =
    /\bprocess\.|\bconsole\.(?:log|error|warn|info|debug)\b|\bglobalThis\b|\bDate\.now\(|\bnew Date\(\)|\bfetch\(|\bMath\.random\(/;
  const withoutComments = (text: string): string => text.replaceAll(/\/\*[^]*?\*\/|(?<!:)\/\/.*$/gm, '');
  const asking = [...source].filter(
    ([file, text]) => !isEdge(file) && !HIDES.has(file) && asked.test(withoutComments(text)),
  );
  expect(asking.map(([file]) => file)).toEqual([]);
});
