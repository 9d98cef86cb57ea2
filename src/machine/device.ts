import { hex } from '../base/address.ts';
import type { ManifestPath } from '../base/diagnostic.ts';
import { describeRange, overlaps, type AddressRange } from '../base/ranges.ts';
import { isRootShared } from '../formats/cell/memory.ts';
import { describeNumbers } from '../base/runs.ts';
import type { MemoryRegion } from '../formats/cell/records.ts';
import type { SystemConfig } from '../formats/cell/types.ts';
import { busPassage, registersOf, type Window } from '../formats/dtb/addresses.ts';
import { cells, texts, twoCells, type NewNode, type NewProperty } from '../formats/dtb/compose.ts';
import { propertyOf } from '../formats/dtb/edit.ts';
import { gicInterrupt, SPI_BASE } from '../formats/dtb/gic.ts';
import { interruptsOf } from '../formats/dtb/interrupts.ts';
import type { DeviceTree } from '../formats/dtb/types.ts';
import { readTexts } from '../formats/dtb/values.ts';
import { compatiblesOf, pathOf, type Device, type Phandles } from '../formats/dtb/walk.ts';
import { deviceClocks } from './clocks.ts';
import { deviceRegions, outsideRoot, type DeviceRegion } from './device-memory.ts';
import { splitProperties } from './device-properties.ts';
import type { Findings } from './findings.ts';
import type { MachineState } from './request.ts';
import { usersOf } from './spis.ts';
import { ownedPins } from './vpci.ts';

/** A device of the board that the cell gets. */
export interface GivenDevice {
  device: Device;
  node: NewNode;
  regions: MemoryRegion[];
  /** Numbers to the hypervisor: SPI 0 is 32. */
  pins: number[];
  /** Rates of its fixed clocks. */
  rates: number[];
  /** How devices of its bus see memory, where that is not as the CPU does. */
  dma: readonly Window[] | null;
}

/** What the wish answers where the board's tree does not. */
export interface DeviceAnswers {
  rates: Readonly<Record<string, number>>;
  /** For clocks without an answer of their own. */
  rate: number | null;
  /** Where a rate is asked for. */
  rateAt: ManifestPath;
  /** SPIs. */
  interrupts: readonly number[] | null;
  at: ManifestPath;
  /** The driver works without an interrupt. */
  canPoll: boolean;
  /** Nothing else of it is needed, so that what is left out is no more than a line of the report. */
  isConsole: boolean;
}

export interface Board {
  tree: DeviceTree;
  phandles: Phandles;
}

type Specifier = readonly [kind: number, number: number, flags: number];

const LEVEL_HIGH = 4;

/** The device's interrupts at the GIC; `null` where they cannot be had. */
function deviceInterrupts(
  { tree, phandles }: Board,
  device: Device,
  { interrupts: given, at, canPoll }: DeviceAnswers,
  findings: Findings,
): Specifier[] | null {
  const found: Specifier[] = [];
  if (given !== null) found.push(...given.map((spi): Specifier => [0, spi, LEVEL_HIGH]));
  else {
    const { interrupts, fault } = interruptsOf(phandles, device);
    for (const interrupt of interrupts) {
      const atGic = gicInterrupt(interrupt);
      if (atGic === null) {
        findings.ask(
          'interrupt-router',
          at,
          `${pathOf(device)} has its interrupt at ${pathOf(interrupt.controller)}, and which SPI that raises is not in the device tree`,
          'look it up in /proc/interrupts of the root cell’s Linux (the GIC’s number less 32), and write `{ node: …, interrupts: [35] }` under `devices`',
        );
        return null;
      }
      found.push([atGic.kind === 'spi' ? 0 : 1, atGic.number, atGic.flags]);
    }
    if (fault !== null) {
      findings.ask(
        'interrupt-router',
        at,
        `the interrupts of ${pathOf(device)} cannot be read from the board's device tree`,
        'give the device tree that the root cell’s Linux runs with: /sys/firmware/fdt',
      );
      return null;
    }
  }
  const shared = found.flatMap(([kind, spi]) => {
    const users = kind === 0 ? usersOf(tree, phandles, spi, device) : [];
    return users.length === 0 ? [] : [{ spi, users: users.map(pathOf) }];
  });
  const [first] = shared;
  if (first === undefined) return found;
  const message = `${pathOf(device)} shares SPI ${first.spi} with ${first.users.join(', ')}, which stays with the root cell`;
  if (canPoll) {
    findings.note(
      'interrupt-shared',
      at,
      `${message}: the cell's driver polls`,
      'nothing, or give the cell another UART',
    );
    return [];
  }
  findings.ask(
    'interrupt-shared',
    at,
    message,
    'choose another device, or switch the other one off in the root cell’s device tree',
    { symptom: 'the root cell’s device gets no interrupts as long as the cell runs' },
  );
  return null;
}

/** How a bus on the way says that its devices see memory; `null`: as the CPU does. */
function dmaWindows(device: Device): readonly Window[] | null {
  for (let at: Device = device; ;) {
    const [bus, ...ancestors] = at.ancestors;
    if (bus === undefined) return null;
    at = { node: bus, ancestors };
    const passage = ancestors.length === 0 ? 'identity' : busPassage(at, 'dma-ranges');
    if (typeof passage !== 'string') return passage;
  }
}

