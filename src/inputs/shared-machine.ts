import { checkTogether as checkCellsTogether } from '../checks/cell/check.ts';
import { encodeSystemConfig } from '../formats/cell/system.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import { markWaived } from '../checks/waivers.ts';
import type { PreparedCell } from './prepare.ts';

interface Neighbours {
  system: SystemConfig;
  cells: CellConfig[];
  prepared: PreparedCell[];
}

/** Manifests whose cells share a machine: their system configs have the same bytes. */
function neighbours(manifests: readonly PreparedCell[]): Neighbours[] {
  const machines = new Map<string, Neighbours>();
  for (const manifest of manifests) {
    const { cell, system } = manifest.machine ?? {};
    if (!cell || !system) continue;
    const key = Buffer.from(encodeSystemConfig(system)).toString('base64');
    const machine = machines.get(key) ?? { system, cells: [], prepared: [] };
    machine.cells.push(cell);
    machine.prepared.push(manifest);
    machines.set(key, machine);
  }
  return [...machines.values()];
}

/**
 * Checks the cells of manifests with one system config against each other. A finding goes to the last manifest that it
 * concerns, which is created last; a waiver in any of them accepts it.
 */
export function checkTogether(manifests: readonly PreparedCell[], today: string): void {
  for (const { system, cells, prepared: sharing } of neighbours(manifests)) {
    for (const { cells: found, places: _, ...finding } of checkCellsTogether(system, cells)) {
      const concerned = found.map((cell) => sharing[cell]!);
      const waivers = concerned.flatMap((manifest) => manifest.waivers);
      concerned.at(-1)!.diagnostics.push(...markWaived([finding], waivers, today));
    }
  }
}
