import { formatBdf } from '../../../formats/cell/pci.ts';
import { hex } from '../../../base/address.ts';
import { pinsOf, UART_PORTS, portRuns, UART_PORT_COUNT } from '../../../formats/cell/resources.ts';
import type { Irqchip, PciDevice } from '../../../formats/cell/records.ts';
import type { CellDescription, PortAccess } from '../../../formats/cell/types.ts';
import { describeNumbers, type Run } from '../../../base/runs.ts';
import type { Architecture } from '../../../base/choices.ts';
import { isIvshmem, usesIntx } from '../../../formats/cell/names.ts';
import { SPI_BASE } from '../../../formats/dtb/gic.ts';
import { againstRoot, betweenCells, each, type Breach, type CellRule } from '../rule.ts';
import type { Party } from '../scene.ts';

/** What tells one interrupt controller from another: only x86 counts the id. */
const chipKey = (architecture: Architecture | null, { address, id }: Irqchip): string =>
  architecture === 'x86' ? `${hex(address)}, id ${hex(id)}` : hex(address);

const chipText = (architecture: Architecture | null, chip: Irqchip): string =>
  `irqchip at ${chipKey(architecture, chip)}`;

const addressKey = ({ domain, bdf }: PciDevice): number => domain * 0x10000 + bdf;

/** `0000:01:0c.0` */
const pciAddress = ({ domain, bdf }: PciDevice): string =>
  `${domain === 0 ? '0000:' : ''}${formatBdf(domain, bdf)}`;

/** The ports that a cell may use, ascending. */
const sortedPorts = (pio: PortAccess): Run[] => portRuns(pio).toSorted(([a], [b]) => a - b);

/** What two lists of ascending runs have in common. */
function commonRuns(ones: readonly Run[], others: readonly Run[]): Run[] {
  const found: Run[] = [];
  for (let i = 0, j = 0; i < ones.length && j < others.length;) {
    const [one, other] = [ones[i]!, others[j]!];
    const both: Run = [Math.max(one[0], other[0]), Math.min(one[1], other[1])];
    if (both[0] <= both[1]) found.push(both);
    if (one[1] < other[1]) i++;
    else j++;
  }
  return found;
}

const portsText = (runs: readonly Run[]): string =>
  runs
    .map(([first, last]) =>
      first === last ? first.toString(16) : `${first.toString(16)}-${last.toString(16)}`,
    )
    .join(', ');

const isUart = ([first, last]: Run): boolean =>
  UART_PORTS.some((base) => base <= first && last < base + UART_PORT_COUNT);

/** An ivshmem device without MSI-X raises one of four pins by its device number (hypervisor/ivshmem.c). */
const raisedPin = ({ header }: CellDescription, { bdf }: PciDevice): number =>
  header.vpci_irq_base + SPI_BASE + ((bdf >> 3) & 3);

function* missingPins(party: Party): Iterable<Breach> {
  const { description, index, title } = party;
  const owned = new Set(description.irqchips.flatMap(pinsOf));
  const missing = description.pciDevices
    .map((device, at) => ({ device, at, pin: raisedPin(description, device) }))
    .filter(({ device, pin }) => usesIntx(device) && !owned.has(pin));
  const [first] = missing;
  if (first === undefined) return;
  const devices = missing.map(({ device, pin }) => `${pciAddress(device)} (interrupt ${pin})`).join(', ');
  const pins = [...new Set(missing.map(({ pin }) => pin))].toSorted((a, b) => a - b);
  yield {
    at: [first.at],
    // The root cell loses its end of the link, but runs.
    ...(index === null ? { severity: 'warning' as const } : {}),
    message: `${title} does not own the interrupt${missing.length === 1 ? '' : 's'} of its ivshmem device${missing.length === 1 ? '' : 's'} ${devices}`,
    requested: `pin${pins.length === 1 ? '' : 's'} ${describeNumbers(pins)} in .irqchips: vpci_irq_base (${description.header.vpci_irq_base}) + ${SPI_BASE} + device number modulo 4`,
    actual: `pins ${describeNumbers([...owned].toSorted((a, b) => a - b)) || 'none'}`,
  };
}

