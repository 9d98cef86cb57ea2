import { OTHER_CELLS, toldElsewhere, withInputs } from '../checks/coverage.ts';
import { describeRange } from '../base/ranges.ts';
import { describeNumbers } from '../base/runs.ts';
import { plural } from '../base/text.ts';
import { checkTogether as checkCellsTogether, type CellFinding } from '../checks/cell/check.ts';
import { markWaived } from '../checks/waivers.ts';
import { isCommRegion } from '../formats/cell/memory.ts';
import { cpusOf } from '../formats/cell/resources.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import { machineKey } from './neighbours.ts';
import type { PreparedCell } from './prepared.ts';

type Checked = Omit<PreparedCell, 'ready'>;

interface Neighbour {
  cell: CellConfig;
  manifest: Checked;
}

interface Machine {
  system: SystemConfig;
  neighbours: Neighbour[];
}

/** Manifests whose cells share a machine: their system configs have the same bytes. */
export function machinesOf(manifests: readonly Checked[]): Machine[] {
  const machines = new Map<string, Machine>();
  for (const manifest of manifests) {
    const { cell, system } = manifest.machine ?? {};
    if (!cell || !system) continue;
    const key = machineKey(manifest.made?.given ?? system);
    const machine = machines.get(key) ?? { system, neighbours: [] };
    // Each wish adds its links to those of the wishes before it.
    const isLonger = system.rootCell.pciDevices.length > machine.system.rootCell.pciDevices.length;
    if (isLonger) machine.system = system;
    machine.neighbours.push({ cell, manifest });
    machines.set(key, machine);
  }
  return [...machines.values()];
}

/** What alternatives have in common: the name, the CPUs and the memory. */
function identityOf(cell: CellConfig): string {
  const memory = cell.memoryRegions
    .filter((region) => region.size > 0n && !isCommRegion(region))
    .map(({ phys_start: start, size }) => describeRange({ start, size }));
  return JSON.stringify([[...cell.header.name], describeNumbers(cpusOf(cell)), memory.toSorted()]);
}

/** The cells of a machine; of several manifests for one cell only one can run. */
export function alternativesOf(neighbours: readonly Neighbour[]): Neighbour[][] {
  const groups = new Map<string, Neighbour[]>();
  for (const neighbour of neighbours) {
    const key = identityOf(neighbour.cell);
    groups.set(key, [...(groups.get(key) ?? []), neighbour]);
  }
  return [...groups.values()];
}

/** Sets of neighbours that can run together, so that each manifest is in one: in the order of the manifests. */
function* runs(
  groups: readonly (readonly Neighbour[])[],
  order: readonly Neighbour[],
): Iterable<Neighbour[]> {
  const most = Math.max(...groups.map(({ length }) => length));
  for (let turn = 0; turn < most; turn++) {
    const running = new Set(groups.map((group) => group[turn] ?? group[0]!));
    yield order.filter((neighbour) => running.has(neighbour));
  }
}

function tellAlternatives(groups: readonly (readonly Neighbour[])[]): void {
  for (const [first, ...others] of groups) {
    if (others.length === 0) continue;
    const name = new TextDecoder().decode(first!.cell.header.name).split('\0', 1)[0]!;
    others.at(-1)!.manifest.diagnostics.push({
      code: 'cell/variants',
      severity: 'info',
      message: `${plural(others.length + 1, 'manifest')} describe the cell '${name}', with the same CPUs and memory: they are alternatives, and are not checked against each other`,
      path: ['cell'],
    });
  }
}

/**
 * Checks the cells of manifests with one system config against each other. A finding goes to the last manifest that it
 * concerns, which is created last; a waiver in any of them accepts it. Manifests for one cell are alternatives: each is
 * checked against the others, and a note says so.
 */
export function checkTogether(manifests: readonly Checked[], today: string): void {
  for (const { system, neighbours } of machinesOf(manifests)) {
    const groups = alternativesOf(neighbours);
    tellAlternatives(groups);
    if (groups.length > 1) {
      for (const { manifest } of neighbours) {
        manifest.states &&= withInputs(manifest.states, OTHER_CELLS);
      }
    }
    for (const running of runs(groups, neighbours)) {
      const findings = checkCellsTogether(
        system,
        running.map(({ cell }) => cell),
      );
      for (const finding of findings) tell(finding, running, today);
    }
  }
}

/** Unless it was told of the same manifests before. */
function tell(
  { cells, places: _places, ...finding }: CellFinding,
  running: readonly Neighbour[],
  today: string,
): void {
  const concerned = cells.map((cell) => running[cell]!.manifest);
  const last = concerned.at(-1)!;
  for (const manifest of concerned) {
    if (manifest !== last) manifest.states &&= toldElsewhere(manifest.states, [finding.code]);
  }
  const same = last.diagnostics.some(
    ({ code, message }) => code === finding.code && message === finding.message,
  );
  if (same) return;
  const waivers = concerned.flatMap((manifest) => manifest.waivers);
  last.diagnostics.push(...markWaived([finding], waivers, today));
}
