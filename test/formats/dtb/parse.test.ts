import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../../src/base/bytes.ts';
import { editTree } from '../../../src/formats/dtb/edit.ts';
import { encodeDtb } from '../../../src/formats/dtb/encode.ts';
import { parseDtb } from '../../../src/formats/dtb/parse.ts';
import type { DeviceTree, DtbNode } from '../../../src/formats/dtb/types.ts';
import { encodeNumber } from '../../../src/formats/dtb/values.ts';
import { BOARD, dtbOf, meaningOf, treeOf } from '../../helpers/trees.ts';
import { paramsVectors } from '../../helpers/vectors.ts';
import { oneIn, RUNS } from '../../helpers/runs.ts';
import { refusalOf } from '../../helpers/input-error.ts';

const vectors = [...paramsVectors('arm64'), ...paramsVectors('arm')];
const dtbs = vectors.flatMap(({ dtb }) => (dtb === null ? [] : [new Uint8Array(Buffer.from(dtb, 'hex'))]));

const refusal = (file: Uint8Array): string => refusalOf(() => parseDtb(file));

const withWord = (file: Uint8Array, offset: number, value: number): Uint8Array => {
  const copy = Buffer.from(file);
  copy.writeUInt32BE(value, offset);
  return copy;
};

test('the header stands where the specification has it', () => {
  const file = Buffer.from(dtbOf({ model: 'x' }));
  const words = Array.from({ length: 10 }, (_, index) => file.readUInt32BE(index * 4));
  const [structAt, stringsAt] = [56, 56 + 32];
  expect(words).toEqual([0xd00dfeed, stringsAt + 6, structAt, stringsAt, 40, 17, 16, 0, 6, 32]);
  expect(file.toString('latin1', stringsAt)).toBe('model\0');
});

test('every tree of the vectors is read, and written with the same meaning', () => {
  expect(dtbs.length).toBe(120);
  for (const dtb of dtbs) {
    const tree = parseDtb(dtb);
    const again = parseDtb(encodeDtb(tree));
    expect(again).toEqual(tree);
  }
});

/** Names without NUL, and any bytes as values. */
const name = fc.string({
  unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 31,
});

const { tree: anyNode } = fc.letrec<{ tree: DtbNode }>((tie) => ({
  tree: fc.record({
    name,
    properties: fc.array(
      fc.record({ name, nameOffset: fc.constant(0), value: fc.uint8Array({ maxLength: 20 }) }),
      { maxLength: 4 },
    ),
    children: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant([]),
      fc.array(tie('tree'), { maxLength: 3 }),
    ),
  }),
}));

/** The names put into a strings block, and the offsets into the properties. */
function named(root: DtbNode, rest: Omit<DeviceTree, 'root' | 'strings'>): DeviceTree {
  const parts: Uint8Array[] = [];
  let size = 0;
  const place = (node: DtbNode): DtbNode => ({
    ...node,
    properties: node.properties.map((property) => {
      const bytes = Buffer.from(`${property.name}\0`, 'latin1');
      parts.push(bytes);
      size += bytes.length;
      return { ...property, nameOffset: size - bytes.length };
    }),
    children: node.children.map(place),
  });
  return { ...rest, root: place(root), strings: concatBytes(parts) };
}

const anyTree = fc
  .record({
    root: anyNode,
    version: fc.integer({ min: 17, max: 20 }),
    lastCompatibleVersion: fc.integer({ min: 1, max: 17 }),
    bootCpu: fc.nat(),
    reservations: fc.array(
      fc.record({
        address: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        size: fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }),
      }),
      { maxLength: 3 },
    ),
  })
  .map(({ root, ...rest }) => named(root, rest));

test('any tree is read back as it was written', () => {
  fc.assert(
    fc.property(anyTree, (tree) => {
      expect(parseDtb(encodeDtb(tree))).toEqual(tree);
    }),
    { numRuns: RUNS },
  );
});

test('edits change what they name, and nothing else', () => {
  fc.assert(
    fc.property(anyTree, name, fc.uint8Array({ maxLength: 12 }), (tree, property, value) => {
      const edited = parseDtb(encodeDtb(editTree(tree, [{ node: 'chosen', property, value }])));
      const { root } = edited;
      const chosen = root.children.find((child) => child.name === 'chosen')!;
      expect(chosen.properties.find((each) => each.name === property)?.value).toEqual(value);
      const others = (node: DtbNode): unknown[] =>
        node.children
          .filter((child) => child !== node.children.find((each) => each.name === 'chosen'))
          .map(meaningOf);
      expect(others(root)).toEqual(others(tree.root));
    }),
    { numRuns: oneIn(5) },
  );
});

