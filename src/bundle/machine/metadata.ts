import { hex } from '../../base/address.ts';
import { cellCommands } from '../../placement/commands.ts';
import type { LaunchCell, LaunchInput, LaunchItem, MachineLaunch } from '../launch/types.ts';
import { pathOf } from '../launch/words.ts';
import {
  bundleFacts,
  cellFacts,
  describeFinding,
  fileFacts,
  linuxFacts,
  TOOL,
  versionFacts,
  type BundleFacts,
  type LoadFact,
} from '../metadata.ts';
import { inputFacts } from '../inputs.ts';
import { MACHINE_FORMAT } from '../names.ts';
import type { FileDigest } from '../tar.ts';
import type { MachineBundleInput, MachineCellInput } from './input.ts';

/** A cell, and what the launch scripts know of it. */
export interface LaidOutCell {
  input: MachineCellInput;
  launch: LaunchCell;
  /** `null`: without Linux. */
  linux: LaunchInput | null;
}

/** One argument group of the load command of a cell without Linux. */
type ImageFact =
  { role: 'image'; file: string; address: string; size: number } | Extract<LoadFact, { string: string }>;

/** What a program wants to know of a cell without Linux. JSON values; addresses are hex texts. */
interface BareFacts extends Pick<BundleFacts, 'commands'> {
  load: readonly ImageFact[];
  /** Where its CPUs start; `null` before config revision 5, where that is fixed. */
  entry: string | null;
}

/** What a program wants to know of a machine's bundle. */
export interface MachineFacts {
  /** In the order in which they are started. */
  cells: readonly ({ name: string; cellName: string } & (BundleFacts | BareFacts))[];
}

function imageFact(item: LaunchItem): ImageFact {
  if (item.kind === 'string') return { string: item.text, address: hex(item.address) };
  return {
    role: 'image',
    file: pathOf(item.file)!,
    address: hex(item.address!),
    size: Number(item.size),
  };
}

function bareFacts({ cellName, cell, load }: LaunchCell, entry: bigint | undefined): BareFacts {
  const items = load.map((item) =>
    item.kind === 'string'
      ? { string: item.text, address: item.address }
      : { file: pathOf(item.file)!, address: item.address },
  );
  return {
    load: load.map(imageFact),
    entry: entry === undefined ? null : hex(entry),
    commands: cellCommands(cellName, cell, items),
  };
}

function factsOf({ input, launch, linux }: LaidOutCell): BundleFacts | BareFacts {
  if ('linux' in input) return bundleFacts(input.linux, linux!);
  return bareFacts(launch, input.bare.cell.header.cpu_reset_address);
}

export const machineFacts = (cells: readonly LaidOutCell[]): MachineFacts => ({
  cells: cells.map((cell) => ({
    name: cell.launch.name,
    cellName: cell.launch.cellName,
    ...factsOf(cell),
  })),
});

/** A cell of a machine in bundle.json. With `tool` and `system`, one with Linux has the keys of a bundle of its own. */
async function cellMetadata(
  laidOut: LaidOutCell,
  { architecture }: MachineBundleInput['system'],
): Promise<object> {
  const { input, launch, linux } = laidOut;
  const { name, after, cell, cellName } = launch;
  const { inputs } = 'linux' in input ? input.linux : input.bare;
  const [config, diagnostics, waivers] =
    'linux' in input
      ? [input.linux.planned.cell, input.linux.diagnostics, input.linux.manifest.checks.waive]
      : [input.bare.cell, input.bare.diagnostics, input.bare.waivers];
  return {
    name,
    after,
    compatible: launch.compatible,
    cell: cellFacts(cell, cellName, config, architecture),
    ...('linux' in input ? linuxFacts(input.linux, linux!) : { kernel: null, ...factsOf(laidOut) }),
    inputs: await inputFacts(inputs),
    findings: diagnostics.map(describeFinding),
    waivers,
  };
}

/** The content of bundle.json of a machine: what is in the bundle, and of each cell what a bundle of its own says. */
export const machineMetadata = async (
  { name, system, diagnostics, inputs }: MachineBundleInput,
  launch: MachineLaunch,
  cells: readonly LaidOutCell[],
  files: ReadonlyMap<string, FileDigest>,
): Promise<object> => ({
  format: MACHINE_FORMAT,
  kind: 'machine',
  name,
  version: launch.version,
  compatible: launch.compatible,
  tool: TOOL,
  system: {
    file: launch.system,
    name: launch.rootName,
    architecture: system.architecture,
    ...versionFacts(system),
  },
  cells: await Promise.all(cells.map((cell) => cellMetadata(cell, system))),
  files: fileFacts(files),
  inputs: await inputFacts(inputs),
  findings: diagnostics.map(describeFinding),
});
