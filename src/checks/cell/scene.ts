import { portsTellX86 } from '../../formats/cell/config.ts';
import { versionOf, type Versioned } from '../../formats/cell/layout-ids.ts';
import { layoutOf } from '../../formats/cell/variants.ts';
import { cpusOf } from '../../formats/cell/resources.ts';
import { oddities } from '../../formats/cell/oddities.ts';
import type { Oddity } from '../../formats/cell/oddity.ts';
import type { CellConfig, CellDescription, SystemConfig } from '../../formats/cell/types.ts';
import type { RootFacts } from '../../formats/root/facts.ts';
import type { Architecture } from '../../base/choices.ts';

/** The root cell or a cell of a machine, as the rules see it. */
export interface Party extends Versioned {
  /** `cell 'demo'`, `root cell 'qemu'`: how messages call it. */
  title: string;
  /** As the hypervisor compares it. */
  name: string;
  /** Its place among the cells; `null` for the root cell. */
  index: number | null;
  /** As its own config says it; `null` where that does not tell. */
  named: Architecture | null;
  description: CellDescription;
  /** Bytes behind what its config's counts cover. */
  trailingBytes: number;
  /** Values that no known config has. */
  oddities: readonly Oddity[];
}

/** What is checked together. */
export interface Scene {
  /** `null`: only the cells are known. */
  system: SystemConfig | null;
  root: Party | null;
  cells: readonly Party[];
  /** `null` where nothing names it. */
  architecture: Architecture | null;
  /** Whether `cells` are all that will run on the machine. */
  isComplete: boolean;
  /** Whether the cells are known to boot Linux: a kernel or a manifest is given. */
  bootsLinux: boolean;
  /** Of the root cell's Linux; `null` where nothing is known. */
  facts: RootFacts | null;
}

/** Oddities that rules of their own are about, and what Jailhouse never looks at. */
const RULED: ReadonlySet<Oddity['subject']> = new Set(['name', 'alignment', 'reference', 'root header']);

type Told = 'all' | 'rest';

const odditiesOf = (config: CellConfig | SystemConfig, told: Told): Oddity[] =>
  oddities(config).filter(({ subject }) => told === 'all' || !RULED.has(subject));

/** The name as people read it: up to the first NUL, without what cannot be printed. */
function shownName(description: CellDescription): string {
  const { name } = description.header;
  const end = name.indexOf(0);
  const text = new TextDecoder().decode(name.subarray(0, end < 0 ? name.length : end));
  return text.replaceAll(/\p{Cc}/gu, '\ufffd');
}

function rootParty(system: SystemConfig, told: Told): Party {
  const name = shownName(system.rootCell);
  return {
    title: name === '' ? 'the root cell' : `root cell '${name}'`,
    name,
    index: null,
    ...versionOf(system),
    // Where the file does not name it, parsing took arm64 for all but x86.
    named: layoutOf(system).namesArchitecture ? system.architecture : portsTellX86(system.rootCell.pio),
    description: system.rootCell,
    trailingBytes: system.trailing.length,
    oddities: odditiesOf(system, told),
  };
}

function cellParty(cell: CellConfig, index: number, told: Told): Party {
  const name = shownName(cell);
  return {
    title: name === '' ? `cell ${index + 1} (without a name)` : `cell '${name}'`,
    name,
    index,
    ...versionOf(cell),
    named: cell.architecture,
    description: cell,
    trailingBytes: cell.trailing.length,
    oddities: odditiesOf(cell, told),
  };
}

/** A cell takes CPUs that a root cell without any does not have, which a rule of its own reports. */
const withoutNoCpus = (root: Party): Party =>
  cpusOf(root.description).length > 0
    ? root
    : { ...root, oddities: root.oddities.filter(({ subject }) => subject !== 'CPUs') };

/** @param told `rest`: what no rule of its own is about */
export function makeScene(
  system: SystemConfig | null,
  cells: readonly CellConfig[],
  isComplete: boolean,
  facts: RootFacts | null = null,
  told: Told = 'rest',
): Scene {
  const named = cells.find(({ architecture }) => architecture !== null)?.architecture;
  const root = system && rootParty(system, told);
  return {
    system,
    root:
      root && (told === 'rest' && cells.some((cell) => cpusOf(cell).length > 0) ? withoutNoCpus(root) : root),
    cells: cells.map((cell, index) => cellParty(cell, index, told)),
    architecture: system?.architecture ?? named ?? null,
    isComplete,
    bootsLinux: !isComplete,
    facts,
  };
}
