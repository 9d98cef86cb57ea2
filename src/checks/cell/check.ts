import type { CellConfig, SystemConfig } from '../../formats/cell/types.ts';
import type { Severity } from '../../base/choices.ts';
import type { Diagnostic, ManifestPath } from '../../base/diagnostic.ts';
import { describedAt } from '../../formats/cell/origins.ts';
import type { RootFacts } from '../../formats/root/facts.ts';
import type { RuleState } from '../coverage.ts';
import { withoutConsequences } from '../consequences.ts';
import { cellCoverage } from './coverage.ts';
import type { CellRule } from './rule.ts';
import { CELL_RULES } from './rules/index.ts';
import { READING_RULES } from './rules/reading.ts';
import { makeScene, type Scene } from './scene.ts';

/** A finding about cells; `cells` are the places of those it concerns, without the root cell. */
export interface CellFinding extends Diagnostic {
  cells: readonly number[];
  /** Of each that it concerns (`null`: the root cell), the path in its description; empty for a binary config. */
  places: readonly { cell: number | null; path: ManifestPath }[];
}

/** A root cell's own config may be odd, and the machine runs: only what Jailhouse refuses is an error. */
const inRoot = (rule: CellRule, severity: Severity): Severity =>
  severity === 'error' && !rule.refusesRoot ? 'warning' : severity;

const isAbout = ({ only }: CellRule, { architecture }: Scene): boolean =>
  !only || (architecture !== null && only.includes(architecture));

const findingsOf = (rule: CellRule, scene: Scene): CellFinding[] =>
  Array.from(isAbout(rule, scene) ? rule.find(scene) : [], ({ of, at = [], ...breach }) => {
    const cells = of.flatMap(({ index }) => (index === null ? [] : [index]));
    const places = of.map(({ index: cell, description }, position) => {
      const path = rule.item === undefined ? [] : describedAt(description, rule.item, at[position]);
      return { cell, path: cell === null && path.length > 0 ? ['root_cell', ...path] : path };
    });
    const isOfRoot = cells.length === 0;
    const isSystem = isOfRoot || rule.id.startsWith('system/');
    const severity = breach.severity ?? rule.severity;
    return {
      code: rule.id,
      ...(rule.after ? { after: rule.after } : {}),
      symptom: rule.symptom,
      fix: rule.fix,
      path: [
        isSystem ? 'system' : 'cell',
        ...(places.findLast(({ cell }) => (cell === null) === isSystem)?.path ?? []),
      ],
      ...breach,
      severity: isOfRoot ? inRoot(rule, severity) : severity,
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

/** What speaks against the way in which a config was read, without any other rule. */
export function checkReading(config: CellConfig | SystemConfig): Diagnostic[] {
  const scene =
    config.kind === 'cell'
      ? makeScene(null, [config], true, null, 'all')
      : makeScene(config, [], true, null, 'all');
  return READING_RULES.flatMap((rule) => findingsOf(rule, scene)).map(
    ({ cells: _cells, places: _places, path: _path, ...finding }) => finding,
  );
}

/** What the root cell's config alone breaks, one finding for each rule: it keeps no other cell from running. */
function foldRoot(findings: readonly CellFinding[]): CellFinding[] {
  const kinds = new Map<string, CellFinding[]>();
  for (const finding of findings) kinds.set(finding.code, [...(kinds.get(finding.code) ?? []), finding]);
  return [...kinds.values()].map((same): CellFinding => {
    const [first] = same as [CellFinding];
    const severity = first.severity === 'error' ? 'warning' : first.severity;
    if (same.length === 1) return { ...first, severity };
    const { requested: _requested, actual: _actual, detail: _detail, ...told } = first;
    return {
      ...told,
      severity,
      message: `the root cell's own config has ${same.length} findings of ${first.code}: \`jailhouse-bundle cell check SYSTEM\` lists them`,
      path: ['system'],
    };
  });
}

/** Checks a cell that boots Linux: by itself, and against the root cell where the system config is known. */
export function checkCell(
  system: SystemConfig | null,
  cell: CellConfig,
  facts: RootFacts | null = null,
): Diagnostic[] {
  const findings = check(makeScene(system, [cell], false, facts));
  const ofRoot = findings.filter(({ cells }) => cells.length === 0);
  const others = findings.filter(({ cells }) => cells.length > 0);
  return [...others, ...foldRoot(ofRoot)].map(({ cells: _cells, places: _places, ...finding }) => finding);
}

export const isCellRule = (code: string): boolean => CELL_RULES.some(({ id }) => id === code);

/** Whether {@link checkCell} sees all that there is to a rule. */
export const isAboutOneCell = (code: string): boolean =>
  CELL_RULES.some(({ id, comparesCells }) => id === code && !comparesCells);

/** What {@link checkCell} cannot see: findings that concern several of a machine's cells. */
export const checkTogether = (system: SystemConfig, cells: readonly CellConfig[]): CellFinding[] =>
  check(makeScene(system, cells, false)).filter((finding) => finding.cells.length > 1);

/** What becomes of the rules of {@link checkCell}. */
export function coverageOfCell(
  system: SystemConfig | null,
  cell: CellConfig,
  facts: RootFacts | null,
): RuleState[] {
  return cellCoverage(makeScene(system, [cell], false, facts));
}
