import type { GeneratedCell } from './generate.ts';
import type { MachineState } from './request.ts';

/** The machine with one more cell: what the next one is planned on. */
export const withCell = <M extends Omit<MachineState, 'facts'>>(
  machine: M,
  { name, system, cell, ends }: Pick<GeneratedCell, 'name' | 'system' | 'cell' | 'ends'>,
): M => ({
  ...machine,
  system,
  cells: [...machine.cells, cell],
  ends: new Map([...machine.ends, [name, ends]]),
});
