import type { NewNode, NewProperty } from '../formats/dtb/compose.ts';
import { cells, ref } from '../formats/dtb/compose.ts';
import { childNamed, propertyOf } from '../formats/dtb/edit.ts';
import type { DeviceTree, DtbNode } from '../formats/dtb/types.ts';
import { readCell, readCells, readText, readTexts } from '../formats/dtb/values.ts';
import { clockLabel, clockNode } from './clocks.ts';
import type { Findings } from './findings.ts';

/** Where an overlay refers to a label of our tree: property and byte of a node of the overlay. */
type Fixups = Map<string, Map<number, string>>;

/** `/fragment@0/__overlay__/dev:interrupt-parent:0` */
function readFixups(root: DtbNode): Fixups {
  const fixups: Fixups = new Map();
  for (const { name: label, value } of childNamed(root, '__fixups__')?.properties ?? []) {
    for (const place of readTexts(value)) {
      const [path, property, offset] = place.split(':');
      const key = `${path}:${property}`;
      const known = fixups.get(key) ?? new Map<number, string>();
      known.set(Number(offset), label);
      fixups.set(key, known);
    }
  }
  return fixups;
}

/** Bytes of properties that refer to nodes of the overlay itself, by node path and property. */
function readLocalFixups(
  node: DtbNode | undefined,
  path: string,
  found: Map<string, number[]>,
): Map<string, number[]> {
  for (const { name, value } of node?.properties ?? []) found.set(`${path}:${name}`, readCells(value));
  for (const child of node?.children ?? []) readLocalFixups(child, `${path}/${child.name}`, found);
  return found;
}

const CLOCK = /^clk_([0-9]{1,10})$/;

interface Merge {
  fixups: Fixups;
  local: ReadonlyMap<string, number[]>;
  /** Added to the overlay's own phandles, so that they differ from the tree's. */
  shift: number;
  labels: Set<string>;
  missing: Set<string>;
  clocks: Set<number>;
}

/** A property of the overlay with its references resolved. */
function mergedProperty(
  merge: Merge,
  path: string,
  { name, value }: { name: string; value: Uint8Array },
): NewProperty {
  const key = `${path}:${name}`;
  const labels = merge.fixups.get(key);
  const local = merge.local.get(key) ?? [];
  if (name === 'phandle') return cells(name, readCell(value)! + merge.shift);
  if (labels === undefined && local.length === 0) return { name, value: { bytes: value } };
  return cells(
    name,
    ...readCells(value).map((cell, index) => {
      const label = labels?.get(index * 4);
      if (label !== undefined) {
        const rate = CLOCK.exec(label)?.[1];
        if (rate !== undefined) merge.clocks.add(Number(rate));
        else if (!merge.labels.has(label)) merge.missing.add(label);
        return ref(label);
      }
      return local.includes(index * 4) ? cell + merge.shift : cell;
    }),
  );
}

function mergeNode(merge: Merge, into: NewNode, from: DtbNode, path: string): NewNode {
  const properties = [...into.properties];
  for (const property of from.properties) {
    const merged = mergedProperty(merge, path, property);
    const index = properties.findIndex(({ name }) => name === merged.name);
    if (index < 0) properties.push(merged);
    else properties[index] = merged;
  }
  const children = [...into.children];
  for (const child of from.children) {
    const index = children.findIndex(({ name }) => name === child.name);
    const target = children[index] ?? { name: child.name, properties: [], children: [] };
    const merged = mergeNode(merge, target, child, `${path}/${child.name}`);
    if (index < 0) children.push(merged);
    else children[index] = merged;
  }
  return { ...into, properties, children };
}

const labelsOf = ({ label, children }: NewNode): string[] => [
  ...(label === undefined ? [] : [label]),
  ...children.flatMap(labelsOf),
];

const countNodes = ({ children }: NewNode): number =>
  children.reduce((sum, child) => sum + countNodes(child), 1);

/** Applies a change to the node that `isTarget` finds; the same tree where it finds none. */
function change(
  node: NewNode,
  path: string,
  isTarget: (node: NewNode, path: string) => boolean,
  by: (node: NewNode) => NewNode,
): NewNode {
  if (isTarget(node, path)) return by(node);
  return {
    ...node,
    children: node.children.map((child) => change(child, `${path}/${child.name}`, isTarget, by)),
  };
}

/** The label or path that a fragment goes to; `null` if it says none. */
function targetOf(fixups: Fixups, fragment: DtbNode): { label: string } | { path: string } | null {
  const path = readText(propertyOf(fragment, 'target-path'));
  if (path !== null) return { path };
  const label = fixups.get(`/${fragment.name}:target`)?.get(0);
  return label === undefined ? null : { label };
}

/**
 * Merges a compiled overlay (dtc -@) into a cell's tree. It may refer to the labels of the tree, and to clk_RATE: a fixed
 * clock of that rate, which is made if the tree has none.
 */
export function mergeFragment(tree: NewNode, { root }: DeviceTree, findings: Findings): NewNode {
  const at = ['tree'];
  const fixups = readFixups(root);
  const merge: Merge = {
    fixups,
    local: readLocalFixups(childNamed(root, '__local_fixups__'), '', new Map()),
    shift: countNodes(tree),
    labels: new Set(labelsOf(tree)),
    missing: new Set(),
    clocks: new Set(),
  };
  const fragments = root.children.filter((node) => childNamed(node, '__overlay__') !== undefined);
  if (fragments.length === 0) {
    findings.ask(
      'fragment',
      at,
      'the file of `tree` is not an overlay: it has no fragment',
      'compile it with `dtc -@`, from a source with /plugin/',
    );
    return tree;
  }
  let merged = tree;
  for (const fragment of fragments) {
    const target = targetOf(fixups, fragment);
    const overlay = childNamed(fragment, '__overlay__')!;
    const path = `/${fragment.name}/__overlay__`;
    let isFound = false;
    const isTarget = (node: NewNode, place: string): boolean => {
      if (target === null) return false;
      const is =
        'label' in target ? node.label === target.label : (place === '' ? '/' : place) === target.path;
      isFound ||= is;
      return is;
    };
    merged = change(merged, '', isTarget, (node) => mergeNode(merge, node, overlay, path));
    if (!isFound) {
      const name =
        target === null ? 'nothing' : 'label' in target ? `the label ${target.label}` : target.path;
      findings.ask(
        'fragment',
        at,
        `${fragment.name} of the overlay is for ${name}, which the cell's tree does not have`,
        `its labels are ${[...merge.labels].join(', ')}; its root is \`&{/}\``,
      );
    }
  }
  for (const label of merge.missing) {
    findings.ask(
      'fragment',
      at,
      `the overlay refers to the label ${label}, which the cell's tree does not have`,
      `its labels are ${[...merge.labels].join(', ')}, and clk_RATE for a fixed clock of that rate`,
    );
  }
  const clocks = [...merge.clocks].filter((rate) => !merge.labels.has(clockLabel(rate)));
  return { ...merged, children: [...merged.children, ...clocks.toSorted((a, b) => a - b).map(clockNode)] };
}
