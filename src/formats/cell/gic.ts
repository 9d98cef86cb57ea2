import type { SystemConfig } from './types.ts';

/** One redistributor of a GICv3, of one CPU: its two frames of 64 KiB (Arm, GICv3 architecture specification). */
export const REDISTRIBUTOR_SIZE = 0x20000n;

/** The interrupt controller of an arm machine, as its system config has it. */
export interface SystemGic {
  version: 2 | 3;
  /** `null`: the config has none. */
  distributor: bigint | null;
  /** Of CPU 0; GICv3 only. */
  redistributors: bigint | null;
}

/** Of arm and arm64 alone. */
export function systemGic({ platform: { fields } }: SystemConfig): SystemGic {
  const base = (name: string): bigint | null => {
    const value = fields[name];
    return typeof value === 'bigint' && value > 0n ? value : null;
  };
  const redistributors = base('gicr_base');
  // Up to revision 5 nothing names the version; only a GICv3 has redistributors.
  const version = fields.gic_version === 3 || (!fields.gic_version && redistributors !== null) ? 3 : 2;
  return { version, distributor: base('gicd_base'), redistributors };
}
