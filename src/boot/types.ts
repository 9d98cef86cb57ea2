import type { AddressRange } from '../base/ranges.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import type { ImageRole } from '../placement/types.ts';
import type { BoxCpu } from './blob.ts';

/** The architectures that the box can play. */
export type BoxArchitecture = 'x86' | 'arm64';

/** The bytes of an image: a whole file, or what is in memory. */
export type ImageContent = { file: string } | { bytes: Uint8Array };

/** One argument group of `jailhouse cell load`: a file, or (arm64) the loader's argument string with its NUL. */
export interface BoxImage {
  role: ImageRole | 'arguments';
  address: bigint;
  size: number;
  content: ImageContent;
}

/** A bundle to be started. */
export interface BoxSubject {
  /** Of the bundle. */
  name: string;
  architecture: BoxArchitecture;
  cell: CellConfig;
  system: SystemConfig | null;
  cmdline: string;
  /** In load order; the loader comes first. */
  load: readonly BoxImage[];
  /** x86: zero page, setup_data and cmdline; arm64: the device tree that is loaded. */
  params: Uint8Array;
}

/** Where an arm64 machine has its interrupt controller; 0 is what its version lacks. */
export interface Gic {
  version: 2 | 3;
  gicd: bigint;
  gicc: bigint;
  gich: bigint;
  gicv: bigint;
  gicr: bigint;
}

/** What QEMU and a monitor have to know of the machine around the cell. */
export interface BoxMachine {
  /** The first one starts. */
  cpus: readonly BoxCpu[];
  x2apic: boolean;
  /** x86: its I/O port; else 0. */
  pmTimer: number;
  /** `null`: the machine shows no PCI. */
  mmconfig: { base: bigint; endBus: number } | null;
  /** arm64 alone. */
  gic: Gic | null;
  /** arm64: the registers of the UART that QEMU's PL011 plays, as the guest sees them; `null`: none. */
  uart: AddressRange | null;
  /** The kernel can speak only if it has a driver for QEMU's PL011, which the board's UART is not. */
  needsPl011: boolean;
  /** The images to load: those of the subject, with what had to be edited for QEMU. */
  load: readonly BoxImage[];
  /** What no file says and was taken as usual, one sentence each. */
  assumed: readonly string[];
  /** What was changed for QEMU, one sentence each. */
  changed: readonly string[];
}
