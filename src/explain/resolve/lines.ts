import { describeNumbers } from '../../base/runs.ts';
import type { Party } from '../../checks/cell/scene.ts';
import { SPI_BASE } from '../../formats/dtb/gic.ts';
import { cpusOf } from '../../formats/cell/resources.ts';
import type { AddressRange } from '../../base/ranges.ts';
import { nameAddress, namePhysical, type Access } from './address.ts';
import { nameCmdline, nameInitrd, nameMapEntry, nameMemory, type Beside } from './boot-lines.ts';
import { nameDma } from './dma.ts';
import { nameRefusedLoads } from './images.ts';
import { nameGicInterrupt, nameIoapicIndex } from './interrupts.ts';
import { nameIvshmemInterrupt } from './ivshmem.ts';
import type { Machine } from './machine.ts';
import { numbersOf, type LineNumbers } from './numbers.ts';
import { addressPort, configRegisterText, parseBdf, pciDeviceText } from './pci.ts';
import { nameAddedDevice, nameTrace } from './trace-lines.ts';
import { namePool } from './pool.ts';
import { namePort } from './ports.ts';
import { vtdFault, AMD_PAGE_FAULT } from '../dumps/iommu-faults.ts';
import { vectorsText } from './vectors.ts';

/** What a machine's configs say of a line. */
export interface Named {
  /** The most telling first. */
  sentences: readonly string[];
  /** One clause for the first line of a report; `null`: the line's own meaning says more. */
  short: string | null;
  /** What to do, as a line in which nothing is wrong by itself does not go with the configs. */
  fix?: string;
}

/** A line of one kind: its numbers, and whose CPU it was. */
export interface NamedLine {
  machine: Machine;
  /** `null`: not known. */
  owner: Party | null;
  numbers: LineNumbers;
}

type Namer = (line: NamedLine) => Named | null;

const sentences = (found: readonly string[]): Named | null =>
  found.length === 0 ? null : { sentences: found, short: null };

const address =
  (side: Access['side'], kind: Access['kind'] | null): Namer =>
  ({ machine, owner, numbers }) => {
    const at = numbers.address('address');
    if (at === null) return null;
    if (owner === null) return sentences(namePhysical(machine, at));
    const said = numbers.text('access') === 'write' ? 'write' : 'read';
    const size = numbers.hex('size');
    return nameAddress(machine, owner, { address: at, side, kind: kind ?? said, size });
  };

const port: Namer = ({ machine, owner, numbers }) => {
  const number = numbers.hex('port');
  return number === null || owner === null ? null : namePort(machine, owner, number);
};

const config: Namer = ({ machine, owner, numbers }) => {
  const bdf = parseBdf(numbers.text('device') ?? '');
  const register = numbers.hex('register');
  if (bdf === null) return null;
  return sentences([
    pciDeviceText(machine, owner, bdf),
    ...(register === null ? [] : [configRegisterText(owner, bdf, register)]),
  ]);
};

const configPort: Namer = (line) => {
  const value = line.numbers.hex('selected');
  if (value === null) return port(line);
  const { bdf, register } = addressPort(value);
  return sentences([
    pciDeviceText(line.machine, line.owner, bdf),
    configRegisterText(line.owner, bdf, register),
  ]);
};

const vtd: Namer = ({ machine, numbers }) => {
  const bdf = parseBdf(numbers.text('device') ?? '');
  const [reason, info] = [numbers.hex('reason'), numbers.address('info')];
  if (bdf === null) return null;
  const asked = reason === null || info === null ? null : vtdFault(reason, info).address;
  return sentences(nameDma(machine, { bdf, unit: numbers.decimal('unit'), address: asked }));
};

const amd: Namer = ({ machine, numbers }) => {
  const bdf = parseBdf(numbers.text('device') ?? '');
  if (bdf === null) return null;
  const asked = numbers.hex('code') === AMD_PAGE_FAULT ? numbers.address('operand2') : null;
  return sentences(nameDma(machine, { bdf, unit: numbers.decimal('unit'), address: asked }));
};

const interrupt: Namer = ({ machine, numbers }) => {
  const spi = numbers.decimal('spi');
  const irq = spi === null ? numbers.decimal('irq') : spi + SPI_BASE;
  return irq === null ? null : sentences(nameGicInterrupt(machine, irq));
};

const ioapic: Namer = ({ machine, owner, numbers }) => {
  const index = numbers.hex('index');
  return index === null ? null : sentences(nameIoapicIndex(machine, owner, index));
};

const loads: Namer = ({ machine, owner }) =>
  owner === null ? null : sentences(nameRefusedLoads(machine, owner));

const cpus: Namer = ({ machine: { scene }, numbers }) => {
  const cpu = numbers.decimal('cpu');
  if (scene.root === null) return null;
  const set = cpusOf(scene.root.description);
  const all = `the CPUs of ${scene.root.title} are ${describeNumbers(set) || 'none'}`;
  if (cpu === null) return sentences([all]);
  return sentences([
    set.includes(cpu) ? `CPU ${cpu} is among them: ${all}` : `CPU ${cpu} is not among them: ${all}`,
  ]);
};

