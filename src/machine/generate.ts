import type { Diagnostic } from '../base/diagnostic.ts';
import { compileMemory } from '../formats/cell/yaml/compile-memory.ts';
import { versionOf } from '../formats/cell/layout-ids.ts';
import { describeVersion, Scope } from '../formats/cell/yaml/scope.ts';
import type { MemoryRegion } from '../formats/cell/records.ts';
import type { CellConfig, CellDescription, SystemConfig } from '../formats/cell/types.ts';
import { composeTree, type NewNode } from '../formats/dtb/compose.ts';
import type { DeviceTree } from '../formats/dtb/types.ts';
import { pathOf } from '../formats/dtb/walk.ts';
import { cellConfig } from './cell-config.ts';
import { chooseCpus } from './cpus.ts';
import { Findings, type Choice, type Dropped } from './findings.ts';
import { mergeFragment } from './fragment.ts';
import { inmateTree } from './inmate-tree.ts';
import { placeLinks, type PlacedLink } from './links.ts';
import { placeLink, placeRam, type PlacedRam } from './ram.ts';
import type { CellWish, LinkEnds, MachineState } from './request.ts';
import { changedSystem } from './root-change.ts';
import { rootLinux } from './root-linux.ts';
import { rootRam, type RootRam } from './root-ram.ts';
import { chooseVpciBase, vpciPin } from './vpci.ts';
import { isBundleName } from '../manifest/name.ts';
import { chooseDevices, readBoard, type Devices } from './choose-devices.ts';
import { rootSideOf, tellReserved, type RootSide } from './root-side.ts';

/** A cell made of a wish. */
export interface GeneratedCell {
  name: string;
  cell: CellConfig;
  /** `null` on x86. */
  tree: { source: NewNode; blob: DeviceTree } | null;
  /** The machine's, changed where links are new. */
  system: SystemConfig;
  ends: LinkEnds;
  /** What each memory region is for, by its address in the machine; the comm region has none. */
  regions: ReadonlyMap<bigint, string>;
  /** What is changed in the system config, a line each. */
  changes: readonly string[];
  rootSide: RootSide;
  /** The word that puts Linux' console on the cell's UART; `null` without one. */
  consoleWord: string | null;
}

/** What came of a wish. */
export interface Generation {
  /** `null` if something must be asked. */
  generated: GeneratedCell | null;
  diagnostics: readonly Diagnostic[];
  choices: readonly Choice[];
  dropped: readonly Dropped[];
}

/** Links with several peers are there from this revision on. */
const hasPeers = ({ rootCell }: SystemConfig): boolean => rootCell.header.console !== undefined;

function checkRevision({ system }: MachineState, findings: Findings): boolean {
  const scope = new Scope(versionOf(system), system.architecture);
  if (hasPeers(system) && 'shmem_peers' in scope.layout.pciDevice.fields) return true;
  findings.ask(
    'revision',
    [],
    `cells are made for revisions 12 to 14; the system config is of ${describeVersion(system)}`,
    'convert the system config with `jailhouse-bundle cell convert`, or describe the cell by hand',
  );
  return false;
}

const NAME_LIMIT = 31;

function checkName({ name }: CellWish, { system, cells }: MachineState, findings: Findings): boolean {
  const bytes = new TextEncoder().encode(name).length;
  if (!isBundleName(name) || bytes > NAME_LIMIT) {
    const fix = `add \`name:\` with at most ${NAME_LIMIT} letters, digits, dots, dashes and underscores`;
    findings.ask('name', [], `the cell would be called '${name}'`, fix);
    return false;
  }
  const isTaken = [system.rootCell, ...cells].some((each) => nameText(each) === name);
  if (isTaken) {
    findings.ask(
      'name',
      [],
      `another cell of the machine is called '${name}'`,
      'give each a `name:` of its own',
    );
  }
  return !isTaken;
}

/** Up to the first NUL. */
const nameText = ({ header: { name } }: CellDescription): string => {
  const end = name.indexOf(0);
  return new TextDecoder().decode(name.subarray(0, end < 0 ? name.length : end));
};

/** Regions of the wish, with the flags of the system config's revision. */
function ownRegions({ wish }: CellWish, { system }: MachineState, findings: Findings): MemoryRegion[] {
  const scope = new Scope(versionOf(system), system.architecture);
  const { regions } = compileMemory(scope, wish.regions, ['cell', 'generate', 'regions']);
  findings.diagnostics.push(...scope.problems);
  return regions;
}

