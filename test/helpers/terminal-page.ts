const COLOURS: Readonly<Record<string, string>> = {
  1: 'font-weight: bold',
  2: 'opacity: 0.6',
  31: 'color: #ff7b72',
  32: 'color: #7ee787',
  33: 'color: #e3b341',
  34: 'color: #79c0ff',
  35: 'color: #d2a8ff',
  36: 'color: #56d4dd',
};

/** The escape sequence that sets a colour. */
const SGR = new RegExp(`${String.fromCharCode(27)}\\[(\\d+)m`);

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** What a program printed, as a terminal of so many columns shows it. */
export function terminalPage(printed: string, columns: number): string {
  let style = '';
  const spans = printed.split(SGR).map((part, index) => {
    if (index % 2 === 0) return `<span style="${style}">${escaped(part)}</span>`;
    style = COLOURS[part] ?? '';
    return '';
  });
  return `<!doctype html><meta charset="utf-8"><style>body { margin: 0; background: #0d1117 }
pre { width: ${columns}ch; margin: 0; padding: 1em; color: #c9d1d9; font: 14px/1.3 'DejaVu Sans Mono', monospace }</style>
<pre>${spans.join('')}</pre>`;
}
