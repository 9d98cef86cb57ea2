import { html, type Child, type Markup } from './markup.ts';

interface Column {
  head: string;
  /** Addresses, sizes, digests: letters of one width. */
  isCode?: true;
  /** Numbers, at the right. */
  isNumber?: true;
  /** Signs, in the middle. */
  isMark?: true;
}

/** A cell of a table: what is in it, and which row's head it is. */
type Row = readonly Child[];

/** Its class, as an attribute. */
function classOf({ isCode, isNumber, isMark }: Column): Markup | null {
  const name = isCode ? 'code' : isNumber ? 'number' : isMark ? 'mark' : null;
  return name && html` class="${name}"`;
}

/**
 * A table that scrolls by itself where it is too wide; the first column heads the rows.
 *
 * @param caption what it shows, for those who hear it, too
 */
export function table(caption: string, columns: readonly Column[], rows: readonly Row[]): Markup {
  if (rows.length === 0) return html``;
  const cell = (child: Child, index: number): Markup => {
    const attribute = classOf(columns[index]!);
    return index === 0
      ? html`<th scope="row" ${attribute}>${child}</th>`
      : html`<td ${attribute}>${child}</td>`;
  };
  return html`<div class="scroll" role="group" tabindex="0" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map(
            ({ head, isCode: _isCode, ...more }) =>
              html`<th scope="col" ${classOf({ head, ...more })}>${head}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map(cell)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Names with their values; what is `null` is left out. */
export function facts(pairs: readonly (readonly [name: string, value: Child])[]): Markup {
  const known = pairs.filter(([, value]) => value !== null);
  if (known.length === 0) return html``;
  return html`<dl class="facts">
    ${known.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** What is shown when it is asked for. */
export const more = (summary: Child, content: Child): Markup =>
  html`<details>
    <summary>${summary}</summary>
    ${content}
  </details>`;
