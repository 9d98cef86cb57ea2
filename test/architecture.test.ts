import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './helpers/docs.ts';
import { DOORS, EDGE_FILES, FLOORS } from './helpers/floors.ts';

const SRC = path.join(ROOT, 'src');
const IMPORT = /^(?:import|export)\s+(?:type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

interface Import {
  from: string;
  /** A file of src, or a package. */
  to: string;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const source = new Map(files.map((name) => [name, readFileSync(path.join(SRC, name), 'utf8')]));

/** All that the text imports, for its types alone or not. */
const importsOf = (from: string, text: string): Import[] =>
  [...text.matchAll(IMPORT)].map(([, fixed, dynamic]) => {
    const specifier = (fixed ?? dynamic)!;
    const to = specifier.startsWith('.') ? path.join(path.dirname(from), specifier) : specifier;
    return { from, to };
  });

const imports = [...source].flatMap(([from, text]) => importsOf(from, text));
const local = imports.filter(({ to }) => source.has(to));

const folderOf = (file: string): string => file.split('/')[0]!;
const levelOf = (file: string): number => FLOORS.findIndex(({ name }) => name === folderOf(file));
const isEdge = (file: string): boolean =>
  DOORS[file] === 'edge' || FLOORS[levelOf(file)]?.edge === true || EDGE_FILES.has(file);
const told = ({ from, to }: Import): string => `${from} imports ${to}`;

const upward = (found: readonly Import[]): string[] =>
  found.filter(({ from, to }) => !(from in DOORS) && (to in DOORS || levelOf(to) > levelOf(from))).map(told);

test('src holds three doors and the floors', () => {
  const entries = readdirSync(SRC, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const loose = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  expect(loose.toSorted()).toEqual(Object.keys(DOORS).toSorted());
  expect(folders.filter((name) => !FLOORS.some((floor) => floor.name === name))).toEqual([]);
});

test('every relative import is of a file, and none was overlooked', () => {
  const written = [...source].flatMap(([from, text]) =>
    [...text.matchAll(/'(\.{1,2}\/[^']*\.ts)'/g)].map(
      ([, to]) => `${from} imports ${path.join(path.dirname(from), to!)}`,
    ),
  );
  expect(local.map(told).toSorted()).toEqual(written.toSorted());
});

test('an import goes to the same floor or down, for types as for values', () => {
  expect(upward(local)).toEqual([]);
});

test('an import of a type alone is an import too', () => {
  const text = "import type { Plan } from '../placement/types.ts';\n";
  expect(upward(importsOf('formats/made-up.ts', text))).toEqual([
    'formats/made-up.ts imports placement/types.ts',
  ]);
});

/** Circles of files, each as the way around it. */
function circles(found: readonly Import[]): string[] {
  const next = new Map<string, Import[]>();
  for (const each of found) next.set(each.from, [...(next.get(each.from) ?? []), each]);
  const done = new Set<string>();
  const all: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) all.push([...way.slice(way.indexOf(file)), file].join(' > '));
    if (way.includes(file) || done.has(file)) return;
    for (const { to } of next.get(file) ?? []) visit(to, [...way, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return all;
}

test('no file imports itself through others, not even for a type', () => {
  expect(circles(local)).toEqual([]);
  expect(
    circles([...importsOf('a.ts', "import type { B } from './b.ts';"), { from: 'b.ts', to: 'a.ts' }]),
  ).toEqual(['a.ts > b.ts > a.ts']);
});

test('the core imports nothing of the edges', () => {
  expect(local.filter(({ from, to }) => !isEdge(from) && isEdge(to)).map(told)).toEqual([]);
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
const HIDES = new Set(['formats/compression/zstd.ts']);

test('the core asks neither process, console, clock, network nor chance', () => {
  const asked =
    /\bprocess\.|\bconsole\.(?:log|error|warn|info|debug)\b|\bglobalThis\b|\bDate\.now\(|\bnew Date\(\)|\bfetch\(|\bMath\.random\(/;
  const withoutComments = (text: string): string => text.replaceAll(/\/\*[^]*?\*\/|(?<!:)\/\/.*$/gm, '');
  const asking = [...source].filter(
    ([file, text]) => !isEdge(file) && !HIDES.has(file) && asked.test(withoutComments(text)),
  );
  expect(asking.map(([file]) => file)).toEqual([]);
});
