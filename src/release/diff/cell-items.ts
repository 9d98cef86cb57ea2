import { hex } from '../../base/address.ts';
import { describeRange } from '../../base/ranges.ts';
import { describeNumbers } from '../../base/runs.ts';
import type { CellConfig, SystemConfig } from '../../formats/cell/types.ts';
import { describeCell } from '../../inspect/cell.ts';
import { flagWords } from '../../inspect/layout.ts';
import type { DescribedParts } from '../../inspect/schema/cell.ts';
import { describeSystem } from '../../inspect/system.ts';
import type { Item } from './types.ts';

type Region = DescribedParts['memoryRegions'][number];

const regionText = ({ virtStart, physStart, size, flags }: Region): string =>
  `${describeRange({ start: virtStart, size })} at ${hex(physStart)}, ${flagWords(flags)}`;

/** Any value of a description, in words; what is absent is left out. */
function wordsOf(value: unknown): string {
  if (typeof value === 'bigint') return hex(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(wordsOf).join(' ');
  if (typeof value !== 'object' || value === null) return String(value);
  if ('names' in value && 'unknown' in value) return flagWords(value as Parameters<typeof flagWords>[0]);
  if ('name' in value && 'value' in value && value.name !== null) return wordsOf(value.name);
  return Object.entries(value)
    .filter(([, each]) => each !== null)
    .map(([name, each]) => `${name} ${wordsOf(each)}`)
    .join(', ');
}

/** Fields, each under its name; what is absent is left out. */
export const fieldItems = (fields: Readonly<Record<string, unknown>>): Item[] =>
  Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([what, value]) => ({ what, text: wordsOf(value) }));

const each = <T>(what: string, values: readonly T[] | null, text: (value: T) => string = wordsOf): Item[] =>
  (values ?? []).map((value) => ({ what, text: text(value) }));

function partItems(parts: DescribedParts): Item[] {
  const { signature: _signature, name: _name, ...header } = parts.header;
  return [
    ...fieldItems({ name: parts.name, CPUs: describeNumbers(parts.cpus), ...header }),
    ...each('memory region', parts.memoryRegions, regionText),
    ...each('cache region', parts.cacheRegions),
    ...each(
      'irqchip',
      parts.irqchips,
      ({ address, id, pins }) => `${hex(address)}, id ${id}, pins ${describeNumbers(pins)}`,
    ),
    ...each('I/O ports', parts.ports, ({ first, last }) => (first === last ? first : `${first}-${last}`)),
    ...each('PCI device', parts.pciDevices),
    ...each('PCI capability', parts.pciCaps),
    ...each('stream ID', parts.streamIds),
    ...each('SMMU stream ID', parts.smmuSids),
    ...each('regmap', parts.regmaps),
  ];
}

/** What a cell config says. */
export const cellItems = (config: CellConfig): Item[] => partItems(describeCell(config));

/** What a system config says of the hypervisor, the platform and the root cell. */
export function systemItems(config: SystemConfig): Item[] {
  const { rootCell, hypervisorMemory, debugConsole, platform, iommuUnits, flags, revision } =
    describeSystem(config);
  return [
    ...fieldItems({ revision, flags, debugConsole, platform }),
    { what: 'hypervisor memory', text: regionText(hypervisorMemory) },
    ...each(
      'IOMMU unit',
      iommuUnits.filter(({ used }) => used),
    ),
    ...partItems(rootCell),
  ];
}
