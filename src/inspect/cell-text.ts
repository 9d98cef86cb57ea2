import { describeSize, hex } from '../base/address.ts';
import type { DescribedCell, DescribedParts, describeConsole } from './cell.ts';
import { columns, fact, indented, quoted, section } from './layout.ts';
import { memoryLines } from './memory-text.ts';
import { plural } from '../base/text.ts';
import { describeNumbers, describeRuns } from '../base/runs.ts';
import { flagWords } from './words.ts';

interface NamedValue {
  value: number | string;
  name: string | null;
}

export const valueWord = ({ value, name }: NamedValue): string => name ?? `unknown (${value})`;

export function consoleText(console: ReturnType<typeof describeConsole>): string {
  const { type, address, size, flags, divider, gate_nr, clock_reg } = console;
  if (type.value === 0 && address === 0n) return 'none';
  return [
    `${valueWord(type)} at ${hex(address)}`,
    ...(size === 0 ? [] : [describeSize(BigInt(size))]),
    ...(flags.value === 0n ? [] : [flagWords(flags)]),
    ...(divider === 0 ? [] : [`divider ${divider}`]),
    ...(clock_reg === 0n ? [] : [`clock gate ${gate_nr} at ${hex(clock_reg)}`]),
  ].join(', ');
}

function shmemText(device: DescribedParts['pci_devices'][number]): string[] {
  if (device.type.name !== 'ivshmem') return [];
  const { shmem_protocol, shmem_regions_start, shmem_region, shmem_dev_id, shmem_peers } = device;
  return [
    `protocol ${valueWord(shmem_protocol)}`,
    ...(shmem_regions_start === undefined
      ? [`memory region ${shmem_region}`]
      : [`memory regions from ${shmem_regions_start} on`, `device ${shmem_dev_id} of ${shmem_peers}`]),
  ];
}

function pciLines(devices: DescribedParts['pci_devices']): string[] {
  const rows = devices.map((device) => {
    const { domain, bdf, type, num_caps, caps_start, num_msi_vectors, num_msix_vectors } = device;
    const facts = [
      ...shmemText(device),
      ...(num_msi_vectors === 0 ? [] : [plural(num_msi_vectors, 'MSI vector')]),
      ...(num_msix_vectors === 0 ? [] : [plural(num_msix_vectors, 'MSI-X vector')]),
      ...(num_caps === 0 ? [] : [`capabilities ${describeRuns([[caps_start, caps_start + num_caps - 1]])}`]),
    ];
    const address = domain === 0 ? bdf : `${domain.toString(16).padStart(4, '0')}:${bdf}`;
    return [address, valueWord(type), facts.join(', ')];
  });
  return columns(rows);
}

function irqchipLines(chips: DescribedParts['irqchips']): string[] {
  return columns(
    chips.map(({ address, id, pins }) => [
      hex(address),
      `id ${id}`,
      pins.length === 0 ? 'no pins' : `pins ${describeNumbers(pins)}`,
    ]),
  );
}

const portText = ({ ports }: DescribedParts): string =>
  ports.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(', ') || 'none';

export const titleOf = (kind: string, { name, nameProblem }: DescribedParts): string =>
  name === null ? `${kind} without a usable name: ${nameProblem}` : `${kind} ${quoted(name)}`;

/** The lines that a cell and a root cell have in common. */
export function partsLines(parts: DescribedParts, isX86: boolean): string[] {
  const { header, pci_caps, stream_ids, cache_regions, irqchips, pci_devices, memory_regions } = parts;
  const { cpu_reset_address, msg_reply_timeout, console, vpci_irq_base } = header;
  const caches = cache_regions.map(
    ({ start, size, type, flags }) =>
      `${valueWord(type)}: start ${start}, size ${size}${flags.value === 0n ? '' : `, ${flagWords(flags)}`}`,
  );
  const hasPorts = isX86 || parts.ports.length > 0;
  return [
    ...fact('CPUs', describeNumbers(parts.cpus) || 'none'),
    ...fact('flags', flagWords(header.flags)),
    ...fact('reset address', cpu_reset_address === undefined ? null : hex(cpu_reset_address)),
    ...fact('message timeout', msg_reply_timeout === undefined ? null : `${msg_reply_timeout}`),
    ...fact('console', console === undefined ? null : consoleText(console)),
    ...fact('virtual PCI IRQs', `from ${vpci_irq_base} on`),
    ...(hasPorts ? fact('I/O ports', portText(parts)) : []),
    ...(hasPorts ? fact('UARTs', parts.uarts.join(', ') || 'none') : []),
    ...fact('stream ids', stream_ids.length === 0 ? null : stream_ids.join(', ')),
    ...fact('PCI capabilities', pci_caps.length === 0 ? null : `${pci_caps.length}`),
    ...section(plural(memory_regions.length, 'memory region'), memoryLines(memory_regions, pci_devices)),
    ...section(plural(irqchips.length, 'irqchip'), irqchipLines(irqchips)),
    ...section(plural(pci_devices.length, 'PCI device'), pciLines(pci_devices)),
    ...section(plural(cache_regions.length, 'cache region'), caches),
  ];
}

export const revisionText = (revision: number, release: string | null): string =>
  `${revision} (${release === null ? 'of development trees only' : `Jailhouse ${release}`})`;

export const trailingLines = (trailing: Uint8Array): string[] =>
  fact('trailing bytes', trailing.length === 0 ? null : `${trailing.length}, behind what the counts cover`);

/** What is said behind the architecture about where it is known from. */
const SOURCES = { file: '', given: ', as given', ports: ', as it has I/O ports' } as const;

export function cellLines(cell: DescribedCell): string[] {
  const { architecture, architectureFrom, revision, release } = cell;
  const told =
    architecture === null
      ? `not named: revision ${revision} files do not say, and there are no I/O ports, which would mean x86`
      : `${architecture}${SOURCES[architectureFrom ?? 'file']}`;
  return [
    titleOf('cell config', cell),
    ...indented([
      ...fact('architecture', told),
      ...fact('revision', revisionText(revision, release)),
      ...partsLines(cell, architecture === 'x86'),
      ...trailingLines(cell.trailing),
    ]),
  ];
}
