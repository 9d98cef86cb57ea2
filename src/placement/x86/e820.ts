import { InputError } from '../../base/diagnostic.ts';
import { isCommRegion, isRam } from '../../formats/cell/memory.ts';
import type { MemoryRegion } from '../../formats/cell/records.ts';
import { struct, u32le, u64le, type StructValue } from '../../base/struct.ts';

/** struct boot_e820_entry (Linux, Documentation/arch/x86/zero-page.rst). */
export const e820Entry = struct({ addr: u64le, size: u64le, type: u32le });
export type E820Entry = StructValue<typeof e820Entry.fields>;

/** What a zero page holds: E820_MAX_ENTRIES_ZEROPAGE. */
export const E820_LIMIT = 128;
export const E820_RAM = 1;
const E820_RESERVED = 2;

/**
 * The memory map of a cell as Jailhouse's tools give it to the kernel: RAM and the comm region, in config order.
 *
 * @throws InputError `placement/e820` if they are more than the zero page holds
 */
export function e820Of(regions: readonly MemoryRegion[]): E820Entry[] {
  const entries = regions
    .filter((region) => isRam(region) || isCommRegion(region))
    .map((region) => ({
      addr: region.virt_start,
      size: region.size,
      type: isRam(region) ? E820_RAM : E820_RESERVED,
    }));
  if (entries.length > E820_LIMIT) {
    throw new InputError('placement/e820', `the cell has ${entries.length} RAM and comm regions`, {
      requested: `at most ${E820_LIMIT}`,
      actual: String(entries.length),
      fix: 'join adjacent RAM regions in the cell config',
      path: ['cell'],
    });
  }
  return entries;
}
