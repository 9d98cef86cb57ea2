import { AGREEMENT_RULES } from './agreement-rules.ts';
import { CPU_RULES } from './cpu-rules.ts';
import { DEVICE_RULES } from './device-rules.ts';
import { LINK_RULES } from './link-rules.ts';
import { MEMORY_RULES } from './memory-rules.ts';
import { PAGE_TABLE_RULES } from './page-table-rules.ts';
import type { CellRule } from './rule.ts';
import { SHMEM_RULES } from './shmem-rules.ts';

/** Every rule about cells and the machine that they share, in the order in which findings are told. */
export const CELL_RULES: readonly CellRule[] = [
  ...AGREEMENT_RULES,
  ...CPU_RULES,
  ...MEMORY_RULES,
  ...DEVICE_RULES,
  ...SHMEM_RULES,
  ...LINK_RULES,
  ...PAGE_TABLE_RULES,
];
