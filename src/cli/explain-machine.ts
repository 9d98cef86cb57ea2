import type { Command } from 'commander';
import { hasErrors, type Diagnostic } from '../base/diagnostic.ts';
import { knownMachine, type GivenCell, type Machine } from '../explain/resolve/machine.ts';
import type { ConfigKind } from '../formats/cell/identify.ts';
import type { Versioned } from '../formats/cell/layout-ids.ts';
import { readConfig, type ReadConfig } from '../formats/cell/read.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import { parseDtb } from '../formats/dtb/parse.ts';
import type { DeviceTree } from '../formats/dtb/types.ts';
import { LIMITS, readWhole, seeFile } from '../inputs/files.ts';
import { readBundledMachine } from '../inputs/log-machine.ts';
import { plural } from '../base/text.ts';
import { readFile } from './cell-files.ts';
import { checkLine } from './check-options.ts';
import { collect, layoutOption, once } from './command.ts';
import { UsageError } from './exit.ts';
import { readFacts, rootFiles, withRootOptions, type RootOptions } from './root-options.ts';

/** What the command line gives of the machine that a log is from. */
export interface MachineOptions extends RootOptions {
  cell?: readonly string[];
  system?: string;
  bundle?: string;
  dtb?: string;
  layout?: Versioned;
}

export const withMachineOptions = (command: Command): Command =>
  withRootOptions(
    command
      .option('--cell <file>', 'the config of a cell that is in the log; may be repeated', collect)
      .option('--system <file>', "the machine's system config", once)
      .option('--bundle <file>', 'a bundle, for its configs, its device trees and what it loads', once)
      .option('--dtb <file>', 'the device tree of the cell, where one cell is given', once)
      .addOption(layoutOption()),
  );

/** What is wrong with a file. */
export interface MachineProblem {
  file: string;
  /** Of a description. */
  text: string | null;
  problem: Diagnostic;
}

/** The machine, or why it is not known; both `null` and none: nothing was given. */
export interface ReadMachine {
  machine: Machine | null;
  problems: readonly MachineProblem[];
}

const ROOT_WORDS = {
  board: '--board',
  rootCmdline: '--root-cmdline',
  rootIomem: '--root-iomem',
  rootConfig: '--root-config',
} as const;

function checkUsage(options: MachineOptions): void {
  const { cell = [], system, bundle, dtb, layout } = options;
  if (dtb !== undefined && cell.length === 0 && bundle === undefined) {
    throw new UsageError(
      '--dtb is the device tree of a cell, and no cell is given',
      'add --cell or --bundle',
    );
  }
  if (layout !== undefined && cell.length === 0 && system === undefined) {
    throw new UsageError('--layout is for binary configs, and none is given', 'add --cell or --system');
  }
  const root = Object.entries(ROOT_WORDS).find(([name]) => options[name as keyof RootOptions] !== undefined);
  if (root !== undefined && system === undefined && bundle === undefined) {
    throw new UsageError(`${root[1]} is about the root cell, whose config is not given`, 'add --system');
  }
  checkLine('--root-cmdline', options.rootCmdline);
}

async function readAs<Kind extends ConfigKind>(
  file: string,
  kind: Kind,
  layout: Versioned | undefined,
  problems: MachineProblem[],
): Promise<ReadConfig<{ cell: CellConfig; system: SystemConfig }[Kind]>['config']> {
  const {
    config,
    problems: found,
    description,
  } = await readConfig(await readFile(file), file, { kind, layout });
  if (config === null) {
    problems.push(...found.map((problem) => ({ file, text: description?.text ?? null, problem })));
  }
  return config;
}

/** Lines of a log name cells, so that two of one name cannot be told apart. */
function checkNames({ scene: { root, cells } }: Machine): void {
  const names = new Set<string>(root === null ? [] : [root.name]);
  for (const { name } of cells) {
    if (names.has(name)) {
      throw new UsageError(
        `two of the configs are of a cell '${name}'`,
        'give each cell once: in a bundle, or by --cell',
      );
    }
    names.add(name);
  }
}

function withTree(cells: readonly GivenCell[], tree: DeviceTree | null): readonly GivenCell[] {
  if (tree === null) return cells;
  if (cells.length > 1) {
    throw new UsageError(
      `--dtb is the device tree of one cell, and ${plural(cells.length, 'cell')} are given`,
      'give only the cell that the tree is of',
    );
  }
  return cells.map((cell) => ({ ...cell, tree }));
}

const readTree = async (file: string): Promise<DeviceTree> =>
  parseDtb(await readWhole(await seeFile(file, file), LIMITS.deviceTree));

/**
 * Reads what is given of the machine.
 *
 * @throws UsageError for what does not go together, InputError for a file that cannot be read
 */
export async function readMachine(options: MachineOptions): Promise<ReadMachine> {
  checkUsage(options);
  const { cell: files = [], layout } = options;
  if (files.length === 0 && options.system === undefined && options.bundle === undefined) {
    return { machine: null, problems: [] };
  }
  const problems: MachineProblem[] = [];
  const bundled =
    options.bundle === undefined ? { system: null, cells: [] } : await readBundledMachine(options.bundle);
  const cells: GivenCell[] = [...bundled.cells];
  for (const file of files) {
    const config = await readAs(file, 'cell', layout, problems);
    if (config !== null)
      cells.push({ config, tree: null, loaded: null, memory: null, cmdline: null, findings: [] });
  }
  const system =
    options.system === undefined ? bundled.system : await readAs(options.system, 'system', layout, problems);
  const tree = options.dtb === undefined ? null : await readTree(options.dtb);
  const { facts, problems: ofFacts } = await readFacts(rootFiles(options), options.rootCmdline ?? null);
  problems.push(...ofFacts.map(({ file, problem }) => ({ file, text: null, problem })));
  if (hasErrors(problems.map(({ problem }) => problem))) return { machine: null, problems };
  const machine = knownMachine({ system, cells: withTree(cells, tree), facts });
  checkNames(machine);
  return { machine, problems };
}
