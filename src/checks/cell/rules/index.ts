import { AGREEMENT_RULES } from './agreement.ts';
import { CONTROLLER_RULES } from './controller.ts';
import { CPU_RULES } from './cpu.ts';
import { DEVICE_RULES } from './device.ts';
import { LINK_RULES } from './link.ts';
import { MACHINE_MEMORY_RULES } from './machine-memory.ts';
import { MEMORY_RULES } from './memory.ts';
import { PAGE_TABLE_RULES } from './page-table.ts';
import type { CellRule } from '../rule.ts';
import { PCI_RULES } from './pci.ts';
import { READING_RULES } from './reading.ts';
import { RESERVED_MEMORY_RULES } from './reserved-memory.ts';
import { ROOT_RULES } from './root.ts';
import { SHMEM_RULES } from './shmem.ts';
import { SHUTDOWN_RULES } from './shutdown.ts';

/** Every rule about cells and the machine that they share, in the order in which findings are told. */
export const CELL_RULES: readonly CellRule[] = [
  ...AGREEMENT_RULES,
  ...READING_RULES,
  ...SHUTDOWN_RULES,
  ...CPU_RULES,
  ...MEMORY_RULES,
  ...MACHINE_MEMORY_RULES,
  ...DEVICE_RULES,
  ...PCI_RULES,
  ...SHMEM_RULES,
  ...LINK_RULES,
  ...PAGE_TABLE_RULES,
  ...ROOT_RULES,
  ...RESERVED_MEMORY_RULES,
  ...CONTROLLER_RULES,
];
