import type { Wish } from '../manifest/wish/parse.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import type { DeviceTree } from '../formats/dtb/types.ts';
import type { RootFacts } from '../formats/root/facts.ts';

/** A cell that shall be made, and the machine that it is cut out of. */
export interface CellWish {
  /** As the hypervisor shall know it. */
  name: string;
  wish: Wish;
  /** The overlay that the wish names. */
  fragment: DeviceTree | null;
}

/** A machine: what is there before the next cell is planned. */
export interface MachineState {
  system: SystemConfig;
  facts: RootFacts;
  /** Cells that run on it, in the order of their creation. */
  cells: readonly CellConfig[];
  /** By the names of those of the cells that were made of wishes: whom their links are for. */
  ends: ReadonlyMap<string, LinkEnds>;
}

/** The cell, or `root`, at the other end of each link, by bus, device and function. */
export type LinkEnds = ReadonlyMap<number, string>;
