import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../../src/base/bytes.ts';
import { propertyOf } from '../../../src/formats/dtb/edit.ts';
import { encodeDtb } from '../../../src/formats/dtb/encode.ts';
import { parseDtb } from '../../../src/formats/dtb/parse.ts';
import { aliasesOf, devicesOf, isEnabled } from '../../../src/formats/dtb/walk.ts';
import { quickly } from '../../helpers/cpu-time.ts';
import { refusalOf } from '../../helpers/input-error.ts';
import { dtbOf, treeOf } from '../../helpers/trees.ts';

const words = (...values: number[]): Buffer => {
  const out = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => out.writeUInt32BE(value, index * 4));
  return out;
};

/** A tree whose root has `count` times these words in it. */
function withMany(count: number, ...many: number[]): Uint8Array {
  const [begin, end] = [words(1, 0), words(2, 9)];
  const structure = concatBytes([begin, Buffer.alloc(count * many.length * 4, words(...many)), end]);
  const strings = Buffer.from('x\0');
  const at = 40 + 16;
  const total = at + structure.length + strings.length;
  const header = words(0xd00dfeed, total, at, at + structure.length, 40, 17, 16, 0, 2, structure.length);
  return concatBytes([header, Buffer.alloc(16), structure, strings]);
}

const nodes = (count: number): Uint8Array => withMany(count, 1, 0, 2);
const properties = (count: number): Uint8Array => withMany(count, 3, 0, 0);

describe('a tree that is larger than any board is refused, and soon', () => {
  test.each([
    ['130,000 empty nodes', nodes(130_000), 'dtb/too-large: the device tree has more than 65536 nodes'],
    [
      '300,000 empty properties',
      properties(300_000),
      'dtb/too-large: the device tree has more than 262144 properties',
    ],
  ])('%s', (_, file, refusal) => {
    expect(quickly(1000, () => refusalOf(() => parseDtb(file)))).toContain(refusal);
  });
});

describe('one that is nearly as large is read, walked and written in linear time', () => {
  test('many nodes', () => {
    const tree = parseDtb(nodes(20_000));
    expect(quickly(1000, () => [...devicesOf(tree)].filter(isEnabled).length)).toBe(20_001);
    expect(encodeDtb(tree).length).toBe(nodes(20_000).length);
  });

  test('many properties', () => {
    const tree = parseDtb(properties(50_000));
    expect(propertyOf(tree.root, 'x')).toEqual(new Uint8Array());
    expect(quickly(1000, () => encodeDtb(tree).length)).toBe(properties(50_000).length);
  });

  test('many nodes below one with many properties', () => {
    const children = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`n${index}`, {}]));
    const own = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`p${index}`, true as const]));
    const tree = treeOf({ ...own, ...children, status: 'disabled' });
    expect(quickly(1000, () => [...devicesOf(tree)].filter(isEnabled))).toEqual([]);
  });

  test('many aliases of many nodes', () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `n${index}`);
    const children = Object.fromEntries(names.map((name) => [name, {}]));
    const aliases = Object.fromEntries(names.map((name) => [name, `/${name}`]));
    const missing = Object.fromEntries(names.map((name) => [`no-${name}`, `/no-${name}`]));
    const tree = parseDtb(dtbOf({ ...children, aliases: { ...aliases, ...missing } }));
    const found = quickly(1000, () => aliasesOf(tree));
    expect(found.filter(({ device }) => device !== null).length).toBe(5_000);
  });
});

test('of two properties with one name the first counts, in long lists, too', () => {
  const twice = Array.from({ length: 100 }, (_, index) => ({
    name: `p${index % 50}`,
    nameOffset: 0,
    value: Uint8Array.of(index),
  }));
  const node = { name: '', properties: twice, children: [] };
  expect(propertyOf(node, 'p49')).toEqual(Uint8Array.of(49));
  expect(propertyOf(node, 'p50')).toBeUndefined();
});
