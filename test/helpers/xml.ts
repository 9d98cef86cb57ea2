/** An element, as much of it as the tests ask for. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Char of XML 1.0, the fifth edition's section 2.2. */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

function unescape(text: string): string {
  if (/[<]|&(?!(?:amp|lt|gt|quot|apos);)/.test(text)) throw new Error(`not escaped: ${text}`);
  return text.replace(/&(\w+);/g, (_, name: string) => ENTITIES[name]!);
}

function readAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  const rest = text.replace(/\s+([a-z]+)="([^"<]*)"/g, (_, name: string, value: string) => {
    if (name in attributes) throw new Error(`${name} is given twice`);
    attributes[name] = unescape(value);
    return '';
  });
  if (rest !== '') throw new Error(`no attributes: ${rest}`);
  return attributes;
}

/** A reader that takes elements, attributes and text, and refuses everything else. @throws Error */
export function parseXml(document: string): XmlElement {
  const bad = NOT_XML.exec(document);
  if (bad) throw new Error(`U+${bad[0].codePointAt(0)!.toString(16)} at ${bad.index} is no XML`);
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!document.startsWith(declaration)) throw new Error('no declaration');
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  let at = declaration.length;
  for (const found of document.matchAll(/<(\/?)([a-z-]+)((?:\s+[a-z]+="[^"<]*")*)(\/?)>/g)) {
    open.at(-1)!.text += unescape(document.slice(at, found.index).replaceAll(']]>', '<'));
    at = found.index + found[0].length;
    const [, end, name, attributes, empty] = found;
    if (end) {
      if (open.pop()!.name !== name) throw new Error(`</${name}> closes another element`);
      continue;
    }
    const element = { name: name!, attributes: readAttributes(attributes!), children: [], text: '' };
    open.at(-1)!.children.push(element);
    if (!empty) open.push(element);
  }
  unescape(document.slice(at));
  if (open.length !== 1 || root.children.length !== 1) throw new Error('not one root element');
  return root.children[0]!;
}
