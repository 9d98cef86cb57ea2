const MIB = 1 << 20;

/** Bytes; far more than any file of the kind has, and less than would fill the memory. */
export const LIMITS = {
  manifest: MIB,
  /** Of a cell or a system, as Jailhouse reads it. */
  binaryConfig: MIB >> 2,
  /** The same in either form, or a kernel's. */
  config: 32 * MIB,
  kernel: 512 * MIB,
  deviceTree: 16 * MIB,
  params: MIB,
  log: 64 * MIB,
} as const;
