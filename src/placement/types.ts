import type { AddressRange } from '../base/ranges.ts';
import type { Architecture, Placement } from '../base/choices.ts';
import type { Diagnostic } from '../base/diagnostic.ts';

/** The files that `jailhouse cell load` puts into the cell's memory. */
export type ImageRole = 'loader' | 'kernel' | 'initrd' | 'params';

/**
 * One argument group of `jailhouse cell load`, in load order: a file, or (arm) the loader's argument string.
 * `address: null` leaves the address to the tool (arm up to Jailhouse 0.7 loads its loader so).
 */
export type LoadItem =
  | { kind: 'image'; role: ImageRole; address: bigint | null; size: bigint | null }
  | { kind: 'string'; text: string; address: bigint };

/** A named part of the cell's address space that the plan occupies. */
export interface Placed extends AddressRange {
  label: string;
}

/** Where everything goes, and the image that tells the kernel so. */
export interface Plan {
  architecture: Architecture;
  placement: Placement;
  /** In load order; Jailhouse wants the loader first. */
  load: LoadItem[];
  /** Where the loader enters the kernel. */
  entry: bigint;
  /** x86: zero page + setup_data + cmdline; arm, arm64: the edited device tree. */
  params: Uint8Array;
  /** Everything that occupies memory, for the map. */
  placed: Placed[];
  /** What else of the plan bundle.json tells: the memory that the kernel is told of. Addresses and sizes are hex texts. */
  details: {
    e820?: { address: string; size: string; type: number }[];
    memory?: { address: string; size: string }[];
  };
}

/** A plan where one could be computed, and all that speaks against booting it. */
export interface PlanResult {
  plan: Plan | null;
  diagnostics: Diagnostic[];
}
