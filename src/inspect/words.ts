import { hex } from '../base/address.ts';
import type { NamedFlags } from '../formats/cell/names.ts';

/** The names, then the bits without one in hex; `none` for 0. */
export const flagWords = ({ names, unknown }: NamedFlags): string =>
  [...names, ...(unknown === 0n ? [] : [`unknown ${hex(unknown)}`])].join(' ') || 'none';
