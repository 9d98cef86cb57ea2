import type { KernelConfig } from '../../formats/kernel/kconfig.ts';
import type { ChangeFacts } from '../../reports/output-schema.ts';

/** One difference. */
export type Change = ChangeFacts;

export type Section = Change['section'];

/** As reports have them. */
export const SECTION_TITLES: Readonly<Record<Section, string>> = {
  bundle: 'bundle',
  kernel: 'kernel',
  config: 'kernel config',
  cmdline: 'command line',
  addresses: 'addresses',
  memory: 'memory map of the kernel',
  sizes: 'sizes',
  cell: 'cell config',
  system: 'system config',
  contents: 'contents',
  findings: 'findings',
};

/** One thing that can differ: what it is, and its value in words. */
export interface Item {
  what: string;
  text: string;
}

/** The symbols of a kernel config, or why they are not known. */
export type Symbols = { config: KernelConfig } | { unknown: string };

/** What is compared of a bundle, of one of its cells, or of a file. */
export interface Portrait {
  /** Of a machine; `null`: the thing as a whole. */
  cell: string | null;
  /** A section that is not there is not known, and not compared. */
  sections: ReadonlyMap<Exclude<Section, 'config'>, readonly Item[]>;
  /** `null`: there is no kernel. */
  symbols: Symbols | null;
  /** Contents by digest, under what they are: these count where nothing says what differs in them. */
  contents: readonly Content[];
  /** The same of files that are read, and not in it; `null`: not known. */
  inputs: readonly Content[] | null;
}

/** A file by its digest. */
export interface Content extends Item {
  /** What tells its difference better: if one of these sections differs, the content is not reported, too. */
  toldBy: readonly Section[];
}
