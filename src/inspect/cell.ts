import { hex } from '../base/address.ts';
import { cellName } from '../formats/cell/config.ts';
import { cpusOf, ownsUart, pinsOf, portRuns, UART_PORTS } from '../formats/cell/resources.ts';
import { layoutIdOf, releasesOf, type Versioned } from '../formats/cell/layout-ids.ts';
import {
  CACHE_FLAGS,
  CACHE_TYPES,
  nameFlags,
  nameOf,
  nameProtocol,
  PCI_CAP_FLAGS,
  PCI_TYPES,
  type RevisionNames,
  typeAndFlags,
} from '../formats/cell/names.ts';
import { formatBdf } from '../formats/cell/pci.ts';
import type { Console, MemoryRegion, PciDevice } from '../formats/cell/records.ts';
import type { CellConfig, CellDescription } from '../formats/cell/types.ts';
import { layoutOf, namesOf } from '../formats/cell/variants.ts';
import { diagnosticOf } from '../base/diagnostic.ts';
import type { Architecture } from '../base/choices.ts';
import { camelcase } from './camelcase.ts';
import type { DescribedCell, DescribedParts } from './schema/cell.ts';

export const describeMemory = ({ memoryFlags }: RevisionNames, region: MemoryRegion) => ({
  ...camelcase(region),
  flags: nameFlags(memoryFlags, region.flags),
});

export function describeConsole({ console: names }: RevisionNames, console: Console) {
  const { type, flags } = typeAndFlags(names, console);
  return {
    ...camelcase(console),
    type: { value: type, name: nameOf(names.types, type) },
    flags: nameFlags(names.flags, flags),
  };
}

const describePciDevice = ({ shmemProtocols }: RevisionNames, device: PciDevice) => ({
  shmemRegion: null,
  shmemRegionsStart: null,
  shmemDevId: null,
  shmemPeers: null,
  padding: null,
  ...camelcase(device),
  type: { value: device.type, name: nameOf(PCI_TYPES, device.type) },
  bdf: formatBdf(0, device.bdf),
  barMask: device.bar_mask.map(hex),
  msiFlags: {
    value: hex(device.msi_flags),
    msi64bits: (device.msi_flags & 1) !== 0,
    msiMaskable: (device.msi_flags & 2) !== 0,
  },
  shmemProtocol: {
    value: hex(device.shmem_protocol),
    name: nameProtocol(shmemProtocols, device.shmem_protocol),
  },
});

/** The name, or why there is none. */
function readName(cell: CellDescription): Pick<DescribedParts, 'name' | 'nameProblem'> {
  try {
    const config = {
      ...cell,
      kind: 'cell',
      revision: 3,
      architecture: null,
      trailing: new Uint8Array(),
    } as const;
    return { name: cellName(config), nameProblem: null };
  } catch (error) {
    return { name: null, nameProblem: diagnosticOf(error).message };
  }
}

const describeHeader = (names: RevisionNames, { header }: CellDescription): DescribedParts['header'] => ({
  architecture: null,
  cpuResetAddress: null,
  msgReplyTimeout: null,
  pciCfgBase: null,
  pciCfgSize: null,
  ivshmemIrq: null,
  ...camelcase(header),
  flags: nameFlags(names.cellFlags, header.flags),
  console: header.console ? describeConsole(names, header.console) : null,
});

/** What a cell config and a system config's root cell have in common. */
export function describeParts(cell: CellDescription, names: RevisionNames): DescribedParts {
  const { pio } = cell;
  return {
    ...readName(cell),
    cpus: cpusOf(cell),
    uarts: UART_PORTS.flatMap((base, index) => (ownsUart(pio, base) ? [`ttyS${index}`] : [])),
    ports: portRuns(pio).map(([first, last]) => ({ first: hex(first), last: hex(last) })),
    header: describeHeader(names, cell),
    cpuSet: cell.cpus,
    memoryRegions: cell.memoryRegions.map((region) => describeMemory(names, region)),
    cacheRegions: cell.cacheRegions.map((cache) => ({
      ...cache,
      type: { value: cache.type, name: nameOf(CACHE_TYPES, cache.type) },
      flags: nameFlags(CACHE_FLAGS, cache.flags),
    })),
    irqchips: cell.irqchips.map((chip) => ({
      ...camelcase(chip),
      id: hex(chip.id),
      pinBitmap: chip.pin_bitmap.map(hex),
      pins: pinsOf(chip),
    })),
    pioBitmap: 'bitmap' in pio ? pio.bitmap : null,
    pioRegions:
      'regions' in pio ? pio.regions.map(({ base, length }) => ({ base: hex(base), length })) : null,
    pciDevices: cell.pciDevices.map((device) => describePciDevice(names, device)),
    pciCaps: cell.pciCaps.map((capability) => ({
      ...capability,
      id: hex(capability.id),
      start: hex(capability.start),
      flags: nameFlags(PCI_CAP_FLAGS, capability.flags),
    })),
    streamIds: cell.streamIds.map(hex),
    smmuSids: cell.smmuSids?.map(({ sid, sid_mask }) => ({ sid: hex(sid), sidMask: hex(sid_mask) })) ?? null,
    regmaps:
      cell.regmaps?.map(({ flags, reg_bitmap, ...regmap }) => ({
        ...camelcase(regmap),
        flags: hex(flags),
        regBitmap: reg_bitmap.map(hex),
      })) ?? null,
  };
}

/** What tells the architecture: the file's own byte, the user, or the ports that only x86 has. */
export const architectureSource = (
  version: Versioned,
  given: Architecture | undefined,
  ports: Architecture | null,
): DescribedCell['architectureFrom'] => {
  if (layoutOf(version).namesArchitecture) return 'file';
  if (given !== undefined) return 'given';
  return ports === null ? null : 'ports';
};

/** The release is `null` where only development trees, or a vendor's, had the layout. */
export const describeVersion = (
  config: Versioned,
): Pick<DescribedCell, 'revision' | 'layout' | 'release'> => ({
  revision: config.revision,
  layout: layoutIdOf(config),
  release: releasesOf(config),
});

/**
 * @param given what the user says the architecture is, for files that do not name it
 */
export function describeCell(cell: CellConfig, given?: Architecture): DescribedCell {
  const { trailing } = cell;
  const architectureFrom = architectureSource(cell, given, cell.architecture);
  return {
    kind: 'cell',
    ...describeVersion(cell),
    architecture: architectureFrom === 'given' ? given! : cell.architecture,
    architectureFrom,
    ...describeParts(cell, namesOf(cell)),
    trailing,
  };
}
