import type { Architecture } from '../base/choices.ts';

/** What is known of a cell before its manifest is written; paths are as the manifest has them. */
export interface Draft {
  /** The JSON Schema, for editors. */
  schema: string | null;
  /** `null`: nothing tells it, and x86 is taken. */
  architecture: Architecture | null;
  /** `isNeeded`: without it there would be another, or none. */
  name: { text: string; isNeeded: boolean } | null;
  cell: string | null;
  kernel: string | null;
  config: string | null;
  /** Whether the kernel has its .config in it; `null`: it was not seen. */
  hasConfig: boolean | null;
  initrd: readonly string[];
  dtb: string | null;
  system: string | null;
  layout: string | null;
  /** `null`: nothing shows it, and the usual one is taken; `none`: the cell was seen, and has no console. */
  cmdline: { text: string } | 'none' | null;
  /** What the files say, one line each. */
  about: Readonly<Partial<Record<'cell' | 'kernel' | 'initrd' | 'system', string>>>;
}

export const EMPTY_DRAFT: Draft = {
  schema: null,
  architecture: null,
  name: null,
  cell: null,
  kernel: null,
  config: null,
  hasConfig: null,
  initrd: [],
  dtb: null,
  system: null,
  layout: null,
  cmdline: null,
  about: {},
};
