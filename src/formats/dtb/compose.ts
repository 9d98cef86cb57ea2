import { concatBytes } from '../../base/bytes.ts';
import { DTB_VERSION } from './layout.ts';
import type { DeviceTree, DtbNode, DtbProperty } from './types.ts';
import { encodeCells, encodeText } from './values.ts';

/** Refers to the node of the tree that has this label. */
export interface LabelReference {
  label: string;
}

/** What a property says; bytes are copied from another tree. */
export type NewValue =
  { texts: readonly string[] } | { cells: readonly (number | LabelReference)[] } | { bytes: Uint8Array };

export interface NewProperty {
  name: string;
  value: NewValue;
}

/** A node of a tree that is made here, and written as source and as a blob. */
export interface NewNode {
  /** With the unit address; `''` for the root. */
  name: string;
  /** Others refer to it by this; a labelled node has a phandle. */
  label?: string;
  /** Why it is there, for the source. */
  comment?: string;
  properties: readonly NewProperty[];
  children: readonly NewNode[];
}

export const texts = (name: string, ...values: string[]): NewProperty => ({ name, value: { texts: values } });

export const cells = (name: string, ...values: (number | LabelReference)[]): NewProperty => ({
  name,
  value: { cells: values },
});

/** A property without a value. */
export const flag = (name: string): NewProperty => ({ name, value: { cells: [] } });

export const ref = (label: string): LabelReference => ({ label });

/** A number as two cells, the higher first. */
export const twoCells = (value: bigint): [number, number] => [
  Number(value >> 32n),
  Number(value & 0xffffffffn),
];

/** Whether the node itself has a phandle: one that is copied with its number. */
const hasPhandle = ({ properties }: NewNode): boolean => properties.some(({ name }) => name === 'phandle');

const readPhandles = ({ properties, children }: NewNode): number[] => [
  ...properties.flatMap(({ name, value }) =>
    name === 'phandle' && 'cells' in value && typeof value.cells[0] === 'number' ? [value.cells[0]] : [],
  ),
  ...children.flatMap(readPhandles),
];

/** The tree with a phandle for each labelled node, counted from 1 in the order of the text, past those that are there. */
function numbered(root: NewNode): { root: NewNode; phandles: ReadonlyMap<string, number> } {
  const phandles = new Map<string, number>();
  let next = Math.max(0, ...readPhandles(root)) + 1;
  const number = (node: NewNode): NewNode => {
    const { label } = node;
    let { properties } = node;
    if (label !== undefined && !hasPhandle(node)) {
      phandles.set(label, next);
      properties = [...properties, cells('phandle', next++)];
    } else if (label !== undefined) phandles.set(label, readPhandles({ ...node, children: [] })[0]!);
    return { ...node, properties, children: node.children.map(number) };
  };
  return { root: number(root), phandles };
}

/** The tree as both its source and its blob have it: with phandles. */
export const withPhandles = (root: NewNode): NewNode => numbered(root).root;

/**
 * The tree as dtc makes it of its source: each name once in the strings.
 *
 * @throws RangeError for a reference to a label that no node has
 */
export function composeTree(source: NewNode): DeviceTree {
  const { root, phandles } = numbered(source);
  const names: Uint8Array[] = [];
  const offsets = new Map<string, number>();
  let size = 0;
  const offsetOf = (name: string): number => {
    const known = offsets.get(name);
    if (known !== undefined) return known;
    const bytes = encodeText(name);
    names.push(bytes);
    offsets.set(name, size);
    size += bytes.length;
    return size - bytes.length;
  };
  const bytesOf = (value: NewValue): Uint8Array => {
    if ('bytes' in value) return value.bytes;
    if ('texts' in value) return concatBytes(value.texts.map(encodeText));
    return encodeCells(
      value.cells.map((cell) => {
        if (typeof cell === 'number') return cell;
        const phandle = phandles.get(cell.label);
        if (phandle === undefined) throw new RangeError(`no node has the label ${cell.label}`);
        return phandle;
      }),
    );
  };
  const build = ({ name, properties, children }: NewNode): DtbNode => ({
    name,
    properties: properties.map((property): DtbProperty => ({
      name: property.name,
      nameOffset: offsetOf(property.name),
      value: bytesOf(property.value),
    })),
    children: children.map(build),
  });
  const built = build(root);
  return {
    version: DTB_VERSION,
    lastCompatibleVersion: DTB_VERSION - 1,
    bootCpu: 0,
    reservations: [],
    root: built,
    strings: concatBytes(names),
  };
}
