import type { FindingCode } from '../../base/codes.ts';
import type { Architecture, Severity } from '../../base/choices.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { ConfigItem } from '../../formats/cell/origins.ts';
import type { Party, Scene } from './scene.ts';

type Told = Pick<Diagnostic, 'message' | 'requested' | 'actual' | 'detail'>;

/** A rule that does not hold; what it leaves out is the rule's. */
export interface Breach extends Told {
  severity?: Severity;
  symptom?: string;
  fix?: string;
  /** In place of the rule's own. */
  after?: readonly FindingCode[];
  /** The place of the rule's item in its list, of each of whom it concerns. */
  at?: readonly number[];
}

/** A breach, and whom it concerns. */
export interface Found extends Breach {
  of: readonly Party[];
}

/** What a rule may look at beside the cell: as people give it, or as what they give tells it. */
export type CellInput =
  | 'system'
  /** At least one. */
  | 'other-cells'
  /** All that will run on the machine, and its system config. */
  | 'all-cells'
  /** Of a link: the system config, or another cell. */
  | 'other-end'
  | 'board'
  | 'iomem'
  | 'root-config'
  /** What the root cell's Linux uses. */
  | 'root-ram'
  /** What the machine has. */
  | 'machine-ram';

interface Find {
  (scene: Scene): Iterable<Found>;
  /** What it needs by its form. */
  needs?: readonly CellInput[];
}

export interface CellRule {
  /** Stable: waivers name it. */
  id: Extract<FindingCode, `cell/${string}` | `system/${string}` | `root/${string}`>;
  severity: Severity;
  /** What must hold first: beside one of these findings about the same cell, this one says nothing new. */
  after?: readonly FindingCode[];
  /** What is seen on the target when it is broken. */
  symptom: string;
  /** What to do next. */
  fix: string;
  /** Where the knowledge comes from. */
  source: string;
  /** The part of a config that it is about, where it is about one. */
  item?: ConfigItem;
  /** Jailhouse refuses to start with a root cell that breaks it; all others that the root cell breaks alone are warnings. */
  refusesRoot?: true;
  /** What it needs to be judged, beside what `find` needs by its form. */
  needs?: readonly CellInput[];
  /** The architectures that it is about; absent: all. */
  only?: readonly Architecture[];
  /** It compares cells, so a single one does not show all that it finds. */
  comparesCells?: true;
  find: Find;
}

const needing = (needs: readonly CellInput[], find: Find): Find => Object.assign(find, { needs });

const among = (of: readonly Party[], breaches: Iterable<Breach>): Found[] =>
  Array.from(breaches, (breach) => ({ ...breach, of }));

const everybody = ({ root, cells }: Scene): readonly Party[] => (root ? [root, ...cells] : cells);

/** Judges the root cell and every cell by itself. */
export const each =
  (judge: (party: Party, scene: Scene) => Iterable<Breach>): Find =>
  (scene) =>
    everybody(scene).flatMap((party) => among([party], judge(party, scene)));

/** Judges every cell by itself. */
export const eachCell =
  (judge: (cell: Party, scene: Scene) => Iterable<Breach>): Find =>
  (scene) =>
    scene.cells.flatMap((cell) => among([cell], judge(cell, scene)));

/** Judges every cell against the root cell that it is cut out of. */
export const againstRoot = (judge: (cell: Party, root: Party, scene: Scene) => Iterable<Breach>): Find =>
  needing(['system'], (scene) => {
    const { root } = scene;
    return root ? eachCell((cell) => judge(cell, root, scene))(scene) : [];
  });

const pairsOf =
  (needs: readonly CellInput[], members: (scene: Scene) => readonly Party[]) =>
  (judge: (one: Party, other: Party, scene: Scene) => Iterable<Breach>): Find =>
    needing(needs, (scene) => {
      const parties = members(scene);
      return parties.flatMap((one, index) =>
        parties.slice(index + 1).flatMap((other) => among([one, other], judge(one, other, scene))),
      );
    });

/** Judges every two cells; the root cell gives up what they take. */
export const betweenCells = pairsOf(['other-cells'], ({ cells }) => cells);

/** Judges every two of the root cell and the cells. */
export const betweenAll = pairsOf(['other-end'], everybody);
