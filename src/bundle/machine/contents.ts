import { releaseNumbers } from '../../formats/cell/layout-ids.ts';
import {
  byPath,
  closing,
  hookEntries,
  hookPaths,
  launchFile,
  launchInput,
  sizeOf,
  targetDigests,
  text,
} from '../contents.ts';
import type { BundleContents } from '../contents.ts';
import type { BundleFile } from '../input.ts';
import { machineScript } from '../launch/machine-script.ts';
import { machineUnits } from '../launch/service.ts';
import type { LaunchFile, LaunchInput, LaunchItem, MachineLaunch } from '../launch/types.ts';
import { itemsOf } from '../launch/words.ts';
import { releaseName } from '../metadata.ts';
import type { BundleEntry } from '../tar.ts';
import { configName, MACHINE_NAMES, rootName } from './names.ts';
import type { BareCellInput, MachineBundleInput, MachineCellInput } from './input.ts';
import { machineFacts, machineMetadata, type LaidOutCell, type MachineFacts } from './metadata.ts';

/** The files of a machine's bundle; what several cells have in common is there once, under the first one's name. */
class Shipped {
  readonly entries: BundleEntry[] = [];
  /** Where files are, by the key of their content. */
  readonly paths = new Map<string, string>();

  add(path: string, source: BundleEntry['source']): string {
    this.entries.push({ path, source });
    return path;
  }

  place(path: string, file: BundleFile): LaunchFile {
    if (file.in !== 'bundle') return launchFile(file, path);
    const { key, source } = file;
    const known = key === undefined ? undefined : this.paths.get(key);
    if (known !== undefined) return launchFile(file, known);
    if (key !== undefined) this.paths.set(key, path);
    return launchFile(file, this.add(path, source));
  }
}

function layOutBare({ cellName, file, images }: BareCellInput, name: string, shipped: Shipped) {
  const cell = shipped.add(configName(name), file);
  const load = images.map((image, index): LaunchItem => {
    if ('string' in image) return { kind: 'string', text: image.string, address: image.at };
    const placed = shipped.place(`${name}.image${index}`, image.file);
    return { kind: 'image', role: null, file: placed, address: image.at, size: BigInt(image.size) };
  });
  return { cell, cellName, compatible: [], load, hooks: new Map(), ready: null, restart: 'never' as const };
}

function layOutLinux(
  input: Extract<MachineCellInput, { linux: unknown }>['linux'],
  name: string,
  shipped: Shipped,
): LaunchInput {
  const { files } = input;
  const hooks = hookPaths(files.hooks, `${name}.`);
  shipped.entries.push(...hookEntries(files.hooks, hooks));
  const initrd = files.initrd && shipped.place(`${name}.initrd`, files.initrd);
  return launchInput(input, {
    cell: shipped.add(configName(name), files.cell),
    system: MACHINE_NAMES.system,
    hooks,
    files: {
      loader: shipped.place(`${name}.loader`, files.loader),
      kernel: shipped.place(`${name}.kernel`, files.kernel),
      ...(initrd === null ? {} : { initrd }),
      params: { in: 'bundle', path: shipped.add(`${name}.params`, input.planned.plan.params) },
    },
  });
}

/** Adds what a cell has to the files, and gives what its launch script knows of it. */
function layOut(input: MachineCellInput, shipped: Shipped): LaidOutCell {
  const { name, after } = input;
  if ('bare' in input) {
    return { input, launch: { name, after, ...layOutBare(input.bare, name, shipped) }, linux: null };
  }
  const linux = layOutLinux(input.linux, name, shipped);
  const { cell, cellName, compatible, hooks, ready, restart } = linux;
  return {
    input,
    launch: { name, after, cell, cellName, compatible, load: itemsOf(linux), hooks, ready, restart },
    linux,
  };
}

export interface MachineContents extends BundleContents<MachineFacts> {
  /** The names of files in the bundle, by the key of their content. */
  paths: ReadonlyMap<string, string>;
}

/** Lays out the bundle of a machine: every file that makes its cells ready to boot, sorted. */
export function machineContents(input: MachineBundleInput): MachineContents {
  const shipped = new Shipped();
  const cells = input.cells.map((cell) => layOut(cell, shipped));
  const launch: MachineLaunch = {
    name: input.name,
    machines: input.machines,
    release: releaseName(input.system),
    releases: releaseNumbers(input.system),
    compatible: input.compatible,
    version: input.version,
    system: shipped.add(MACHINE_NAMES.system, input.systemFile),
    rootName: rootName(input.system),
    cells: cells.map((cell) => cell.launch),
  };
  for (const [path, unit] of machineUnits(launch)) shipped.add(path, text(unit));
  const script = { path: MACHINE_NAMES.script, executable: true, source: text(machineScript(launch)) };
  const entries = [...shipped.entries, script];
  const onTarget = input.cells.flatMap((cell) =>
    'linux' in cell ? [...targetDigests(cell.linux.files)] : [],
  );
  return {
    name: input.name,
    facts: machineFacts(cells),
    size: entries.reduce((sum, { source }) => sum + sizeOf(source), 0),
    entries: entries.toSorted(byPath),
    paths: shipped.paths,
    last: (digests) =>
      closing(new Map([...digests, ...onTarget]), (files) => machineMetadata(input, launch, cells, files)),
  };
}
