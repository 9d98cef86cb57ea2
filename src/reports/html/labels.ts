/** Characters that take two columns: of East Asian scripts and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{3fffd}]/u;

/** A text of so many columns; the rest of a longer one is left out. */
export function fit(text: string, columns: number): string {
  let width = 0;
  let kept = '';
  for (const character of text) {
    width += WIDE.test(character) ? 2 : 1;
    if (width > columns) return `${kept.trimEnd()}…`;
    kept += character;
  }
  return text;
}

/** A text in two lines of so many columns at most, broken after one of its `-` if it can be; the rest is left out. */
export function inTwoLines(text: string, columns: number): [first: string, second: string] {
  if (fit(text, columns) === text) return [text, ''];
  const room = fit(text, columns).slice(0, -1);
  const first = /^.*[-_.]/s.exec(room)?.[0] ?? room;
  const rest = text.slice(first.length).trimStart();
  return [first, fit(rest, columns) === rest ? rest : fit(rest, columns - 1)];
}

/** Places at least `step` apart, none before `first`, near those that are wanted, which ascend. */
export function spread(wanted: readonly number[], step: number, first: number): number[] {
  // Neighbours that are too near each other become a group, which has the middle of what its members want.
  const groups: { sum: number; count: number }[] = [];
  const startOf = ({ sum, count }: { sum: number; count: number }): number =>
    Math.max(first, sum / count - ((count - 1) * step) / 2);
  for (const each of wanted) {
    let group = { sum: each, count: 1 };
    for (let last = groups.at(-1); last !== undefined; last = groups.at(-1)) {
      if (startOf(last) + last.count * step <= startOf(group)) break;
      groups.pop();
      group = { sum: last.sum + group.sum, count: last.count + group.count };
    }
    groups.push(group);
  }
  return groups.flatMap((group) =>
    Array.from({ length: group.count }, (_, index) => startOf(group) + index * step),
  );
}
