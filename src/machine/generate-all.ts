import { cellName } from '../formats/cell/config.ts';
import { generateCell, type Generation } from './generate.ts';
import { withOtherEnds } from './link-ends.ts';
import type { CellWish, MachineState } from './request.ts';
import { withCell } from './with-cell.ts';

/**
 * Makes cells one after another, each with the former ones as given: what a cell gets does not depend on those after it,
 * but for links that they have with it. A link between two of them is declared by either.
 */
export function generateCells(requests: readonly CellWish[], machine: MachineState): Generation[] {
  let state = machine;
  const known = new Set(machine.cells.map(cellName));
  return withOtherEnds(requests, known).map(({ request, problems }) => {
    const generation = generateCell(request, state);
    if (generation.generated !== null) state = withCell(state, generation.generated);
    return problems.length === 0
      ? generation
      : { ...generation, generated: null, diagnostics: [...problems, ...generation.diagnostics] };
  });
}
