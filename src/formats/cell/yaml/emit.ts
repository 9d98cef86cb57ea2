import { Document, isMap, isScalar, isSeq, Pair, Scalar, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Plain } from './plain.ts';

/** Lists and maps that are no longer than this stand on one line. */
const WIDEST = 110;

const HEX = /^0x[0-9a-f]+$/;
const DECIMAL = /^(?:0|[1-9][0-9]*)$/;

/** Numbers stand without quotes, hex ones as hex. */
function scalarOf(text: string | boolean): Scalar {
  if (typeof text === 'boolean' || !(HEX.test(text) || DECIMAL.test(text))) return new Scalar(text);
  const scalar = new Scalar<unknown>(BigInt(text));
  if (text.startsWith('0x')) scalar.format = 'HEX';
  return scalar;
}

/** The length of a node on one line; infinite for lists of maps, which never are. */
function flatLength(node: Node): number {
  if (isScalar(node))
    return String(node.format === 'HEX' ? `0x${(node.value as bigint).toString(16)}` : node.value).length;
  if (isSeq<Node>(node)) {
    if (node.items.some((item) => isMap(item))) return Infinity;
    return node.items.reduce((sum, item) => sum + flatLength(item) + 2, 2);
  }
  const pairs = (node as YAMLMap<Scalar, Node>).items as Pair<Scalar, Node>[];
  return pairs.reduce((sum, { key, value }) => sum + String(key.value).length + 4 + flatLength(value!), 2);
}

function toNode(document: Document, plain: Plain): Node {
  if (typeof plain !== 'object') return scalarOf(plain);
  if (!Array.isArray(plain)) {
    const map = document.createNode({}) as YAMLMap<unknown, unknown>;
    for (const [key, value] of Object.entries(plain))
      map.add(new Pair(new Scalar(key), toNode(document, value)));
    return map;
  }
  const list = document.createNode([]) as YAMLSeq<Node>;
  list.items = plain.map((item) => toNode(document, item));
  // All entries in one form: a line each if every one of them fits.
  const isTable = list.items.every((item) => isMap(item) && flatLength(item) <= WIDEST);
  for (const item of list.items) if (isMap(item)) item.flow = isTable || item.items.length === 0;
  list.flow = flatLength(list) <= WIDEST;
  return list;
}

/** YAML text; `comments` are after the values of the top level's keys (`cpus`), and after items of their lists (`memory.3`). */
export function emitYaml(
  plain: { [key: string]: Plain },
  heading: string,
  comments: Readonly<Record<string, string>>,
): string {
  const document = new Document();
  document.commentBefore = heading;
  const root = toNode(document, plain) as YAMLMap<Scalar<string>, Node>;
  let afterBlock = false;
  for (const { key, value } of root.items) {
    const comment = comments[key.value];
    if (comment !== undefined && isScalar(value)) value.comment = ` ${comment}`;
    if (isSeq<Node>(value)) {
      for (const [index, item] of value.items.entries()) {
        const about = comments[`${key.value}.${index}`];
        if (about !== undefined) item.comment = ` ${about}`;
      }
      // A comment ends its line, so a list with one cannot be on one line.
      if (comment !== undefined && value.flow === true) value.comment = ` ${comment}`;
    }
    const isBlock = !isScalar(value) && !(isSeq(value) && value.flow === true);
    key.spaceBefore = isBlock || afterBlock;
    afterBlock = isBlock;
  }
  document.contents = root as never;
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}