export const DEVICE_RULES: readonly CellRule[] = [
  {
    id: 'cell/irqchip-unknown',
    item: 'irqchips',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'JAILHOUSE_CELL_CREATE: Argument list too long (E2BIG)',
    fix: "copy .address and .id of the irqchip from the root cell's config",
    source: 'Jailhouse, hypervisor/arch/x86/ioapic.c and hypervisor/arch/arm-common/irqchip.c',
    find: againstRoot(function* (cell, root, { architecture }) {
      const known = root.description.irqchips.map((chip) => chipKey(architecture, chip));
      for (const [index, chip] of cell.description.irqchips.entries()) {
        const isEmpty = chip.address === 0n && pinsOf(chip).length === 0;
        if (isEmpty || known.includes(chipKey(architecture, chip))) continue;
        yield {
          at: [index],
          message: `${cell.title}: irqchip ${index} (${chipKey(architecture, chip)}) is not one of the irqchips of ${root.title}`,
          requested: known.length === 0 ? 'no irqchip' : [...new Set(known)].join('; '),
          actual: chipKey(architecture, chip),
          // Only the IOAPIC is looked up; a GIC at another address is left out in silence.
          ...(architecture === 'x86' ? {} : { symptom: 'the cell gets no interrupts' }),
        };
      }
    }),
  },
  {
    id: 'cell/irq-shared',
    item: 'irqchips',
    severity: 'error',
    symptom: 'the interrupt reaches only one of the two cells',
    fix: 'clear the pins in .pin_bitmap of the cell that does not own the device',
    source: 'Jailhouse, hypervisor/arch/x86/ioapic.c and hypervisor/arch/arm-common/irqchip.c',
    comparesCells: true,
    find: betweenCells(function* (one, other, { architecture }) {
      for (const [index, chip] of one.description.irqchips.entries()) {
        for (const [place, rival] of other.description.irqchips.entries()) {
          if (chipKey(architecture, chip) !== chipKey(architecture, rival)) continue;
          const theirs = new Set(pinsOf(rival));
          const both = pinsOf(chip).filter((pin) => theirs.has(pin));
          if (both.length === 0) continue;
          yield {
            at: [index, place],
            message: `${one.title} and ${other.title} both take pin${both.length === 1 ? '' : 's'} ${describeNumbers(both)} of the ${chipText(architecture, chip)}`,
            requested: 'each pin in one cell',
            actual: `${one.title} has ${describeNumbers(pinsOf(chip))}, ${other.title} ${describeNumbers(pinsOf(rival))}`,
          };
        }
      }
    }),
  },
  {
    id: 'cell/vpci-pin',
    only: ['arm64', 'arm'],
    item: 'pciDevices',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'the device gets no interrupts: a network over it never comes up',
    fix: 'add the pins to .pin_bitmap of an irqchip of that cell, or correct its .vpci_irq_base',
    source: 'Jailhouse, hypervisor/arch/arm-common/ivshmem.c; users’ mails',
    find: each(missingPins),
  },
  {
    id: 'cell/pci-shared',
    item: 'pciDevices',
    severity: 'error',
    symptom: 'both cells use one device; the IOMMU maps the memory of only one of them',
    fix: 'remove the device from one of the two configs',
    source: 'Jailhouse, hypervisor/pci.c',
    comparesCells: true,
    find: betweenCells(function* (one, other) {
      const theirs = new Map(
        other.description.pciDevices
          .map((device, index) => [addressKey(device), { device, index }] as const)
          .filter(([, { device }]) => !isIvshmem(device)),
      );
      for (const [index, device] of one.description.pciDevices.entries()) {
        const rival = isIvshmem(device) ? undefined : theirs.get(addressKey(device));
        if (!rival) continue;
        yield {
          at: [index, rival.index],
          message: `${one.title} and ${other.title} both take the PCI device ${pciAddress(device)}`,
          requested: 'each device in one cell',
          actual: `PCI device ${index} of ${one.title}, ${rival.index} of ${other.title}`,
        };
      }
    }),
  },
  {
    id: 'cell/port-shared',
    only: ['x86'],
    item: 'pio',
    severity: 'error',
    symptom: 'both cells use one device and disturb each other',
    fix: 'remove the ports from one of the two configs',
    source: 'Jailhouse, hypervisor/arch/x86/vcpu.c',
    comparesCells: true,
    find: betweenCells(function* (one, other) {
      const both = commonRuns(sortedPorts(one.description.pio), sortedPorts(other.description.pio));
      if (both.length === 0) return;
      yield {
        // A UART that several cells write their messages to is common while one develops.
        ...(both.every(isUart)
          ? {
              severity: 'warning' as const,
              symptom: "the cells' output is mixed, and one may wait for the other",
            }
          : {}),
        message: `${one.title} and ${other.title} may both use the I/O ports ${portsText(both)}`,
        requested: 'each port in one cell',
        actual: `${one.title} has ${portsText(sortedPorts(one.description.pio))}; ${other.title} ${portsText(sortedPorts(other.description.pio))}`,
      };
    }),
  },
];
