import { portsTellX86 } from '../../formats/cell/config.ts';
import { LAYOUTS } from '../../formats/cell/layouts.ts';
import type { CellConfig, CellDescription, SystemConfig } from '../../formats/cell/types.ts';
import type { RootFacts } from '../../formats/root/facts.ts';
import type { Architecture } from '../../base/choices.ts';

/** The root cell or a cell of a machine, as the rules see it. */
export interface Party {
  /** `cell 'demo'`, `root cell 'qemu'`: how messages call it. */
  title: string;
  /** As the hypervisor compares it. */
  name: string;
  /** Its place among the cells; `null` for the root cell. */
  index: number | null;
  revision: CellConfig['revision'];
  /** As its own config says it; `null` where that does not tell. */
  named: Architecture | null;
  description: CellDescription;
  /** Bytes behind what its config's counts cover. */
  trailingBytes: number;
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

/** The name as people read it: up to the first NUL, without what cannot be printed. */
function shownName(description: CellDescription): string {
  const { name } = description.header;
  const end = name.indexOf(0);
  const text = new TextDecoder().decode(name.subarray(0, end < 0 ? name.length : end));
  return text.replaceAll(/\p{Cc}/gu, '\ufffd');
}

function rootParty(system: SystemConfig): Party {
  const name = shownName(system.rootCell);
  return {
    title: name === '' ? 'the root cell' : `root cell '${name}'`,
    name,
    index: null,
    revision: system.revision,
    // Where the file does not name it, parsing took arm64 for all but x86.
    named: LAYOUTS[system.revision].namesArchitecture
      ? system.architecture
      : portsTellX86(system.rootCell.pio),
    description: system.rootCell,
    trailingBytes: system.trailing.length,
  };
}

function cellParty(cell: CellConfig, index: number): Party {
  const name = shownName(cell);
  return {
    title: name === '' ? `cell ${index + 1} (without a name)` : `cell '${name}'`,
    name,
    index,
    revision: cell.revision,
    named: cell.architecture,
    description: cell,
    trailingBytes: cell.trailing.length,
  };
}

export function makeScene(
  system: SystemConfig | null,
  cells: readonly CellConfig[],
  isComplete: boolean,
  facts: RootFacts | null = null,
): Scene {
  const named = cells.find(({ architecture }) => architecture !== null)?.architecture;
  return {
    system,
    root: system && rootParty(system),
    cells: cells.map(cellParty),
    architecture: system?.architecture ?? named ?? null,
    isComplete,
    bootsLinux: !isComplete,
    facts,
  };
}