describe('edits', () => {
  test('put new nodes last, new properties last, and each new name into the strings again', () => {
    const tree = treeOf({ reg: [1], memory: { reg: [9] }, soc: {} });
    const value = encodeNumber(5n, 1);
    const edited = editTree(tree, [
      { node: 'memory', property: 'reg', value },
      { node: 'chosen', property: 'reg', value },
      { node: 'memory', property: 'device_type', value },
    ]);
    expect(meaningOf(edited.root)).toEqual(
      meaningOf(
        treeOf({ reg: [1], memory: { reg: [5], device_type: [5] }, soc: {}, chosen: { reg: [5] } }).root,
      ),
    );
    expect(Buffer.from(edited.strings).toString('latin1')).toBe('reg\0reg\0device_type\0');
  });

  test('take only a node of exactly that name', () => {
    const edited = editTree(treeOf({ 'memory@0': {} }), [
      { node: 'memory', property: 'reg', value: encodeNumber(1n, 1) },
    ]);
    expect(edited.root.children.map((child) => child.name)).toEqual(['memory@0', 'memory']);
  });
});

describe('what is read', () => {
  const good = dtbOf({ model: 'x', soc: { reg: [1] } });

  test('FDT_NOP is left out, wherever it stands', () => {
    const words = Buffer.from(good);
    const structAt = words.readUInt32BE(8);
    const structSize = words.readUInt32BE(36);
    const nop = Buffer.from('00000004', 'hex');
    const begin = words.subarray(structAt, structAt + 8);
    const rest = words.subarray(structAt + 8, structAt + structSize);
    const structure = Buffer.concat([nop, begin, nop, nop, rest.subarray(0, -4), nop, rest.subarray(-4)]);
    const file = Buffer.concat([
      words.subarray(0, structAt),
      structure,
      words.subarray(structAt + structSize),
    ]);
    const grown = structure.length - structSize;
    for (const [offset, by] of [
      [4, grown],
      [12, grown],
      [36, grown],
    ] as const) {
      file.writeUInt32BE(file.readUInt32BE(offset) + by, offset);
    }
    expect(parseDtb(file)).toEqual(parseDtb(good));
  });

  test('what follows the tree is left out', () => {
    expect(parseDtb(concatBytes([good, new Uint8Array(100)]))).toEqual(parseDtb(good));
  });

  test.each([
    ['dtb/magic: the file is not a device tree blob', Buffer.from('/dts-v1/;\n/ { };\n')],
    ['dtb/magic: the file is not a device tree blob', new Uint8Array()],
    ['dtb/truncated: the device tree is cut short: the header', good.subarray(0, 20)],
    ['dtb/truncated: the device tree is cut short: the tree', good.subarray(0, good.length - 1)],
    ['dtb/version: the device tree has version 16', withWord(good, 20, 16)],
    [
      'dtb/version: the device tree has version 18, readable from version 18 on',
      withWord(withWord(good, 20, 18), 24, 18),
    ],
    ['dtb/damaged: the device tree is damaged: its structure block', withWord(good, 8, 0x7fffffff)],
    ['dtb/damaged: the device tree is damaged: its strings block', withWord(good, 32, 0xffffffff)],
    [
      'dtb/damaged: the device tree is damaged: its memory reservations have no end',
      withWord(good, 16, good.length - 8),
    ],
    [
      'dtb/damaged: the device tree is damaged: 0x7 at 0 of the structure is not a token',
      withWord(good, 56, 7),
    ],
  ])('%s', (told, file) => {
    expect(refusal(file)).toContain(told);
  });

  test('nesting has an end', () => {
    const depth = 65;
    const deep = Array.from({ length: depth }).reduce<object>((inner) => ({ n: inner }), {});
    expect(refusal(dtbOf(deep as never))).toContain('nest deeper than 64');
    expect(parseDtb(dtbOf(BOARD)).root.children.length).toBeGreaterThan(4);
  });
});
