import { failure, type Diagnostic } from '../base/diagnostic.ts';
import type { WishedLink } from '../manifest/wish/parse.ts';
import type { CellWish } from './request.ts';

/** A wish with the ends of links that the other cell declares, and what is wrong with those of its own. */
export interface LinkedWish<W> {
  request: W;
  problems: readonly Diagnostic[];
}

type Named = Pick<CellWish, 'name' | 'wish'>;

/** A link of one wish, and where it is in it. */
interface End {
  link: WishedLink;
  index: number;
}

const endsTo = ({ wish }: Named, name: string): End[] =>
  wish.links.flatMap((link, index) => (link.to === name ? [{ link, index }] : []));

const agree = ({ link: a }: End, { link: b }: End): boolean =>
  a.kind === b.kind && (a.size ?? b.size) === (b.size ?? a.size);

/** Ends of two cells that belong together, in their order, and those that are left over. */
function pair(mine: readonly End[], theirs: readonly End[]): { pairs: [End, End][]; alone: [End[], End[]] } {
  const pairs: [End, End][] = [];
  const left = [...theirs];
  const alone = mine.filter((end) => {
    const at = left.findIndex((other) => agree(end, other));
    if (at < 0) return true;
    pairs.push([end, left.splice(at, 1)[0]!]);
    return false;
  });
  return { pairs, alone: [alone, left] };
}

const problem = ({ index }: End, message: string, fix: string): Diagnostic =>
  failure('machine/link', message, { fix, path: ['cell', 'generate', 'links', index] });

/**
 * The wishes of one machine with both ends of each link between two of them: either declares it.
 *
 * @param others names of cells that are not wished for
 * @param isWhole whether that is all of them: some may be unreadable
 */
export function withOtherEnds<W extends Named>(
  requests: readonly W[],
  others: ReadonlySet<string>,
  isWhole = true,
): LinkedWish<W>[] {
  const links = requests.map(({ wish }) => [...wish.links]);
  const problems = requests.map((): Diagnostic[] => []);
  const nameOf = ({ name }: W): string => name;
  for (const [at, request] of requests.entries()) {
    for (const [index, link] of request.wish.links.entries()) {
      // One to itself is refused where links are placed.
      const isKnown =
        link.to === 'root' || others.has(link.to) || requests.some(({ name }) => name === link.to);
      if (isKnown || !isWhole) continue;
      const names = [...others, ...requests.map(nameOf)].filter((name) => name !== request.name);
      const fix = `write \`to: root\`, or one of ${names.join(', ') || 'the cells of the machine'}`;
      problems[at]!.push(problem({ link, index }, `the machine has no cell ${link.to}`, fix));
    }
    for (const [later, peer] of requests.entries()) {
      if (later <= at || peer.name === request.name) continue;
      const { pairs, alone } = pair(endsTo(request, peer.name), endsTo(peer, request.name));
      for (const [mine, theirs] of pairs) {
        const size = mine.link.size ?? theirs.link.size;
        links[at]![mine.index] = { ...mine.link, size };
        links[later]![theirs.index] = { ...theirs.link, size };
      }
      const [ours, theirs] = alone;
      if (ours.length > 0 && theirs.length > 0) {
        const message = `${request.name} and ${peer.name} both declare a link to the other, and not the same`;
        const fix = 'declare it once, in either of them';
        problems[at]!.push(...ours.map((end) => problem(end, message, fix)));
        problems[later]!.push(...theirs.map((end) => problem(end, message, fix)));
        continue;
      }
      const implied = (to: string, ends: readonly End[]): WishedLink[] =>
        ends.map(({ link }) => ({ ...link, to, bdf: null, isFar: true }));
      links[later]!.push(...implied(request.name, ours));
      links[at]!.push(...implied(peer.name, theirs));
    }
  }
  return requests.map((request, at) => ({
    request: { ...request, wish: { ...request.wish, links: links[at]! } },
    problems: problems[at]!,
  }));
}