const vectors: Namer = ({ machine }) => sentences(vectorsText(machine));

const added: Namer = ({ machine, owner, numbers }) => {
  const bdf = parseBdf(numbers.text('device') ?? '');
  return bdf === null ? null : sentences(nameAddedDevice(machine, owner, bdf));
};

const trace: Namer = ({ machine, owner, numbers }) => {
  const [file, errno] = [numbers.text('file'), numbers.text('errno')];
  if (file === null) return null;
  return sentences(nameTrace(machine, owner, { file, errno, bdf: parseBdf(numbers.text('device') ?? '') }));
};

const pool: Namer = ({ machine, numbers }) => {
  const [used, total] = [numbers.decimal('used'), numbers.decimal('total')];
  return sentences(
    namePool(machine, used === null || total === null ? null : { used: BigInt(used), total: BigInt(total) }),
  );
};

const ivshmem: Namer = ({ machine, numbers }) => {
  const bdf = parseBdf(numbers.text('device') ?? '');
  return bdf === null ? null : sentences(nameIvshmemInterrupt(machine, bdf));
};

const COMPARE =
  'start the cell with launch.sh of the bundle, or load exactly what the plan of the bundle says; if the line is of the root cell, there is nothing to do';

const beside = ({ sentences: found, differs }: Beside): Named | null =>
  found.length === 0 ? null : { sentences: found, short: null, ...(differs ? { fix: COMPARE } : {}) };

/** From the first to the last byte. */
const spanOf = (numbers: LineNumbers): AddressRange | null => {
  const [from, to] = [numbers.address('from'), numbers.address('to')];
  return from === null || to === null || to < from ? null : { start: from, size: to - from + 1n };
};

const span =
  (name: (machine: Machine, owner: Party, range: AddressRange) => Beside): Namer =>
  ({ machine, owner, numbers }) => {
    const range = spanOf(numbers);
    return range === null || owner === null ? null : beside(name(machine, owner, range));
  };

const initrd: Namer = (line) => {
  const { machine, owner, numbers } = line;
  const [start, size] = (numbers.text('range') ?? '')
    .split('+')
    .map((part) => numbersOf({ part }).address('part'));
  if (start == null || size == null) return span(nameInitrd)(line);
  return owner === null ? null : beside(nameInitrd(machine, owner, { start, size }));
};

const memory: Namer = ({ machine, owner, numbers }) => {
  const total = numbers.decimal('total');
  return total === null || owner === null ? null : beside(nameMemory(machine, owner, BigInt(total)));
};

const cmdline: Namer = ({ machine, owner, numbers }) => {
  const line = numbers.text('line');
  return line === null || owner === null ? null : beside(nameCmdline(machine, owner, line));
};

/** By the id of the kind. */
const NAMERS: Readonly<Record<string, Namer>> = {
  'arm-data': address('virt_start', null),
  'arm-instruction': address('virt_start', 'execute'),
  'mmio-comm-region': address('virt_start', null),
  'mmio-acpi': address('virt_start', null),
  'mmio-roms': address('virt_start', null),
  'mmio-ioapic': address('virt_start', null),
  'mmio-hpet': address('virt_start', null),
  'mmio-apic': address('virt_start', null),
  'mmio-dmar': address('virt_start', null),
  'mmio-undecoded': address('virt_start', null),
  'mmio-other': address('virt_start', null),
  'mmio-insn': address('virt_start', null),
  'mmio-fetch': address('virt_start', null),
  'mmio-incons': address('virt_start', null),
  'mmio-subpage': address('phys_start', null),
  'npf-0.5': address('virt_start', null),
  'pio-pci': configPort,
  'pci-config': config,
  'pci-msix-table': added,
  'pci-msi-state': added,
  'hv-exception': added,
  trace,
  'ivshmem-irq': ivshmem,
  'hv-pool': pool,
  'create-enomem': pool,
  'enable-enomem': pool,
  'e820-map': span(nameMapEntry),
  'initrd-region': initrd,
  'linux-initrd': initrd,
  'linux-memory': memory,
  'linux-cmdline': cmdline,
  'vtd-fault': vtd,
  'amd-event': amd,
  'arm-irq-route': interrupt,
  'ioapic-invalid': ioapic,
  'load-einval': loads,
  'hv-cpu-failed': cpus,
  'create-e2big': vectors,
  'enable-e2big': vectors,
};

/** All that has a port has it in the same place. */
const namerOf = (id: string): Namer | undefined => NAMERS[id] ?? (id.startsWith('pio-') ? port : undefined);

/** What the configs say of a line of a kind; `null`: nothing. */
export const nameLine = (id: string, line: NamedLine): Named | null => namerOf(id)?.(line) ?? null;
