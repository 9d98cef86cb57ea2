import { checkMachine, checkReading } from '../../checks/cell/check.ts';
import { makeScene, type Party, type Scene } from '../../checks/cell/scene.ts';
import type { Severity } from '../../base/choices.ts';
import type { AddressRange } from '../../base/ranges.ts';
import type { CellConfig, SystemConfig } from '../../formats/cell/types.ts';
import type { DeviceTree } from '../../formats/dtb/types.ts';
import type { RootFacts } from '../../formats/root/facts.ts';

/** What a bundle loads into a cell. */
export interface Loaded {
  /** `kernel`, `params`; of a cell without Linux, the file. */
  name: string;
  range: AddressRange;
}

/** A finding of `check`, now or when a bundle was built. */
export interface KnownFinding {
  code: string;
  severity: Severity;
  message: string;
  /** `null`: nobody accepted it. */
  waived: string | null;
  from: 'check' | 'bundle';
  /** The places of the cells that it is about, among those that are known; empty: the root cell alone. */
  cells: readonly number[];
}

/** What is given of a cell. */
export interface GivenCell {
  config: CellConfig;
  /** The device tree that its kernel gets; `null`: not known, or none. */
  tree: DeviceTree | null;
  /** `null`: not known. */
  loaded: readonly Loaded[] | null;
  /** RAM as the params or the device tree of its bundle have it; `null`: not known. */
  memory: readonly AddressRange[] | null;
  /** Of its kernel; `null`: not known. */
  cmdline: string | null;
  /** What was found when its bundle was built. */
  findings: readonly Omit<KnownFinding, 'from' | 'cells'>[];
}

/** What is given of the machine that a log is from. */
export interface GivenMachine {
  system: SystemConfig | null;
  cells: readonly GivenCell[];
  /** Of the root cell's Linux. */
  facts: RootFacts | null;
}

/** The machine that a log is from, as far as it is known. */
export interface Machine {
  scene: Scene;
  given: GivenMachine;
  findings: readonly KnownFinding[];
}

/** What `check` says of the configs. */
function checked({ system, cells, facts }: GivenMachine): KnownFinding[] {
  const configs = cells.map(({ config }) => config);
  if (system === null) {
    return configs.flatMap((config, index) =>
      checkReading(config).map(({ code, severity, message }) => ({
        code,
        severity,
        message,
        waived: null,
        from: 'check' as const,
        cells: [index],
      })),
    );
  }
  return checkMachine(system, configs, facts).map(({ code, severity, message, cells: concerned }) => ({
    code,
    severity,
    message,
    waived: null,
    from: 'check' as const,
    cells: concerned,
  }));
}

export function knownMachine(given: GivenMachine): Machine {
  const configs = given.cells.map(({ config }) => config);
  const fromBundles = given.cells.flatMap(({ findings }, index) =>
    findings.map((finding) => ({ ...finding, from: 'bundle' as const, cells: [index] })),
  );
  return {
    scene: makeScene(given.system, configs, true, given.facts),
    given,
    findings: [...checked(given), ...fromBundles],
  };
}

/** What is given of a party; `null` for the root cell. */
export const givenOf = ({ given }: Machine, { index }: Party): GivenCell | null =>
  index === null ? null : given.cells[index]!;

/** Everybody on the machine. */
export const partiesOf = ({ scene: { root, cells } }: Machine): Party[] =>
  root ? [root, ...cells] : [...cells];

/** The device tree that the party's Linux sees; `null`: not known. */
export const treeOf = (machine: Machine, party: Party): DeviceTree | null =>
  party.index === null ? (machine.given.facts?.board ?? null) : givenOf(machine, party)!.tree;
