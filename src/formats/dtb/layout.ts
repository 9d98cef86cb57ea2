import { struct, u32be, u64be } from '../../base/struct.ts';

export const DTB_MAGIC = 0xd00dfeed;

/** struct fdt_header of version 17 (Devicetree Specification 0.4, 5.2). */
export const fdtHeader = struct({
  magic: u32be,
  totalsize: u32be,
  off_dt_struct: u32be,
  off_dt_strings: u32be,
  off_mem_rsvmap: u32be,
  version: u32be,
  last_comp_version: u32be,
  boot_cpuid_phys: u32be,
  size_dt_strings: u32be,
  size_dt_struct: u32be,
});

export const fdtReserveEntry = struct({ address: u64be, size: u64be });

/** Behind FDT_PROP. */
export const fdtProp = struct({ len: u32be, nameoff: u32be });

/** Tokens of the structure block (5.4). */
export const TOKEN = { BEGIN_NODE: 1, END_NODE: 2, PROP: 3, NOP: 4, END: 9 } as const;

/** Tokens stand at multiples of this. */
export const TOKEN_SIZE = 4;

export const alignToken = (offset: number): number => (offset + TOKEN_SIZE - 1) & -TOKEN_SIZE;

/** The version that this layout is of. */
export const DTB_VERSION = 17;
