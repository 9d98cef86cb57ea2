import { describe, expect, test } from 'vitest';
import {
  cells,
  composeTree,
  flag,
  ref,
  texts,
  twoCells,
  type NewNode,
} from '../../../src/formats/dtb/compose.ts';
import { encodeDtb } from '../../../src/formats/dtb/encode.ts';
import { parseDtb } from '../../../src/formats/dtb/parse.ts';
import { writeSource } from '../../../src/formats/dtb/source.ts';
import { dtbOf } from '../../helpers/trees.ts';
import { meaningOf } from '../../helpers/trees.ts';

const tree: NewNode = {
  name: '',
  properties: [texts('model', 'A "board"'), cells('interrupt-parent', ref('gic'))],
  children: [
    {
      name: 'pic@8000000',
      label: 'gic',
      comment: 'the only one',
      properties: [flag('interrupt-controller'), cells('reg', ...twoCells(0x8_0000_0000n), 0, 0x10000)],
      children: [],
    },
    {
      name: 'dev',
      properties: [
        { name: 'mac', value: { bytes: new Uint8Array([2, 0, 0xff]) } },
        { name: 'number', value: { bytes: new Uint8Array([0, 0, 0, 12]) } },
      ],
      children: [],
    },
  ],
};

describe('a tree that is made here', () => {
  test('is what its blob says', () => {
    const { root } = parseDtb(encodeDtb(composeTree(tree)));
    const wanted = parseDtb(
      dtbOf({
        model: 'A "board"',
        'interrupt-parent': [1],
        'pic@8000000': { 'interrupt-controller': true, reg: [8, 0, 0, 0x10000], phandle: [1] },
        dev: { mac: new Uint8Array([2, 0, 0xff]), number: [12] },
      }),
    );
    expect(meaningOf(root)).toEqual(meaningOf(wanted.root));
  });

  test('has a source that people can read', () => {
    expect(writeSource(tree, ['Made by a test.'])).toBe(`// Made by a test.
/dts-v1/;

/ {
\tmodel = "A \\"board\\"";
\tinterrupt-parent = <&gic>;

\t/* the only one */
\tgic: pic@8000000 {
\t\tinterrupt-controller;
\t\treg = <8 0 0 0x10000>;
\t\tphandle = <1>;
\t};

\tdev {
\t\tmac = [02 00 ff];
\t\tnumber = <0xc>;
\t};
};
`);
  });

  test('cannot refer to a label that is not there', () => {
    const broken = { ...tree, children: [] };
    expect(() => composeTree(broken)).toThrow('no node has the label gic');
  });
});
