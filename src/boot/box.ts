import { InputError, type Diagnostic } from '../base/diagnostic.ts';
import { archNumber } from '../formats/cell/identify.ts';
import { namesOf } from '../formats/cell/variants.ts';
import { consoleWithType } from '../formats/cell/records.ts';
import { ioapicPins, portRuns } from '../formats/cell/resources.ts';
import type { CellConfig, PortAccess } from '../formats/cell/types.ts';
import { BOX_FLAGS, BOX_LIMITS, encodeBlob } from './blob.ts';
import { paintImages, refusedImage } from './load.ts';
import type { Piece } from './paint.ts';
import { placeCell } from './place.ts';
import type { BoxImage, BoxMachine, BoxSubject } from './types.ts';

/** Of the comm region of Jailhouse 0.12 and newer. */
const COMM_REVISION = 2;
const COMM_PUTC = 1;
const COMM_PUTC_ACTIVE = 2;

function commFlags(cell: CellConfig): number {
  const { flags } = cell.header;
  const { virtual_console_permitted: permitted, virtual_console_active: active } = namesOf(cell).cellFlags;
  const has = (mask: bigint | undefined): boolean => (BigInt(flags) & (mask ?? 0n)) !== 0n;
  return (has(permitted) ? COMM_PUTC : 0) | (has(active) ? COMM_PUTC_ACTIVE : 0);
}

const PORT_BYTES = 0x10000 / 8;

/** A set bit denies. */
function deniedPorts(pio: PortAccess): Uint8Array {
  const bitmap = new Uint8Array(PORT_BYTES).fill(0xff);
  for (const [first, last] of portRuns(pio)) {
    for (let port = first; port <= last; port++) bitmap[port >> 3]! &= ~(1 << (port & 7));
  }
  return bitmap;
}

const PIN_BITS = 32;

function pinWords(pins: ReadonlySet<number>): number[] {
  const words = [0, 0, 0, 0];
  for (const pin of pins) {
    const word = Math.floor(pin / PIN_BITS);
    if (word < words.length) words[word] = (words[word]! | (1 << (pin % PIN_BITS))) >>> 0;
  }
  return words;
}

/** What starts a cell in QEMU. */
export interface Box {
  machine: BoxMachine;
  /** For the monitor, at its place in memory. */
  blob: Uint8Array;
  /** The images, by address in QEMU. */
  pieces: readonly Piece<BoxImage>[];
  /** Bytes for `-m`. */
  memory: bigint;
}

/** @throws InputError `boot/too-large` for more CPUs than a monitor takes, `boot/unsupported` for none */
function checkCpuCount({ cpus }: BoxMachine): void {
  if (cpus.length === 0) {
    throw new InputError('boot/unsupported', 'the cell has no CPU', {
      fix: 'give it one: `cpus` in its config',
    });
  }
  if (cpus.length > BOX_LIMITS.cpus) {
    throw new InputError('boot/too-large', `the cell has ${cpus.length} CPUs`, {
      requested: `at most ${BOX_LIMITS.cpus}`,
      fix: 'for the box, give the cell fewer CPUs; else start it on the target',
    });
  }
}

/**
 * Lays a cell out in QEMU, or says why `jailhouse cell load` would not take its images.
 *
 * @throws InputError `boot/too-large`, `boot/unsupported`
 */
export function layOutBox(subject: BoxSubject, machine: BoxMachine): Box | Diagnostic {
  const { cell, architecture } = subject;
  const refused = refusedImage(cell, subject.load);
  if (refused !== null) return refused;
  checkCpuCount(machine);
  const placed = placeCell(cell.memoryRegions, architecture, machine);
  const pins = ioapicPins(cell);
  const { cpus, mmconfig, gic } = machine;
  const blob = encodeBlob({
    architecture: archNumber(architecture),
    flags:
      (machine.x2apic ? BOX_FLAGS.x2apic : 0) |
      (pins === null ? 0 : BOX_FLAGS.ioapic) |
      (mmconfig === null ? 0 : BOX_FLAGS.mmconfig),
    name: cell.header.name,
    reset_address: cell.header.cpu_reset_address ?? 0n,
    cpus: [...cpus],
    regions: placed.regions,
    comm_revision: COMM_REVISION,
    pm_timer: machine.pmTimer,
    comm_flags: commFlags(cell),
    console: consoleWithType.encode(cell.header.console ?? {}),
    mmconfig_base: mmconfig?.base ?? 0n,
    mmconfig_end_bus: mmconfig?.endBus ?? 0,
    gic_version: gic?.version ?? 0,
    gicd_base: gic?.gicd ?? 0n,
    gicc_base: gic?.gicc ?? 0n,
    gich_base: gic?.gich ?? 0n,
    gicv_base: gic?.gicv ?? 0n,
    gicr_base: gic?.gicr ?? 0n,
    ioapic_pins: pinWords(pins ?? new Set()),
    ports: deniedPorts(cell.pio),
  });
  return { machine, blob, pieces: paintImages(cell, placed, machine.load), memory: placed.memory };
}