/** Interrupts of the links, and the base that they count from. */
function chooseInterrupts(
  { wish }: CellWish,
  machine: MachineState,
  links: readonly PlacedLink[],
  { console, devices }: Devices,
  findings: Findings,
): { base: number | null; pins: number[] } {
  if (machine.system.architecture === 'x86' || links.length === 0) return { base: null, pins: [] };
  const taken = new Set([...(console?.pins ?? []), ...devices.flatMap(({ pins }) => pins)]);
  const base = chooseVpciBase(wish, machine, taken, findings);
  if (base === null) return { base, pins: [] };
  return { base, pins: [...new Set(links.map(({ device }) => vpciPin(base, device.bdf)))] };
}

/** What the regions of a cell are for, by their addresses. */
function regionWords(
  { ram, loader }: PlacedRam,
  links: readonly PlacedLink[],
  { console, devices }: Devices,
): ReadonlyMap<bigint, string> {
  const words = new Map<bigint, string>([
    [loader.phys, 'Jailhouse’s loader for Linux'],
    [ram.phys, 'RAM of the guest'],
  ]);
  const add = (regions: readonly MemoryRegion[], what: string): void => {
    for (const region of regions) if (region.size > 0n) words.set(region.phys_start, what);
  };
  for (const link of links) add(link.regions.slice(0, 1), `link (${link.kind}): its memory begins here`);
  for (const given of devices) add(given.regions, pathOf(given.device));
  if (console?.given) add(console.given.regions, `${console.tty}: ${pathOf(console.given.device)}`);
  return words;
}

const hasAsked = ({ diagnostics }: Findings): boolean =>
  diagnostics.some(({ severity }) => severity === 'error');

function plan(request: CellWish, machine: MachineState, findings: Findings): GeneratedCell | null {
  const { name, wish } = request;
  const { system } = machine;
  const isNamed = checkName(request, machine, findings);
  if (!checkRevision(machine, findings)) return null;
  const board = readBoard(machine, findings);
  const cpus = chooseCpus(wish, machine, findings);
  const ram: RootRam = rootRam(machine);
  const linux = rootLinux(machine, ram.regions);
  const placed = placeRam(wish, system.architecture, ram, linux, findings);
  const used =
    placed === null ? [] : [placed.ram, placed.loader].map(({ phys: start, size }) => ({ start, size }));
  const links = placeLinks(
    request,
    machine,
    (size, others) => placeLink(ram, linux, size, [...used, ...others]),
    findings,
  );
  const devices = chooseDevices(request, board, machine, findings);
  const { base: vpciBase, pins: vpciPins } = chooseInterrupts(request, machine, links, devices, findings);
  const regions = ownRegions(request, machine, findings);
  if (placed === null || cpus === null || !isNamed || hasAsked(findings)) return null;

  const cell = cellConfig({
    name,
    system,
    cpus,
    ram: placed,
    ...devices,
    links,
    vpciBase,
    vpciPins,
    regions,
  });
  const occupied = cell.memoryRegions.map(({ virt_start: start, size }) => ({ start, size }));
  const made =
    board && inmateTree({ system, board, name, cpus, ...devices, links, vpciBase, occupied }, findings);
  if (board !== null && made === null) return null;
  const source = made && (request.fragment === null ? made : mergeFragment(made, request.fragment, findings));
  const { system: changed, changes } = changedSystem(system, links);
  const rootSide = rootSideOf(system.architecture, ram, placed, links, [
    devices.console?.given,
    ...devices.devices,
  ]);
  tellReserved(rootSide, placed, linux, findings);
  if (hasAsked(findings)) return null;
  const { console } = devices;
  return {
    name,
    cell,
    tree: source && { source, blob: composeTree(source) },
    system: changed,
    ends: new Map(links.map(({ device, to }) => [device.bdf, to])),
    regions: regionWords(placed, links, devices),
    changes,
    rootSide,
    consoleWord: console && `console=${console.tty},${console.options.replace(/n8$/, '')}`,
  };
}

/** Makes a cell of a wish, or says what must be asked; nothing is guessed. */
export function generateCell(request: CellWish, machine: MachineState): Generation {
  const findings = new Findings();
  const generated = plan(request, machine, findings);
  const { diagnostics, choices, dropped } = findings;
  return { generated, diagnostics, choices, dropped };
}
