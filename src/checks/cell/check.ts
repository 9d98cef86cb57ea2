import type { CellConfig, SystemConfig } from '../../formats/cell/types.ts';
import type { Diagnostic, ManifestPath } from '../../base/diagnostic.ts';
import { describedAt } from '../../formats/cell/origins.ts';
import type { RootFacts } from '../../formats/root/facts.ts';
import { withoutConsequences } from '../consequences.ts';
import type { CellRule } from './rule.ts';
import { CELL_RULES } from './rules/index.ts';
import { makeScene, type Scene } from './scene.ts';

/** A finding about cells; `cells` are the places of those it concerns, without the root cell. */
export interface CellFinding extends Diagnostic {
  cells: readonly number[];
  /** Of each that it concerns (`null`: the root cell), the path in its description; empty for a binary config. */
  places: readonly { cell: number | null; path: ManifestPath }[];
}

const findingsOf = (rule: CellRule, scene: Scene): CellFinding[] =>
  Array.from(rule.find(scene), ({ of, at = [], ...breach }) => {
    const cells = of.flatMap(({ index }) => (index === null ? [] : [index]));
    const places = of.map(({ index: cell, description }, position) => {
      const path = rule.item === undefined ? [] : describedAt(description, rule.item, at[position]);
      return { cell, path: cell === null && path.length > 0 ? ['root_cell', ...path] : path };
    });
    const isSystem = cells.length === 0 || rule.id.startsWith('system/');
    return {
      code: rule.id,
      severity: rule.severity,
      ...(rule.after ? { after: rule.after } : {}),
      symptom: rule.symptom,
      fix: rule.fix,
      path: [
        isSystem ? 'system' : 'cell',
        ...(places.findLast(({ cell }) => (cell === null) === isSystem)?.path ?? []),
      ],
      ...breach,
      cells,
      places,
    };
  });

/** The root cell alone, or cells of which one is in both. */
const concernSame = ({ cells: ones }: CellFinding, { cells: others }: CellFinding): boolean =>
  ones.length === 0 ? others.length === 0 : ones.some((cell) => others.includes(cell));

const check = (scene: Scene): CellFinding[] =>
  withoutConsequences(
    CELL_RULES.flatMap((rule) => findingsOf(rule, scene)),
    concernSame,
  );

/**
 * Checks a machine: its root cell, every cell against it, and the cells against each other.
 * `cells` are all that will run there; `facts` is what is known of the root cell's Linux.
 */
export const checkMachine = (
  system: SystemConfig,
  cells: readonly CellConfig[],
  facts: RootFacts | null = null,
): CellFinding[] => check(makeScene(system, cells, true, facts));

/** Checks a cell by itself, and against the root cell where the system config is known. */
export const checkCell = (
  system: SystemConfig | null,
  cell: CellConfig,
  facts: RootFacts | null = null,
): Diagnostic[] =>
  check(makeScene(system, [cell], false, facts)).map((found) => {
    const { cells: _cells, places: _places, ...finding } = found;
    return finding;
  });

export const isCellRule = (code: string): boolean => CELL_RULES.some(({ id }) => id === code);

/** Whether {@link checkCell} sees all that there is to a rule. */
export const isAboutOneCell = (code: string): boolean =>
  CELL_RULES.some(({ id, comparesCells }) => id === code && !comparesCells);

/** What {@link checkCell} cannot see: findings that concern several of a machine's cells. */
export const checkTogether = (system: SystemConfig, cells: readonly CellConfig[]): CellFinding[] =>
  check(makeScene(system, cells, false)).filter((finding) => finding.cells.length > 1);