/** `serial@30a60000`, by the address that the CPU sees. */
const flatName = ({ node }: Device, address: bigint | undefined): string => {
  const [base] = node.name.split('@') as [string];
  return address === undefined ? base : `${base}@${address.toString(16)}`;
};

function tellMemory(
  { system }: MachineState,
  regions: ReturnType<typeof deviceRegions>,
  device: Device,
  at: ManifestPath,
  findings: Findings,
): void {
  for (const { region, sharedWith } of regions) {
    const range = { start: region.phys_start, size: region.size };
    if (sharedWith.length > 0) {
      findings.note(
        'shared-page',
        at,
        `${pathOf(device)} shares a page with ${sharedWith.join(', ')}: each access of the cell is emulated`,
        'nothing: it works, and is slower',
      );
    }
    tellOutsideRoot(system, range, pathOf(device), at, findings);
  }
}

/** Notes that the root cell does not own registers. */
export function tellOutsideRoot(
  system: SystemConfig,
  range: AddressRange,
  name: string,
  at: ManifestPath,
  findings: Findings,
): void {
  if (outsideRoot(system, range).length === 0) return;
  findings.note(
    'root-region',
    at,
    `${name} (${describeRange(range)}) is in no memory region of the root cell, which so never gets it back`,
    'add the region to the system config if the root cell’s Linux uses the device while the cell is stopped',
  );
}

/** Whether another cell has the device already: an interrupt of it, or its registers for itself. */
const isTaken = (
  { cells }: MachineState,
  regions: readonly DeviceRegion[],
  pins: readonly number[],
): boolean =>
  cells.some((cell) => {
    const taken = ownedPins(cell);
    return (
      pins.some((pin) => taken.has(pin)) ||
      cell.memoryRegions.some((other) =>
        regions.some(
          ({ region }) =>
            !(isRootShared(region) && isRootShared(other)) &&
            overlaps(physicalRange(region), physicalRange(other)),
        ),
      )
    );
  });

const physicalRange = ({ phys_start: start, size }: MemoryRegion): AddressRange => ({ start, size });

/** The device as the cell gets it; `null` if something about it must be asked. */
export function giveDevice(
  board: Board,
  machine: MachineState,
  device: Device,
  answers: DeviceAnswers,
  findings: Findings,
): GivenDevice | null {
  const { at } = answers;
  const registers = registersOf(device);
  if (registers.length === 0) {
    findings.ask(
      'device',
      at,
      `${pathOf(device)} has no registers that the CPU can reach`,
      'name the device itself: a node with `reg` on a memory-mapped bus',
    );
    return null;
  }
  const interrupts = deviceInterrupts(board, device, answers, findings);
  const { rates, rate, rateAt } = answers;
  const clocks = deviceClocks(board.phandles, device, { rates, rate, at: rateAt }, findings);
  if (interrupts === null) return null;
  const regions = deviceRegions(board.tree, device, machine.system);
  const pins = interrupts.flatMap(([kind, spi]) => (kind === 0 ? [spi + SPI_BASE] : []));
  if (isTaken(machine, regions, pins)) {
    findings.ask('device', at, `another cell has ${pathOf(device)}`, 'leave it out of one of the cells');
    return null;
  }
  tellMemory(machine, regions, device, at, findings);
  const rootPins = ownedPins(machine.system.rootCell);
  const foreign = pins.filter((pin) => !rootPins.has(pin));
  if (foreign.length > 0) {
    findings.note(
      'root-interrupt',
      at,
      `the root cell does not own interrupt ${describeNumbers(foreign)} of ${pathOf(device)}, and so never gets it back`,
      'add it to `irqchips` of the system config if the root cell’s Linux uses the device while the cell is stopped',
    );
  }
  const { kept, dropped } = splitProperties(device);
  const { children } = device.node;
  const gone = [...dropped, ...(children.length === 0 ? [] : [`${children.length} child nodes`])];
  if (gone.length > 0) findings.dropped.push({ device: pathOf(device), properties: gone });
  if (gone.length > 0 && !answers.isConsole) {
    findings.warn(
      'dropped',
      at,
      `${pathOf(device)} works only if its driver does not need ${gone.join(', ')}`,
      'let the root cell’s Linux leave its pins, power and clocks on, and add what the driver needs in `tree`',
    );
  }
  const names = readTexts(propertyOf(device.node, 'interrupt-names'));
  const properties: NewProperty[] = [
    ...kept,
    cells('reg', ...registers.flatMap(({ start, size }) => [...twoCells(start), ...twoCells(size)])),
    ...(interrupts.length === 0 ? [] : [cells('interrupts', ...interrupts.flat())]),
    ...(interrupts.length === 0 || names.length === 0 ? [] : [texts('interrupt-names', ...names)]),
    ...clocks.properties,
    texts('status', 'okay'),
  ];
  const spis = pins.map((pin) => pin - SPI_BASE).toSorted((a, b) => a - b);
  const what = spis.length === 0 ? 'no SPI' : `SPI ${describeNumbers(spis)}`;
  findings.choose(
    pathOf(device),
    `${hex(registers[0]!.start)}, ${what}`,
    compatiblesOf(device)[0] ?? 'as wished',
  );
  const windows = dmaWindows(device);
  return {
    device,
    node: { name: flatName(device, registers[0]!.start), properties, children: [] },
    regions: regions.map(({ region }) => region),
    pins,
    rates: clocks.rates,
    // A console's DMA channels stay with the root cell.
    dma: answers.isConsole ? null : windows,
  };
}
