import { isAlias, isMap, isScalar, isSeq, visit } from 'yaml';
import type { Alias, Document, Node, YAMLMap } from 'yaml';
import type { YamlFault } from '../../base/codes.ts';
import type { ManifestPath } from '../../base/diagnostic.ts';
import { nearest } from '../../base/text.ts';
import { problem, quoted, type YamlProblem } from './problem.ts';
import type { SourceRange } from './source.ts';

/** Plain data of a YAML document (maps have no prototype), with the place of each key and value. */
export interface Tree {
  data: unknown;
  /** Where a value could not be read; its problem is told already. */
  holes: ManifestPath[];
  /** The value at `path`, or its nearest ancestor that is there. */
  valueRange: (path: ManifestPath) => SourceRange;
  /** The key in front of the value at `path`; null for list items, the root, and what is not there. */
  keyRange: (path: ManifestPath) => SourceRange | null;
  /** How a number was written: doubles hold no integer beyond 2^53, and hex is to stay hex. */
  numberText: (path: ManifestPath) => string | null;
}

interface Place {
  value: SourceRange;
  key: SourceRange | null;
  number: string | null;
}

/** Aliases may not make more values than this out of a text, so neither do they nest deeper. */
const MOST_ALIASED = 2000;

type Targets = Map<Alias, Node>;

/** What each alias stands for: the last anchor of that name before it. */
function aliasTargets(document: Document): { targets: Targets; anchors: Map<string, Node> } {
  const anchors = new Map<string, Node>();
  const targets: Targets = new Map();
  visit(document, {
    Alias: (_, alias) => {
      const target = anchors.get(alias.source);
      if (target) targets.set(alias, target);
    },
    Value: (_, node) => {
      if (node.anchor) anchors.set(node.anchor, node);
    },
  });
  return { targets, anchors };
}

/** A composed document as a {@link Tree}; what cannot be read goes to `problems` and leaves a hole. */
export function readTree(
  document: Document,
  place: (range: SourceRange) => SourceRange,
  problems: YamlProblem[],
): Tree {
  const { targets, anchors } = aliasTargets(document);
  const places = new Map<string, Place>();
  const holes: ManifestPath[] = [];
  const expanding = new Set<Node>();
  let aliased = 0;

  const rangeOf = (node: Node): SourceRange => place({ start: node.range![0], end: node.range![1] });

  const hole = (path: ManifestPath, code: YamlFault, range: SourceRange, message: string, fix?: string) => {
    problems.push(problem(code, range, message, fix, path));
    holes.push(path);
    return undefined;
  };

  function readAlias(alias: Alias, path: ManifestPath, key: SourceRange | null): unknown {
    const range = rangeOf(alias);
    const target = targets.get(alias);
    if (!target) {
      const name = quoted(`*${alias.source}`);
      if (anchors.has(alias.source)) {
        return hole(
          path,
          'alias',
          range,
          `the anchor of ${name} comes only after it`,
          'move the anchored value up',
        );
      }
      const meant = nearest(alias.source, anchors.keys());
      const fix =
        meant === undefined ? 'put a text that begins with * in quotes' : `did you mean \`*${meant}\`?`;
      return hole(path, 'alias', range, `there is no anchor for the alias ${name}`, fix);
    }
    if (expanding.has(target)) {
      return hole(path, 'alias', range, `the alias ${quoted(`*${alias.source}`)} is inside its own value`);
    }
    if (aliased > MOST_ALIASED) return undefined;
    expanding.add(target);
    const value = read(target, path, key, true);
    expanding.delete(target);
    // Where the alias is used: what is wrong inside is still told at the anchored text.
    places.get(JSON.stringify(path))!.value = range;
    return value;
  }

  function readMap(map: YAMLMap, path: ManifestPath, fromAlias: boolean): unknown {
    const data = Object.create(null) as Record<string, unknown>;
    const first = new Map<string, Node>();
    for (const { key, value } of map.items as { key: Node; value: Node | null }[]) {
      if (!isScalar(key)) {
        problems.push(
          problem('yaml', rangeOf(key), 'a key is not plain text', 'write a name before `:`', path),
        );
        continue;
      }
      const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
      const range = rangeOf(key);
      if (name === '<<') {
        const fix = 'write the keys out; an alias for a whole value (*name) is read';
        problems.push(problem('merge-key', range, 'merge keys (`<<`) are not read here', fix, path));
        continue;
      }
      if (first.has(name)) {
        const message = `${quoted(name)} is given twice`;
        problems.push(problem('duplicate-key', range, message, 'keep one of them', [...path, name]));
        continue;
      }
      first.set(name, key);
      data[name] = value ? read(value, [...path, name], range, fromAlias) : null;
      if (!value) places.set(JSON.stringify([...path, name]), { value: range, key: range, number: null });
    }
    return data;
  }

  function read(node: Node, path: ManifestPath, key: SourceRange | null, fromAlias: boolean): unknown {
    if (fromAlias && ++aliased > MOST_ALIASED) {
      if (aliased > MOST_ALIASED + 1) return undefined;
      const message = `the aliases make more than ${MOST_ALIASED} values of this text`;
      return hole([], 'alias', rangeOf(node), message, 'write the values out');
    }
    const own = rangeOf(node);
    const empty = own.start === own.end && key !== null;
    const number = isScalar(node) && typeof node.value === 'number' ? (node.source ?? null) : null;
    places.set(JSON.stringify(path), { value: empty ? key : own, key, number });
    if (isAlias(node)) return readAlias(node, path, key);
    if (isMap(node)) return readMap(node, path, fromAlias);
    if (isSeq(node)) {
      return (node.items as Node[]).map((item, index) => read(item, [...path, index], null, fromAlias));
    }
    return isScalar(node) ? node.value : null;
  }

  const data = document.contents ? read(document.contents, [], null, false) : null;
  const whole = document.contents ? rangeOf(document.contents) : { start: 0, end: 0 };
  return {
    data,
    holes,
    valueRange: (path) => {
      for (let length = path.length; length >= 0; length--) {
        const known = places.get(JSON.stringify(path.slice(0, length)));
        if (known) return { ...known.value };
      }
      return whole;
    },
    keyRange: (path) => places.get(JSON.stringify(path))?.key ?? null,
    numberText: (path) => places.get(JSON.stringify(path))?.number ?? null,
  };
}
