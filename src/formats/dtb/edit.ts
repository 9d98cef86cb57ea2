import { concatBytes } from '../../base/bytes.ts';
import type { DeviceTree, DtbNode, DtbProperty } from './types.ts';

/** Sets a property of a child of the root; the node is made if no child has exactly this name. */
export interface Edit {
  node: string;
  property: string;
  value: Uint8Array;
}

/** A list as long as no board has it is searched once for all names. */
const LONG = 64;

/** Finds the first of a list that has a name; `nameOf` says which name counts. */
function finder(nameOf: (name: string) => string) {
  const indexes = new WeakMap<readonly { name: string }[], ReadonlyMap<string, unknown>>();
  return <T extends { name: string }>(list: readonly T[], wanted: string): T | undefined => {
    if (list.length < LONG) return list.find(({ name }) => nameOf(name) === wanted);
    let index = indexes.get(list) as ReadonlyMap<string, T> | undefined;
    if (index === undefined) {
      index = new Map(list.toReversed().map((each) => [nameOf(each.name), each]));
      indexes.set(list, index);
    }
    return index.get(wanted);
  };
}

const named = finder((name) => name);
const namedBare = finder((name) => name.split('@', 1)[0]!);

export const childNamed = (node: DtbNode, name: string): DtbNode | undefined => named(node.children, name);

/** The child whose name without its unit address is this. */
export const childWithoutAddress = (node: DtbNode, name: string): DtbNode | undefined =>
  namedBare(node.children, name);

export const propertyOf = (node: DtbNode | undefined, name: string): Uint8Array | undefined =>
  node && named(node.properties, name)?.value;

function setProperty(
  properties: readonly DtbProperty[],
  { property: name, value }: Edit,
  nextOffset: number,
): DtbProperty[] {
  const index = properties.findIndex((property) => property.name === name);
  return index < 0
    ? [...properties, { name, nameOffset: nextOffset, value }]
    : properties.with(index, { ...properties[index]!, value });
}

function applyEdit(tree: DeviceTree, edit: Edit): DeviceTree {
  const { root, strings } = tree;
  const index = root.children.findIndex(({ name }) => name === edit.node);
  const node = root.children[index] ?? { name: edit.node, properties: [], children: [] };
  const isNew = !node.properties.some(({ name }) => name === edit.property);
  const edited = { ...node, properties: setProperty(node.properties, edit, strings.length) };
  return {
    ...tree,
    root: {
      ...root,
      children: index < 0 ? [...root.children, edited] : root.children.with(index, edited),
    },
    strings: isNew ? concatBytes([strings, Buffer.from(`${edit.property}\0`, 'latin1')]) : strings,
  };
}

/**
 * Edits as Jailhouse's tool makes them: a new node goes behind the root's children, a new property behind the node's,
 * with a new name in the strings block even if that has it; a value that is there is replaced in place.
 */
export const editTree = (tree: DeviceTree, edits: readonly Edit[]): DeviceTree =>
  edits.reduce(applyEdit, tree);

/** The tree without those children of the root that `drop` names. */
export const withoutNodes = (tree: DeviceTree, drop: (node: DtbNode) => boolean): DeviceTree => ({
  ...tree,
  root: { ...tree.root, children: tree.root.children.filter((child) => !drop(child)) },
});

/** The tree without some properties of a child of the root. */
export const withoutProperties = (tree: DeviceTree, node: string, names: readonly string[]): DeviceTree => ({
  ...tree,
  root: {
    ...tree.root,
    children: tree.root.children.map((child) =>
      child.name === node
        ? { ...child, properties: child.properties.filter(({ name }) => !names.includes(name)) }
        : child,
    ),
  },
});

/** A property whose name has no place among the strings yet. */
export type NamedProperty = Omit<DtbProperty, 'nameOffset'>;

export interface NamedNode extends Omit<DtbNode, 'properties' | 'children'> {
  properties: readonly NamedProperty[];
  children: readonly NamedNode[];
}

/** The tree with another root; the strings block is made anew, each name once. */
export function withRoot(tree: DeviceTree, root: NamedNode): DeviceTree {
  const offsets = new Map<string, number>();
  let size = 0;
  const offsetOf = (name: string): number => {
    const known = offsets.get(name);
    if (known !== undefined) return known;
    offsets.set(name, size);
    size += name.length + 1;
    return size - name.length - 1;
  };
  const placed = ({ name, properties, children }: NamedNode): DtbNode => ({
    name,
    properties: properties.map((each) => ({ ...each, nameOffset: offsetOf(each.name) })),
    children: children.map(placed),
  });
  return {
    ...tree,
    root: placed(root),
    strings: concatBytes([...offsets.keys()].map((name) => Buffer.from(`${name}\0`, 'latin1'))),
  };
}
