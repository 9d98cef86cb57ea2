import { copyOf } from '../../base/bytes.ts';
import { u32le } from '../../base/struct.ts';
import { cutShort, type ConfigKind } from './identify.ts';
import type { ConfigLayout } from './layouts.ts';
import { cacheRegion, irqchip, memoryRegion, pciCapability, pioRegion, type PciDevice } from './records.ts';
import type { CellDescription, CellHeader, PortAccess } from './types.ts';

interface Counts {
  cpu_set_size: number;
  num_memory_regions: number;
  num_cache_regions: number;
  num_irqchips: number;
  num_pio: number;
  num_pci_devices: number;
  num_pci_caps: number;
  num_stream_ids?: number;
}

const COUNT_NAMES: readonly string[] = [
  'cpu_set_size',
  'num_memory_regions',
  'num_cache_regions',
  'num_irqchips',
  'num_pio',
  'num_pci_devices',
  'num_pci_caps',
  'num_stream_ids',
] satisfies (keyof Counts)[];

function splitHeader(decoded: Record<string, unknown>): { header: CellHeader; counts: Counts } {
  const header: Record<string, unknown> = {};
  const counts: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(decoded)) {
    (COUNT_NAMES.includes(name) ? counts : header)[name] = value;
  }
  return { header: header as unknown as CellHeader, counts: counts as unknown as Counts };
}

/**
 * Reads a cell's header and arrays from `start` on; `end` is where the counted part ends.
 *
 * @throws InputError `cell/truncated` if the counts ask for more than the file has
 */
export function decodeDescription(
  file: Uint8Array,
  start: number,
  layout: ConfigLayout,
  kind: ConfigKind,
): { description: CellDescription; end: number } {
  const headerEnd = start + layout.header.size;
  if (headerEnd > file.length) throw cutShort(kind, headerEnd, file.length, 'its header');
  const { header, counts } = splitHeader(layout.header.decode(file, start));

  let at = headerEnd;
  const take = (size: number, what: string): number => {
    const from = at;
    at += size;
    if (at > file.length) throw cutShort(kind, at, file.length, what);
    return from;
  };
  const takeBytes = (size: number, what: string): Uint8Array => {
    const from = take(size, what);
    return copyOf(file, from, from + size);
  };
  const takeRecords = <T>(
    record: { size: number; decode(bytes: Uint8Array, at: number): T },
    count: number,
    what: string,
  ): T[] => {
    const from = take(record.size * count, `${what} (${count} of ${record.size} bytes)`);
    return Array.from({ length: count }, (_, index) => record.decode(file, from + index * record.size));
  };

  const cpus = takeBytes(counts.cpu_set_size, `the CPU set (${counts.cpu_set_size} bytes)`);
  const memoryRegions = takeRecords(memoryRegion, counts.num_memory_regions, 'the table of memory regions');
  const cacheRegions = takeRecords(cacheRegion, counts.num_cache_regions, 'the table of cache regions');
  const irqchips = takeRecords(irqchip, counts.num_irqchips, 'the table of irqchips');
  const pio: PortAccess =
    layout.pio === 'bitmap'
      ? { bitmap: takeBytes(counts.num_pio, `the PIO bitmap (${counts.num_pio} bytes)`) }
      : { regions: takeRecords(pioRegion, counts.num_pio, 'the table of PIO regions') };
  const pciDevices = takeRecords(
    layout.pciDevice,
    counts.num_pci_devices,
    'the table of PCI devices',
  ) as unknown[] as PciDevice[];
  const pciCaps = takeRecords(pciCapability, counts.num_pci_caps, 'the table of PCI capabilities');
  const streamIdCount = counts.num_stream_ids ?? 0;
  const streamIdsAt = take(
    u32le.size * streamIdCount,
    `the table of stream ids (${streamIdCount} of 4 bytes)`,
  );
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const streamIds = Array.from({ length: streamIdCount }, (_, index) =>
    u32le.read(view, streamIdsAt + index * 4),
  );

  return {
    description: {
      header,
      cpus,
      memoryRegions,
      cacheRegions,
      irqchips,
      pio,
      pciDevices,
      pciCaps,
      streamIds,
    },
    end: at,
  };
}

/** @throws RangeError if a value does not fit its field, or the revision has no place for it */
export function encodeDescription(description: CellDescription, layout: ConfigLayout): Uint8Array[] {
  const { pio } = description;
  if ('bitmap' in pio !== (layout.pio === 'bitmap')) {
    throw new RangeError(
      `pio: this revision has ${layout.pio === 'bitmap' ? 'a bitmap' : 'a list of regions'}`,
    );
  }
  if (description.streamIds.length > 0 && !layout.streamIds) {
    throw new RangeError('streamIds: this revision has none');
  }
  const header: Record<string, unknown> = {
    ...description.header,
    cpu_set_size: description.cpus.length,
    num_memory_regions: description.memoryRegions.length,
    num_cache_regions: description.cacheRegions.length,
    num_irqchips: description.irqchips.length,
    num_pio: 'bitmap' in pio ? pio.bitmap.length : pio.regions.length,
    num_pci_devices: description.pciDevices.length,
    num_pci_caps: description.pciCaps.length,
    ...(layout.streamIds ? { num_stream_ids: description.streamIds.length } : {}),
  };
  const streamIds = new Uint8Array(description.streamIds.length * u32le.size);
  const view = new DataView(streamIds.buffer);
  description.streamIds.forEach((id, index) => u32le.write(view, index * u32le.size, id));
  return [
    layout.header.encode(header),
    description.cpus,
    ...description.memoryRegions.map((region) => memoryRegion.encode(region)),
    ...description.cacheRegions.map((region) => cacheRegion.encode(region)),
    ...description.irqchips.map((chip) => irqchip.encode(chip)),
    ...('bitmap' in pio ? [pio.bitmap] : pio.regions.map((region) => pioRegion.encode(region))),
    ...description.pciDevices.map((device) => layout.pciDevice.encode({ ...device })),
    ...description.pciCaps.map((capability) => pciCapability.encode(capability)),
    streamIds,
  ];
}
