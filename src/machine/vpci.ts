import { describeNumbers } from '../base/runs.ts';
import type { CellDescription } from '../formats/cell/types.ts';
import { pinsOf } from '../formats/cell/resources.ts';
import { SPI_BASE } from '../formats/dtb/gic.ts';
import type { Wish } from '../manifest/wish/parse.ts';
import { ivshmemDevices } from '../checks/cell/shmem.ts';
import type { Findings } from './findings.ts';
import type { MachineState } from './request.ts';
import { boardSpis } from './spis.ts';

/** A virtual PCI host has INTA to INTD. */
const LINES = 4;
/** A GIC has interrupts in blocks of this. */
const BLOCK = 32;

/** The interrupt of a device, by its device number. */
export const vpciPin = (base: number, bdf: number): number => SPI_BASE + base + ((bdf >> 3) & (LINES - 1));

const linesFrom = (base: number): number[] => Array.from({ length: LINES }, (_, index) => base + index);

export const ownedPins = ({ irqchips }: CellDescription): Set<number> => new Set(irqchips.flatMap(pinsOf));

/** Interrupts that nobody may take for a virtual PCI host: those of devices, of the root cell's host, and of cells. */
function usedSpis({ system, cells }: MachineState, wired: ReadonlySet<number>): Set<number> {
  const used = new Set(wired);
  for (const description of [system.rootCell, ...cells]) {
    if (ivshmemDevices({ description }).length === 0 && description.header.vpci_irq_base === 0) continue;
    for (const spi of linesFrom(description.header.vpci_irq_base)) used.add(spi);
  }
  for (const cell of cells) for (const pin of ownedPins(cell)) used.add(pin - SPI_BASE);
  return used;
}

/** First of the SPIs of the cell's virtual PCI host; `null` where there is none, or a pinned one breaks a rule. */
export function chooseVpciBase(
  { vpciIrqBase: pinned }: Wish,
  machine: MachineState,
  taken: ReadonlySet<number>,
  findings: Findings,
): number | null {
  const { system, facts } = machine;
  const wired = facts.board === null ? new Set<number>() : boardSpis(facts.board);
  const used = usedSpis(machine, wired);
  for (const pin of taken) used.add(pin - SPI_BASE);
  const pins = ownedPins(system.rootCell);
  const owns = (spi: number): boolean => pins.size === 0 || pins.has(spi + SPI_BASE);
  const known = [...wired, ...linesFrom(system.rootCell.header.vpci_irq_base)];
  const limit = Math.ceil((Math.max(...known) + 1) / BLOCK) * BLOCK;
  const isFree = (base: number): boolean =>
    base >= 0 && linesFrom(base).every((spi) => spi < limit && !used.has(spi) && owns(spi));
  if (pinned !== null) {
    const lines = linesFrom(pinned);
    if (isFree(pinned)) {
      findings.choose('vpci-irq-base', `${pinned}`, 'as the wish has it');
      return pinned;
    }
    const inUse = lines.filter((spi) => used.has(spi));
    const foreign = lines.filter((spi) => !owns(spi));
    const what =
      inUse.length > 0
        ? `SPI ${describeNumbers(inUse)} is in use`
        : foreign.length > 0
          ? `the root cell does not own SPI ${describeNumbers(foreign)}`
          : `the GIC may end at SPI ${limit - 1}`;
    findings.ask(
      'vpci-irq-base',
      ['vpci-irq-base'],
      `the virtual PCI host cannot have SPIs ${describeNumbers(lines)}: ${what}`,
      'choose others, or leave `vpci-irq-base` out',
    );
    return null;
  }
  const first = system.rootCell.header.vpci_irq_base + LINES;
  const upwards = Array.from({ length: Math.max(0, limit - first) }, (_, index) => first + index);
  const downwards = Array.from({ length: first }, (_, index) => first - 1 - index);
  const found = [...upwards, ...downwards].find(isFree);
  if (found === undefined) {
    findings.ask(
      'vpci-irq-base',
      ['links'],
      'there are no four SPIs in a row that the root cell owns and nothing is wired to',
      'give the root cell more pins in the system config: `irqchips` with the unused SPIs of the board',
      {
        requested: `4 SPIs below ${limit}`,
        actual: `in use: ${describeNumbers([...used].toSorted((a, b) => a - b))}`,
      },
    );
    return null;
  }
  findings.choose('vpci-irq-base', `${found}`, 'the first four SPIs in a row that nothing is wired to');
  return found;
}
