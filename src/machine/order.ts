import { failure, type Diagnostic, type ManifestPath } from '../base/diagnostic.ts';
import { nearest } from '../base/text.ts';

/** A cell of a machine, and what is started before it. */
export interface OrderedCell {
  /** `null`: it cannot be read. */
  name: string | null;
  after: readonly string[];
  /** Of the cell in the machine file. */
  at: ManifestPath;
}

/** Names on a way from a cell back to itself; `null` if there is none. */
function circleFrom(
  start: string,
  afterOf: ReadonlyMap<string, readonly string[]>,
): readonly string[] | null {
  const seen = new Set<string>();
  const walk = (name: string, way: readonly string[]): readonly string[] | null => {
    for (const next of afterOf.get(name) ?? []) {
      if (next === start) return [...way, start];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = walk(next, [...way, next]);
      if (found) return found;
    }
    return null;
  };
  return walk(start, [start]);
}

/** Places of cells: each after those that it waits for, else as they are in the file. There must be no circle. */
function startOrder(cells: readonly OrderedCell[]): number[] {
  const order: number[] = [];
  const started = new Set<string | null>();
  while (order.length < cells.length) {
    const next = cells.findIndex(
      ({ after }, index) => !order.includes(index) && after.every((name) => started.has(name)),
    );
    order.push(next);
    started.add(cells[next]!.name);
  }
  return order;
}

/**
 * The order in which a machine's cells are started, as places in the file; `null` if there is none. With it what is
 * wrong with their names, and with what they wait for.
 */
export function checkOrder(cells: readonly OrderedCell[]): {
  order: number[] | null;
  diagnostics: Diagnostic[];
} {
  const found: Diagnostic[] = [];
  const names = cells.flatMap(({ name }) => name ?? []);
  const isWhole = names.length === cells.length;
  for (const [index, { name, at }] of cells.entries()) {
    if (name === null || !cells.slice(0, index).some((other) => other.name === name)) continue;
    const fix = 'give each a `name:` of its own';
    found.push(failure('machine/name', `two cells of the machine are called '${name}'`, { fix, path: at }));
  }
  for (const { after, at } of cells) {
    for (const [index, name] of after.entries()) {
      if (names.includes(name) || !isWhole) continue;
      const meant = nearest(name, names);
      const fix = meant === undefined ? `the cells are ${names.join(', ')}` : `did you mean \`${meant}\`?`;
      const path = [...at, 'after', index];
      found.push(failure('machine/order', `no cell of the machine is called '${name}'`, { fix, path }));
    }
  }
  const afterOf = new Map(cells.map(({ name, after }) => [name ?? '', after]));
  const inCircles = new Set<string>();
  for (const { name, at } of cells) {
    const circle = name === null || inCircles.has(name) ? null : circleFrom(name, afterOf);
    if (circle === null) continue;
    circle.forEach((each) => inCircles.add(each));
    const message = `'${circle.join("' waits for '")}'`;
    const fix = 'remove one of these from `after`';
    found.push(
      failure('machine/order', `the order goes round in a circle: ${message}`, {
        fix,
        path: [...at, 'after'],
      }),
    );
  }
  const isOrdered = isWhole && found.length === 0;
  return { order: isOrdered ? startOrder(cells) : null, diagnostics: found };
}
