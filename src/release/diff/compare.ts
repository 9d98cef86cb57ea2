import { compareConfigs } from '../../formats/kernel/compare-configs.ts';
import { isUnstated } from '../../formats/kernel/kconfig.ts';
import {
  SECTION_TITLES,
  type Change,
  type Content,
  type Item,
  type Portrait,
  type Section,
} from './types.ts';

/** What two things differ in, and what could not be compared. */
export interface Comparison {
  changes: readonly Change[];
  notCompared: readonly string[];
}

type Pair = readonly [before: Item | null, after: Item | null];

const keyOf = ({ what, text }: Item): string => JSON.stringify([what, text]);

/** The items of `list` that `other` does not have; of equal ones those that are more. */
function without(list: readonly Item[], other: readonly Item[]): Item[] {
  const counts = new Map<string, number>();
  for (const item of other) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return list.filter((item) => {
    const left = counts.get(keyOf(item)) ?? 0;
    if (left > 0) counts.set(keyOf(item), left - 1);
    return left === 0;
  });
}

/** What went, came or changed: of one name the first with the first, and so on. */
function pairsOf(before: readonly Item[], after: readonly Item[]): Pair[] {
  const came = new Map<string, Item[]>();
  for (const item of without(after, before)) {
    const same = came.get(item.what);
    if (same) same.push(item);
    else came.set(item.what, [item]);
  }
  const pairs = without(before, after).map((item): Pair => [item, came.get(item.what)?.shift() ?? null]);
  return [...pairs, ...[...came.values()].flat().map((item): Pair => [null, item])];
}

/** Words of a command line have an order that counts: the last console is /dev/console. */
function orderOf(before: readonly Item[], after: readonly Item[]): Pair[] {
  const line = (items: readonly Item[]): Item => ({
    what: 'order',
    text: items.map(({ text }) => text).join(' '),
  });
  const [one, other] = [line(before), line(after)];
  return one.text === other.text ? [] : [[one, other]];
}

function sectionPairs(section: Section, before: readonly Item[], after: readonly Item[]): Pair[] {
  const pairs = pairsOf(before, after);
  return pairs.length === 0 && section === 'cmdline' ? orderOf(before, after) : pairs;
}

const changeOf = (cell: string | null, section: Section, [before, after]: Pair): Change => ({
  cell,
  section,
  what: (before ?? after)!.what,
  before: before?.text ?? null,
  after: after?.text ?? null,
});

/** Symbols of two configs; one that is not whole is compared by what it states. */
function compareSymbols(before: Portrait, after: Portrait): Comparison {
  const [one, other] = [before.symbols, after.symbols];
  if (one === null || other === null) return { changes: [], notCompared: [] };
  const whose = before.cell === null ? '' : `${before.cell}: `;
  const reasons = [one, other].flatMap((symbols) => ('unknown' in symbols ? symbols.unknown : []));
  if ('unknown' in one || 'unknown' in other) {
    return {
      changes: [],
      notCompared: [`${whose}symbols of the kernel config: ${[...new Set(reasons)].join('; ')}`],
    };
  }
  const changes = compareConfigs(one.config, other.config)
    .filter(({ symbol }) => !isUnstated(other.config, symbol))
    .map(({ symbol, given, embedded }) =>
      changeOf(before.cell, 'config', [
        { what: symbol, text: given },
        { what: symbol, text: embedded },
      ]),
    );
  return { changes, notCompared: [] };
}

/** Contents that differ though nothing that tells more does. */
function compareContents(before: Portrait, after: Portrait, told: readonly Change[]): Change[] {
  const isTold = ({ what, toldBy }: Content, by: readonly Change[]): boolean =>
    by.some((one) => toldBy.includes(one.section) || (one.section === 'sizes' && one.what === what));
  const isKnown = before.inputs !== null && after.inputs !== null;
  const all = ({ contents, inputs }: Portrait): readonly Content[] =>
    isKnown ? [...contents, ...inputs!] : contents;
  const changes: Change[] = [];
  for (const pair of pairsOf(all(before), all(after))) {
    const content = (pair[0] ?? pair[1]) as Content;
    if (!isTold(content, [...told, ...changes])) changes.push(changeOf(before.cell, 'contents', pair));
  }
  return changes;
}

function comparePortraits(before: Portrait, after: Portrait): Comparison {
  const changes: Change[] = [];
  for (const [section, items] of before.sections) {
    const other = after.sections.get(section);
    if (other === undefined) continue;
    changes.push(...sectionPairs(section, items, other).map((pair) => changeOf(before.cell, section, pair)));
  }
  const symbols = compareSymbols(before, after);
  const told = [...changes, ...symbols.changes];
  return {
    changes: [...told, ...compareContents(before, after, told)],
    notCompared: [...unknownSections(before, after), ...symbols.notCompared],
  };
}

/** What is known of one only. */
function unknownSections(before: Portrait, after: Portrait): string[] {
  const [one, other] = [before, after].map(({ sections }) => [...sections.keys()]);
  const known = [
    ...one!.filter((name) => !other!.includes(name)),
    ...other!.filter((name) => !one!.includes(name)),
  ];
  const whose = before.cell === null ? '' : `${before.cell}: `;
  return known.length === 0
    ? []
    : [`${whose}${known.map((name) => SECTION_TITLES[name]).join(', ')}: known of one only`];
}

/** Compares two things of one kind, cell by cell. */
export function comparePortraitLists(before: readonly Portrait[], after: readonly Portrait[]): Comparison {
  const found = before.map((one): Comparison => {
    const other = after.find(({ cell }) => cell === one.cell);
    if (other !== undefined) return comparePortraits(one, other);
    return { changes: [changeOf(one.cell, 'cell', [present(one), null])], notCompared: [] };
  });
  const came = after
    .filter((one) => !before.some(({ cell }) => cell === one.cell))
    .map((one) => changeOf(one.cell, 'cell', [null, present(one)]));
  return {
    changes: [...found.flatMap(({ changes }) => changes), ...came],
    notCompared: found.flatMap(({ notCompared }) => notCompared),
  };
}

const present = ({ cell }: Portrait): Item => ({ what: 'cell', text: cell ?? 'a cell of its own' });
