import { failure, type Diagnostic } from '../base/diagnostic.ts';
import { cellName } from '../formats/cell/config.ts';
import type { WishedLink } from '../manifest/wish/parse.ts';
import { generateCell, type Generation } from './generate.ts';
import type { CellWish, MachineState } from './request.ts';

/** What is wrong with the links of several wishes, by the name of the cell. */
type LinkProblems = Map<string, Diagnostic[]>;

const linksTo = ({ wish }: CellWish, name: string): readonly WishedLink[] =>
  wish.links.filter(({ to }) => to === name);

const same = (a: WishedLink, b: WishedLink): boolean =>
  a.kind === b.kind && (a.size ?? b.size) === (b.size ?? a.size);

function report(
  problems: LinkProblems,
  { name, wish }: CellWish,
  link: WishedLink,
  message: string,
  fix: string,
): void {
  const path = ['cell', 'generate', 'links', wish.links.indexOf(link)];
  problems.set(name, [...(problems.get(name) ?? []), failure('machine/link', message, { fix, path })]);
}

/** The wishes with the other ends of links that one of two cells declares; what contradicts is reported. */
function withOtherEnds(
  requests: readonly CellWish[],
  others: ReadonlySet<string>,
  problems: LinkProblems,
): CellWish[] {
  const implied = new Map<string, WishedLink[]>();
  for (const request of requests) {
    for (const link of request.wish.links) {
      if (link.to === 'root' || others.has(link.to)) continue;
      const peer = requests.find(({ name }) => name === link.to && name !== request.name);
      if (peer === undefined) {
        const names = [...others, ...requests.map(({ name }) => name)].filter(
          (name) => name !== request.name,
        );
        const fix = `write \`to: root\`, or one of ${names.join(', ') || 'the cells of the machine'}`;
        report(problems, request, link, `the machine has no cell ${link.to}`, fix);
        continue;
      }
      const theirs = linksTo(peer, request.name);
      if (theirs.length === 0) {
        const end = { to: request.name, kind: link.kind, size: link.size, bdf: null };
        implied.set(peer.name, [...(implied.get(peer.name) ?? []), end]);
      } else if (!theirs.some((their) => same(their, link))) {
        const message = `${request.name} and ${peer.name} both declare a link to the other, and not the same`;
        report(problems, request, link, message, 'declare it once, in either of them');
      }
    }
  }
  return requests.map((request) => {
    const links = [...request.wish.links, ...(implied.get(request.name) ?? [])];
    return { ...request, wish: { ...request.wish, links } };
  });
}

/**
 * Makes cells one after another, each with the former ones as given: what a cell gets does not depend on those after it.
 * A link between two of them is declared by either.
 */
export function generateCells(requests: readonly CellWish[], machine: MachineState): Generation[] {
  const problems: LinkProblems = new Map();
  const known = new Set(machine.cells.map(cellName));
  let state = machine;
  return withOtherEnds(requests, known, problems).map((request) => {
    const found = problems.get(request.name) ?? [];
    const generation = generateCell(request, state);
    const { generated } = generation;
    if (generated !== null) {
      state = { ...state, system: generated.system, cells: [...state.cells, generated.cell] };
    }
    return found.length === 0
      ? generation
      : { ...generation, generated: null, diagnostics: [...found, ...generation.diagnostics] };
  });
}
