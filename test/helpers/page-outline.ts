/**
 * A page's text, a line for each piece, with its headings and pictures; without its styles, and what changes with each rule
 * and each script of ours.
 */
export function pageOutline(page: string): string {
  const body = page
    .slice(page.indexOf('<body>'))
    .replaceAll(/\b[0-9a-f]{64}\b/g, 'DIGEST')
    .replaceAll(/(<summary>(?:\d+ rules|Files of the bundle)[^<]*<\/summary>)[^]*?<\/details>/g, '$1');
  const text = body
    .replaceAll(/<h([1-6])[^>]*>/g, (_, level: string) => `\n${'#'.repeat(Number(level))} `)
    .replaceAll(
      /<svg\s+class="(map[^"]*)"[^>]*viewBox="([^"]*)"[^]*?<\/svg>/g,
      (drawn, name: string, box: string) => {
        const pieces = [...drawn.matchAll(/<rect[^>]*class="([^"]*)"[^>]*?>|<text[^>]*>([^<]*)/g)].map(
          ([tag, kind, words]) => {
            const of = (name: string): string =>
              new RegExp(` ${name}="([^"]*)"`).exec(tag.replaceAll(/\s+/g, ' '))?.[1] ?? '';
            const place = ['x', 'y', 'width', 'height'].map(of).join(' ').trim();
            return `  ${kind === undefined ? `"${words}"` : kind} ${place}`;
          },
        );
        return `\n${name} ${box}\n${pieces.join('\n')}\n`;
      },
    )
    .replaceAll(/<\/(?:th|td|dt)>/g, ' | ')
    .replaceAll(/<[^>]*>/g, (tag) => (/^<\/?(?:code|span|a|rect|text|svg|br)\b/.test(tag) ? '' : '\n'));
  return `${text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '' && line.trim() !== '|')
    .join('\n')}\n`;
}
