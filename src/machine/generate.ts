import type { Diagnostic, ManifestPath } from '../base/diagnostic.ts';
import { describeRange, overlaps, rangeTo, type AddressRange } from '../base/ranges.ts';
import { describeSize, PAGE_SIZE } from '../base/address.ts';
import { compileMemory } from '../formats/cell/yaml/compile-memory.ts';
import { describeRevision, Scope } from '../formats/cell/yaml/scope.ts';
import type { MemoryRegion } from '../formats/cell/records.ts';
import type { CellConfig, CellDescription, SystemConfig } from '../formats/cell/types.ts';
import { composeTree, type NewNode } from '../formats/dtb/compose.ts';
import type { DeviceTree } from '../formats/dtb/types.ts';
import { pathOf, phandlesOf } from '../formats/dtb/walk.ts';
import { cellConfig } from './cell-config.ts';
import { boardConsole, pcConsole, type GivenConsole } from './console.ts';
import { chooseCpus } from './cpus.ts';
import { giveDevice, tellOutsideRoot, type Board, type GivenDevice } from './device.ts';
import { deviceNames, findDevice } from './find-device.ts';
import { Findings, type Choice, type Dropped } from './findings.ts';
import { mergeFragment } from './fragment.ts';
import { inmateTree } from './inmate-tree.ts';
import { placeLinks, type PlacedLink } from './links.ts';
import { givePciDevice, type GivenPciDevice } from './pc-devices.ts';
import { placeLink, placeRam, type PlacedRam } from './ram.ts';
import type { CellWish, LinkEnds, MachineState } from './request.ts';
import { memoryWords, mergedRanges, reservedFor, type MemoryWordChoice, type Reserved } from './reserve.ts';
import { changedSystem } from './root-change.ts';
import { rootLinux, type RootLinux } from './root-linux.ts';
import { rootRam, type RootRam } from './root-ram.ts';
import { chooseVpciBase, vpciPin } from './vpci.ts';
import { nearest } from '../base/text.ts';
import { isBundleName } from '../manifest/name.ts';
import type { Wish } from '../manifest/wish/parse.ts';

/** What the root cell's Linux must do for the cell. */
export interface RootSide {
  reserved: readonly Reserved[];
  /** With small gaps closed. */
  ranges: readonly AddressRange[];
  /** `null`: only reserved-memory of the device tree can say it. */
  words: MemoryWordChoice | null;
  /** Paths of the nodes of devices that it gives away. */
  disabled: readonly string[];
}

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
  const scope = new Scope(system.revision, system.architecture);
  if (hasPeers(system) && 'shmem_peers' in scope.layout.pciDevice.fields) return true;
  findings.ask(
    'revision',
    [],
    `cells are made for revisions 12 to 14; the system config is of ${describeRevision(system.revision)}`,
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
  const scope = new Scope(system.revision, system.architecture);
  const { regions } = compileMemory(scope, wish.regions, ['cell', 'generate', 'regions']);
  findings.diagnostics.push(...scope.problems);
  return regions;
}

function giveDevices(
  { wish }: CellWish,
  board: Board,
  machine: MachineState,
  findings: Findings,
): GivenDevice[] {
  return wish.devices.flatMap(({ node, clocks, interrupts }, index) => {
    const at: ManifestPath = ['devices', index];
    const device = findDevice(board.tree, node);
    if (device === null) {
      const meant = nearest(node, deviceNames(board.tree));
      const fix =
        meant === undefined
          ? 'write its alias, the path of its node, or its address'
          : `did you mean \`${meant}\`?`;
      findings.ask('device', at, `the board's device tree has no ${node}`, fix);
      return [];
    }
    const answers = {
      rates: clocks,
      rate: null,
      rateAt: at,
      interrupts,
      at,
      canPoll: false,
      isConsole: false,
    };
    return giveDevice(board, machine, device, answers, findings) ?? [];
  });
}

/** Without the board's device tree nothing is known of a device, but where it is if the wish says so. */
function askForDevices({ console, devices }: Wish, machine: MachineState, findings: Findings): void {
  const wished: [ManifestPath, string][] = devices.map(({ node }, index) => [['devices', index], node]);
  if (console !== null) wished.unshift([['console'], console]);
  for (const [at, name] of wished) {
    const fix = 'give the board’s device tree: its nodes say what the cell needs of a device';
    findings.ask('device', at, `what ${name} is cannot be looked up`, fix);
    if (/^0x[0-9a-f]+$/i.test(name)) {
      tellOutsideRoot(machine.system, { start: BigInt(name), size: PAGE_SIZE }, name, at, findings);
    }
  }
}

interface Devices {
  console: GivenConsole | null;
  devices: GivenDevice[];
  pciDevices: GivenPciDevice[];
}

function chooseDevices(
  request: CellWish,
  board: Board | null,
  machine: MachineState,
  findings: Findings,
): Devices {
  const { wish } = request;
  if (machine.system.architecture === 'x86') {
    return {
      console: wish.console === null ? null : pcConsole(wish, machine, findings),
      devices: [],
      pciDevices: wish.devices.flatMap(
        (device, index) => givePciDevice(device, machine, ['devices', index], findings) ?? [],
      ),
    };
  }
  if (board === null) {
    askForDevices(wish, machine, findings);
    return { console: null, devices: [], pciDevices: [] };
  }
  return {
    console: wish.console === null ? null : boardConsole(wish, board, machine, findings),
    devices: giveDevices(request, board, machine, findings),
    pciDevices: [],
  };
}

function readBoard({ system, facts }: MachineState, findings: Findings): Board | null {
  if (system.architecture === 'x86') return null;
  if (facts.board !== null) return { tree: facts.board, phandles: phandlesOf(facts.board) };
  findings.ask(
    'board',
    [],
    'a cell of arm needs a device tree, which is made from the board’s: it was not given',
    'copy /sys/firmware/fdt of the root cell’s Linux, and add `board: board.dtb`',
  );
  return null;
}

/** What the root cell's Linux must leave alone, and what is known of whether it does. */
function tellReserved(
  { words, ranges }: RootSide,
  placed: PlacedRam,
  linux: RootLinux,
  findings: Findings,
): void {
  const own = rangeTo(placed.ram.phys, placed.ram.phys + placed.ram.size);
  const inUse = linux.uses?.some((range) => overlaps(range, own)) ?? false;
  if (linux.uses !== null && !inUse) return;
  const fix =
    words !== null && words.words.length > 0
      ? `boot the root cell's Linux with ${words.words.join(' ')}, or with reserved-memory nodes for it`
      : 'give the root cell’s Linux a device tree with reserved-memory nodes for it: root-overlay.dts';
  const detail = ranges.map((range) => `${describeRange(range)} (${describeSize(range.size)})`).join('\n');
  if (inUse) {
    findings.warn(
      'root-memory',
      ['memory'],
      `${linux.source} has the cell's memory (${describeRange(own)}) as its own RAM`,
      fix,
      { detail, symptom: 'the root cell stops at its next access to that memory' },
    );
  } else {
    findings.note('root-unknown', ['memory'], 'which memory the root cell’s Linux uses was not given', fix, {
      detail,
    });
  }
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
  const reserved = reservedFor(ram, placed, links);
  const rootSide: RootSide = {
    reserved,
    ranges: mergedRanges(reserved),
    words: memoryWords(system.architecture, ram.regions, mergedRanges(reserved)),
    disabled: [devices.console?.given, ...devices.devices].flatMap((each) =>
      each ? [pathOf(each.device)] : [],
    ),
  };
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
