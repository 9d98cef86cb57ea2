import type { FlagNames } from '../names.ts';

export const MSI_FLAGS: FlagNames = { '64bits': 1n, maskable: 2n };
