import type { AddressRange } from '../address.ts';
import type { Placed } from '../plan/types.ts';
import type { X86Layout } from './place.ts';

/** Everything that occupies memory, in words, for the map. */
export const placedParts = (layout: X86Layout, initrd: AddressRange | null): Placed[] => [
  { label: 'loader and its stack', ...layout.loader },
  { label: 'params', ...layout.params },
  { label: 'kernel file', ...layout.kernel },
  { label: 'kernel run area', ...layout.runArea },
  ...(initrd === null ? [] : [{ label: 'initrd', ...initrd }]),
];
