import { describeSize, hex } from '../base/address.ts';
import { columns, fact, flagWords, indented, quoted, section } from './layout.ts';
import { describeLayout, parseLayoutId } from '../formats/cell/layout-ids.ts';
import { memoryLines } from './memory-text.ts';
import type { DescribedCell, DescribedParts } from './schema/cell.ts';
import type { DescribedSystem } from './schema/system.ts';
import { plural } from '../base/text.ts';
import { describeNumbers, describeRuns } from '../base/runs.ts';

type Version = 'revision' | 'layout' | 'release';

interface NamedValue {
  value: number | string;
  name: string | null;
}

export const valueWord = ({ value, name }: NamedValue): string => name ?? `unknown (${value})`;

export function consoleText(console: DescribedSystem['debugConsole']): string {
  const { type, address, size, flags, divider, gateNr, clockReg } = console;
  if (type.value === 0 && address === 0n) return 'none';
  return [
    `${valueWord(type)} at ${hex(address)}`,
    ...(size === 0 ? [] : [describeSize(BigInt(size))]),
    ...(flags.value === 0n ? [] : [flagWords(flags)]),
    ...(divider === 0 ? [] : [`divider ${divider}`]),
    ...(clockReg === 0n ? [] : [`clock gate ${gateNr} at ${hex(clockReg)}`]),
  ].join(', ');
}

function shmemText(device: DescribedParts['pciDevices'][number]): string[] {
  if (device.type.name !== 'ivshmem') return [];
  const { shmemProtocol, shmemRegionsStart, shmemRegion, shmemDevId, shmemPeers } = device;
  return [
    `protocol ${valueWord(shmemProtocol)}`,
    ...(shmemRegionsStart === null
      ? [`memory region ${shmemRegion}`]
      : [`memory regions from ${shmemRegionsStart} on`, `device ${shmemDevId} of ${shmemPeers}`]),
  ];
}

function pciLines(devices: DescribedParts['pciDevices']): string[] {
  const rows = devices.map((device) => {
    const { domain, bdf, type, numCaps, capsStart, numMsiVectors, numMsixVectors } = device;
    const facts = [
      ...shmemText(device),
      ...(numMsiVectors === 0 ? [] : [plural(numMsiVectors, 'MSI vector')]),
      ...(numMsixVectors === 0 ? [] : [plural(numMsixVectors, 'MSI-X vector')]),
      ...(numCaps === 0 ? [] : [`capabilities ${describeRuns([[capsStart, capsStart + numCaps - 1]])}`]),
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

function smmuText({ smmuSids }: DescribedParts): string | null {
  if (smmuSids === null || smmuSids.length === 0) return null;
  return smmuSids.map(({ sid, sidMask }) => `${sid} with mask ${sidMask}`).join(', ');
}

function pciHostText({ pciCfgBase, pciCfgSize, ivshmemIrq }: DescribedParts['header']): string | null {
  if (!pciCfgBase && !ivshmemIrq) return null;
  const at = `${hex(pciCfgBase ?? 0n)}, ${describeSize(pciCfgSize ?? 0n)}`;
  return `${at}, ivshmem interrupt ${ivshmemIrq}`;
}

const regmapLines = (regmaps: NonNullable<DescribedParts['regmaps']>): string[] =>
  columns(
    regmaps.map(({ regBase, regCount, regSize }) => [
      hex(regBase),
      `${plural(regCount, 'register')} of ${plural(regSize, 'byte')}`,
    ]),
  );

/** The lines that a cell and a root cell have in common. */
export function partsLines(parts: DescribedParts, isX86: boolean): string[] {
  const { header, pciCaps, streamIds, cacheRegions, irqchips, pciDevices, memoryRegions, regmaps } = parts;
  const { cpuResetAddress, msgReplyTimeout, console, vpciIrqBase } = header;
  const caches = cacheRegions.map(
    ({ start, size, type, flags }) =>
      `${valueWord(type)}: start ${start}, size ${size}${flags.value === 0n ? '' : `, ${flagWords(flags)}`}`,
  );
  const hasPorts = isX86 || parts.ports.length > 0;
  return [
    ...fact('CPUs', describeNumbers(parts.cpus) || 'none'),
    ...fact('flags', flagWords(header.flags)),
    ...fact('reset address', cpuResetAddress === null ? null : hex(cpuResetAddress)),
    ...fact('message timeout', msgReplyTimeout === null ? null : `${msgReplyTimeout}`),
    ...fact('console', console === null ? null : consoleText(console)),
    ...fact('virtual PCI IRQs', `from ${vpciIrqBase} on`),
    ...fact('virtual PCI host', pciHostText(header)),
    ...(hasPorts ? fact('I/O ports', portText(parts)) : []),
    ...(hasPorts ? fact('UARTs', parts.uarts.join(', ') || 'none') : []),
    ...fact('stream ids', streamIds.length === 0 ? null : streamIds.join(', ')),
    ...fact('SMMU stream ids', smmuText(parts)),
    ...fact('PCI capabilities', pciCaps.length === 0 ? null : `${pciCaps.length}`),
    ...section(plural(memoryRegions.length, 'memory region'), memoryLines(memoryRegions, pciDevices)),
    ...section(plural(irqchips.length, 'irqchip'), irqchipLines(irqchips)),
    ...section(plural(pciDevices.length, 'PCI device'), pciLines(pciDevices)),
    ...section(plural(cacheRegions.length, 'cache region'), caches),
    ...section(plural(regmaps?.length ?? 0, 'register map'), regmapLines(regmaps ?? [])),
  ];
}

export function revisionText({ revision, layout, release }: Pick<DescribedCell, Version>): string {
  if (release !== null) return `${revision} (Jailhouse ${release})`;
  const version = parseLayoutId(layout);
  return version?.layout === undefined
    ? `${revision} (of development trees only)`
    : `${revision}, layout ${describeLayout(version.layout)}`;
}

export const trailingLines = (trailing: Uint8Array): string[] =>
  fact(
    'trailing bytes',
    trailing.length === 0 ? null : `${trailing.length}, after the end that the counts give`,
  );

/** What is said behind the architecture about where it is known from. */
const SOURCES = { file: '', given: ', as given', ports: ', as it has I/O ports' } as const;

export function cellLines(cell: DescribedCell): string[] {
  const { architecture, architectureFrom, revision } = cell;
  const told =
    architecture === null
      ? `not named: revision ${revision} files do not say, and there are no I/O ports, which would mean x86`
      : `${architecture}${SOURCES[architectureFrom ?? 'file']}`;
  return [
    titleOf('cell config', cell),
    ...indented([
      ...fact('architecture', told),
      ...fact('revision', revisionText(cell)),
      ...partsLines(cell, architecture === 'x86'),
      ...trailingLines(cell.trailing),
    ]),
  ];
}
