import { createCellConfig } from '../formats/cell/create.ts';
import { versionOf } from '../formats/cell/layout-ids.ts';
import { MEMORY_FLAGS } from '../formats/cell/names.ts';
import type { Irqchip, MemoryRegion, PciCapability, PciDevice } from '../formats/cell/records.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import { namesOf } from '../formats/cell/variants.ts';
import { PAGE_SIZE } from '../base/address.ts';
import type { GivenConsole } from './console.ts';
import type { GivenDevice } from './device.ts';
import type { PlacedLink } from './links.ts';
import type { GivenPciDevice } from './pc-devices.ts';
import type { GuestMemory, PlacedRam } from './ram.ts';
import { deviceAt } from './root-change.ts';

export interface CellParts {
  name: string;
  system: SystemConfig;
  cpus: readonly number[];
  ram: PlacedRam;
  console: GivenConsole | null;
  devices: readonly GivenDevice[];
  pciDevices: readonly GivenPciDevice[];
  links: readonly PlacedLink[];
  vpciBase: number | null;
  /** Interrupts of its virtual PCI host. */
  vpciPins: readonly number[];
  /** Regions that the wish gives itself. */
  regions: readonly MemoryRegion[];
}

const MEM = MEMORY_FLAGS;
const LOADABLE = MEM.read | MEM.write | MEM.execute | MEM.loadable;

const regionOf = ({ phys, guest, size }: GuestMemory, flags: bigint): MemoryRegion => ({
  phys_start: phys,
  virt_start: guest,
  size,
  flags,
});

const WORD = 32;
const WORDS = 4;
/** Pins of one entry. */
const ENTRY = WORD * WORDS;

/** Entries of 128 pins each, from `first` on. */
function irqchips(chip: Pick<Irqchip, 'address' | 'id'>, pins: readonly number[], first: number): Irqchip[] {
  const entries = new Map<number, number[]>();
  for (const pin of pins.toSorted((a, b) => a - b)) {
    const base = first + Math.floor((pin - first) / ENTRY) * ENTRY;
    const bitmap = entries.get(base) ?? [0, 0, 0, 0];
    const bit = pin - base;
    bitmap[Math.floor(bit / WORD)] = (bitmap[Math.floor(bit / WORD)]! | (1 << (bit % WORD))) >>> 0;
    entries.set(base, bitmap);
  }
  return [...entries].map(([base, pin_bitmap]) => ({ ...chip, pin_base: base, pin_bitmap }));
}

/** The interrupt controller that the cell's pins are at. */
function chipOf({ architecture, platform, rootCell }: SystemConfig): Pick<Irqchip, 'address' | 'id'> {
  if (architecture !== 'x86') {
    const { gicd_base } = platform.fields;
    return { address: typeof gicd_base === 'bigint' ? gicd_base : 0n, id: 0 };
  }
  const { address, id } = rootCell.irqchips[0] ?? { address: 0n, id: 0 };
  return { address, id };
}

/** The first pin of an entry: SPIs count from 32. */
const firstPin = ({ architecture }: SystemConfig): number => (architecture === 'x86' ? 0 : WORD);

/** The cell's config: links first, then devices, the loader's memory, RAM, and the communication region. */
export function cellConfig(parts: CellParts): CellConfig {
  const { system, ram, console, devices, pciDevices, links, vpciBase } = parts;
  const { architecture } = system;
  const memoryRegions: MemoryRegion[] = [];
  const virtual: PciDevice[] = links.map(({ regions, device }) => {
    const start = memoryRegions.length;
    memoryRegions.push(...regions);
    return deviceAt(device, start);
  });
  memoryRegions.push(
    ...(console?.given?.regions ?? []),
    ...devices.flatMap(({ regions }) => regions),
    ...pciDevices.flatMap(({ regions }) => regions),
    ...parts.regions,
    // On a PC it is the guest's low memory, too.
    regionOf(ram.loader, architecture === 'x86' ? LOADABLE | MEM.dma : LOADABLE),
    regionOf(ram.ram, LOADABLE | MEM.dma),
    { phys_start: 0n, virt_start: ram.comm, size: PAGE_SIZE, flags: MEM.read | MEM.write | MEM.comm_region },
  );
  const caps: PciCapability[] = [];
  const physical = pciDevices.map(({ device, capabilities }): PciDevice => {
    const caps_start = capabilities.length === 0 ? 0 : caps.length;
    caps.push(...capabilities);
    return { ...device, caps_start };
  });
  const pins = [
    ...new Set([...(console?.pins ?? []), ...devices.flatMap((each) => each.pins), ...parts.vpciPins]),
  ];
  const version = versionOf(system);
  const { cellFlags } = namesOf(version);
  const config = createCellConfig({
    ...version,
    architecture,
    name: parts.name,
    flags: Number((cellFlags.passive_commreg ?? 0n) | (cellFlags.virtual_console_permitted ?? 0n)),
    cpus: parts.cpus,
    memoryRegions,
    irqchips: irqchips(chipOf(system), pins, firstPin(system)),
    ports: console?.ports ?? [],
    pciDevices: [...physical, ...virtual],
    pciCaps: caps,
  });
  return {
    ...config,
    header: {
      ...config.header,
      vpci_irq_base: vpciBase ?? 0,
      ...(console?.config ? { console: console.config } : {}),
    },
  };
}
