import { printable, printableLines } from '../../base/text.ts';
import { withoutSecrets } from './secrets.ts';

/** HTML that needs no escaping any more; made by {@link html} and {@link join} alone. */
export class Markup {
  readonly html: string;

  constructor(made: string) {
    this.html = made;
  }
}

/** Texts are escaped, whoever wrote them; `null` and `false` are nothing. */
export type Child = Markup | string | number | null | false | readonly Child[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

function rendered(child: Child): string {
  if (child === null || child === false) return '';
  if (child instanceof Markup) return child.html;
  if (typeof child === 'number') return String(child);
  if (typeof child === 'string') return escaped(printable(withoutSecrets(child)));
  return child.map(rendered).join('');
}

/** Without the indentation that a template has in our code. */
const flush = (text: string): string => text.replaceAll(/\n\s+/g, '\n');

/**
 * HTML as it is written, with values in it. Of a text in a value no character is markup, in elements and between quotes
 * of attributes; those that could turn or hide text are made visible, and secrets are left out.
 */
export const html = (strings: TemplateStringsArray, ...children: readonly Child[]): Markup =>
  new Markup(strings.map((text, index) => flush(text) + rendered(children[index] ?? null)).join(''));

/** A text of several lines, for `<pre>`. */
export const lines = (text: string): Markup => new Markup(escaped(printableLines(withoutSecrets(text))));

/** What is not written by anybody but us: styles. */
export const trusted = (text: string): Markup => new Markup(text);

/** A list with something between its items. */
export const join = (items: readonly Child[], between: Child): Child =>
  items.flatMap((item, index) => (index === 0 ? [item] : [between, item]));
