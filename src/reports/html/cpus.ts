import { hex } from '../../base/address.ts';
import { describeNumbers, describeRuns } from '../../base/runs.ts';
import { ivshmemDevices, linkText, protocolText } from '../../checks/cell/shmem.ts';
import { cpusOf, pinsOf, portRuns } from '../../formats/cell/resources.ts';
import type { Versioned } from '../../formats/cell/layout-ids.ts';
import type { CellDescription } from '../../formats/cell/types.ts';
import { usersOf, type SharedOut, type User } from '../machine-shares.ts';
import { html, join, type Child, type Markup } from './markup.ts';
import { table } from './tables.ts';

/** More CPUs are told as numbers. */
const MOST_COLUMNS = 32;

/** `0xfec00000: 4,16-19`, one irqchip a line. */
function interruptsOf({ irqchips }: CellDescription): Child {
  const chips = irqchips.flatMap((chip) => {
    const pins = pinsOf(chip);
    return pins.length === 0 ? [] : [html`<code>${describeNumbers(pins)}</code> of ${hex(chip.address)}`];
  });
  return chips.length === 0 ? 'none' : join(chips, html`<br />`);
}

const portsOf = ({ pio }: CellDescription): string => describeRuns(portRuns(pio), hex).replaceAll(',', ', ');

interface Owner {
  user: User;
  description: CellDescription;
  version: Versioned;
  cpus: readonly number[];
  /** Of the root cell: those that it gives away. */
  given: readonly number[];
}

function ownersOf(shared: SharedOut): Owner[] {
  const owned = usersOf(shared).flatMap((user) =>
    user.description ? [{ user, description: user.description }] : [],
  );
  const given = new Set(shared.cells.flatMap(cpusOf));
  return owned.map(({ user, description }) => {
    const all = cpusOf(description);
    const isRoot = user.role === 'root';
    return {
      user,
      description,
      version: shared.cells.find((cell) => cell === description) ?? shared.system!,
      cpus: isRoot ? all.filter((cpu) => !given.has(cpu)) : all,
      given: isRoot ? all.filter((cpu) => given.has(cpu)) : [],
    };
  });
}

const sign = (shown: string, heard: string): Markup =>
  html`<span aria-hidden="true">${shown}</span><span class="heard">${heard}</span>`;

function cpuTable(owners: readonly Owner[]): Markup {
  const all = [...new Set(owners.flatMap(({ cpus, given }) => [...cpus, ...given]))].toSorted(
    (a, b) => a - b,
  );
  if (all.length > MOST_COLUMNS) {
    return table(
      'CPUs by cell',
      [{ head: 'Cell' }, { head: 'CPUs', isCode: true }],
      owners.map(({ user, cpus }) => [user.name, describeNumbers(cpus) || 'none']),
    );
  }
  return table(
    owners.some(({ given }) => given.length > 0)
      ? 'CPUs by cell: ● has it, ○ gives it to a cell'
      : 'CPUs by cell: ● has it',
    [{ head: 'Cell' }, ...all.map((cpu) => ({ head: String(cpu), isMark: true as const }))],
    owners.map(({ user, cpus, given }) => [
      user.name,
      ...all.map((cpu) =>
        cpus.includes(cpu)
          ? sign('●', 'has it')
          : given.includes(cpu)
            ? sign('○', 'gives it')
            : sign('·', 'no'),
      ),
    ]),
  );
}

function devicesOf({ description, version }: Owner): Child {
  const shared = ivshmemDevices({ description });
  const others = description.pciDevices.length - shared.length;
  const texts = shared.map(
    (device) => `ivshmem ${linkText(device)}, protocol ${protocolText(version, device)}`,
  );
  return texts.length === 0 && others === 0
    ? 'none'
    : join([...texts, ...(others > 0 ? [`${others} other PCI`] : [])], html`<br />`);
}

/** CPUs, interrupts, ports and links of all that are known of a machine. */
export function cpusSection(shared: SharedOut): Markup {
  const owners = ownersOf(shared);
  const hasPorts = owners.some(({ description }) => portRuns(description.pio).length > 0);
  return html`${cpuTable(owners)}${table(
    'Interrupts and devices by cell',
    [
      { head: 'Cell' },
      { head: 'Interrupts' },
      ...(hasPorts ? [{ head: 'I/O ports' }] : []),
      { head: 'PCI devices' },
    ],
    owners.map((owner) => [
      owner.user.name,
      interruptsOf(owner.description),
      ...(hasPorts ? [portsOf(owner.description) || 'none'] : []),
      devicesOf(owner),
    ]),
  )}`;
}
