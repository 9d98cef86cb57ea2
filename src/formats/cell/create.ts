import { InputError } from '../../base/diagnostic.ts';
import type { Architecture } from '../../base/choices.ts';
import { cellName, encodeCellConfig, parseCellConfig } from './config.ts';
import { archNumber } from './identify.ts';
import { versionOf, type Versioned } from './layout-ids.ts';
import type { Irqchip, MemoryRegion, PciCapability, PciDevice, PioRegion } from './records.ts';
import type { CellConfig } from './types.ts';
import { layoutOf } from './variants.ts';

/** A cell in the terms that matter; everything else of its config is zero. */
export interface NewCell extends Versioned {
  architecture: Architecture;
  /** At most 31 bytes of UTF-8. */
  name: string;
  /** JAILHOUSE_CELL_* */
  flags?: number;
  /** Numbers of the CPUs, below 64. */
  cpus: readonly number[];
  memoryRegions: readonly MemoryRegion[];
  irqchips?: readonly Irqchip[];
  /** x86: the ports that the cell may use. */
  ports?: readonly PioRegion[];
  pciDevices?: readonly PciDevice[];
  pciCaps?: readonly PciCapability[];
}

const NAME_SIZE = 32;
const CPU_SET_BITS = 64;
/** One bit for each of the 65536 ports. */
const BITMAP_SIZE = 8192;

function nameBytes(name: string): Uint8Array {
  const text = new TextEncoder().encode(name);
  if (text.length === 0 || text.length >= NAME_SIZE) {
    throw new InputError('cell/name', `the cell's name '${name}' has ${text.length} bytes`, {
      requested: `1 to ${NAME_SIZE - 1} bytes of UTF-8`,
      actual: `${text.length} bytes`,
      fix: 'shorten it',
    });
  }
  const bytes = new Uint8Array(NAME_SIZE);
  bytes.set(text);
  return bytes;
}

function cpuSet(cpus: readonly number[]): Uint8Array {
  const set = new Uint8Array(CPU_SET_BITS / 8);
  for (const cpu of cpus) {
    if (!Number.isInteger(cpu) || cpu < 0 || cpu >= CPU_SET_BITS) {
      throw new InputError('cell/value', `CPU ${cpu} is not in 0 to ${CPU_SET_BITS - 1}`);
    }
    set[cpu >> 3]! |= 1 << (cpu & 7);
  }
  return set;
}

/** Ports as a bitmap: a set bit denies. */
function denyBitmap(ports: readonly PioRegion[]): Uint8Array {
  const bitmap = new Uint8Array(BITMAP_SIZE).fill(0xff);
  const outside = ports.find(({ base, length }) => base < 0 || length < 0 || base + length > BITMAP_SIZE * 8);
  if (outside !== undefined) {
    throw new InputError('cell/value', `${outside.length} ports at ${outside.base} are not in 0 to 65535`);
  }
  for (const { base, length } of ports) {
    for (let port = base; port < base + length; port++) bitmap[port >> 3]! &= ~(1 << (port & 7));
  }
  return bitmap;
}

/**
 * A new cell config of any revision, as {@link parseCellConfig} would read it.
 *
 * @throws InputError `cell/name`, `cell/value`
 */
export function createCellConfig(cell: NewCell): CellConfig {
  const { revision, architecture, ports = [] } = cell;
  const version = versionOf(cell);
  const layout = layoutOf(version);
  const isX86 = architecture === 'x86';
  if (!isX86 && ports.length > 0) throw new InputError('cell/value', `${architecture} has no I/O ports`);
  const config: CellConfig = {
    kind: 'cell',
    ...version,
    architecture,
    header: {
      signature: new TextEncoder().encode(layout.signatures.cell),
      ...(layout.namesArchitecture ? { architecture: archNumber(architecture) } : {}),
      revision,
      name: nameBytes(cell.name),
      id: 0,
      flags: cell.flags ?? 0,
      vpci_irq_base: 0,
    },
    cpus: cpuSet(cell.cpus),
    memoryRegions: [...cell.memoryRegions],
    cacheRegions: [],
    irqchips: [...(cell.irqchips ?? [])],
    pio:
      layout.pio === 'regions'
        ? { regions: [...ports] }
        : { bitmap: isX86 ? denyBitmap(ports) : new Uint8Array(0) },
    pciDevices: [...(cell.pciDevices ?? [])],
    pciCaps: [...(cell.pciCaps ?? [])],
    streamIds: [],
    trailing: new Uint8Array(0),
  };
  if (cellName(config) !== cell.name) {
    throw new InputError(
      'cell/name',
      `the cell's name ${JSON.stringify(cell.name)} contains a NUL, or is not text`,
    );
  }
  // Read back, it has all fields of its revision, and each value fits.
  return { ...parseCellConfig(encodeCellConfig(config), version), architecture };
}
