import { hex } from '../../base/address.ts';
import { failure, type Diagnostic } from '../../base/diagnostic.ts';
import {
  describeRange,
  intersection,
  joined,
  rangeTo,
  uncovered,
  type AddressRange,
} from '../../base/ranges.ts';
import { isReadable, ramRanges, virtualRange } from '../../formats/cell/memory.ts';
import { isSetTo, isUnstated, type KernelConfig } from '../../formats/kernel/kconfig.ts';
import { isAtLeast, parseKernelVersion } from '../../formats/kernel/version.ts';
import type { X86Request } from './place.ts';

const BELOW_1M: AddressRange = { start: 0n, size: 1n << 20n };

/**
 * Where every x86 kernel looks for ROMs, and one without ACPI for tables of its CPUs (Linux, probe_roms() in
 * arch/x86/kernel/probe_roms.c, and arch/x86/kernel/mpparse.c).
 */
const ROM_SEARCH: AddressRange = rangeTo(0xc0000n, 1n << 20n);

/** What the kernel's decompressor reads in search of ACPI (Linux, arch/x86/boot/compressed/acpi.c). */
const ACPI_SEARCH: AddressRange = rangeTo(0xe0000n, 1n << 20n);

/** Up to here all kernels look for ROMs; what follows depends on the config. */
const END_OF_ROMS = 0xf0000n;

/** The first version whose decompressor looks for ACPI, whatever the command line says. */
const SEARCHES_SINCE = { major: 5, minor: 1 };

const LOW_RAM_FIX =
  'give the cell a RAM region from 0x0 to 0x100000, as the upstream x86 Linux cells have it';

/** Whether the kernel has ACPI; `null` where its config is not known. */
const hasAcpi = (config: KernelConfig | null): boolean | null =>
  config === null || isUnstated(config, 'ACPI') ? null : isSetTo(config, 'ACPI', 'y');

/**
 * The memory below 1 MiB that the kernel itself uses.
 *
 * @param gaps where RAM is missing for the plan, which is an error already
 */
export function checkLowRam(request: X86Request, gaps: readonly AddressRange[]): Diagnostic[] {
  const { cell } = request;
  if (gaps.some((gap) => intersection(gap, BELOW_1M) !== null)) return [];
  if (!ramRanges(cell).some((range) => intersection(range, BELOW_1M) !== null)) return [noTrampoline()];
  const readable = joined(cell.memoryRegions.filter(isReadable).map(virtualRange));
  const unreadable = uncovered(ROM_SEARCH, readable);
  return unreadable.length === 0 ? [] : judgeSearch(request, unreadable);
}

const noTrampoline = (): Diagnostic =>
  failure('placement/low-ram', 'the cell has no RAM below 1 MiB, where an x86 kernel starts its other CPUs', {
    requested: `RAM below ${hex(1n << 20n)}`,
    actual: 'none',
    symptom: 'Kernel panic - not syncing: Real mode trampoline was not allocated',
    fix: LOW_RAM_FIX,
    path: ['cell'],
  });

/** The search that comes first, and fails. */
function failedSearch(
  { kernel, config }: X86Request,
  unreadable: readonly AddressRange[],
): { text: string; gap: AddressRange; size: number; isCertain: boolean } {
  const acpi = hasAcpi(config);
  const version = parseKernelVersion(kernel.image.version ?? '');
  const decompressorSearches = version === null || isAtLeast(version, SEARCHES_SINCE);
  const forAcpi = unreadable.flatMap((range) => intersection(range, ACPI_SEARCH) ?? [])[0];
  const first = unreadable[0]!;
  if (acpi === true && decompressorSearches && forAcpi !== undefined) {
    const text = `the kernel, which has CONFIG_ACPI, looks for ACPI at ${describeRange(ACPI_SEARCH)}`;
    return { text, gap: forAcpi, size: 1, isCertain: true };
  }
  return {
    text: `${config === null ? 'a' : 'the'} kernel looks for ROMs and tables at ${describeRange(ROM_SEARCH)}`,
    gap: first,
    size: first.start < END_OF_ROMS ? 2 : 4,
    isCertain: acpi === false || (acpi === true && first.start < END_OF_ROMS),
  };
}

function judgeSearch(request: X86Request, unreadable: readonly AddressRange[]): Diagnostic[] {
  const { text, gap, size, isCertain } = failedSearch(request, unreadable);
  const message = `${text}, and the cell has no memory at ${describeRange(gap)}`;
  const facts = {
    requested: `RAM up to ${hex(1n << 20n)}`,
    actual: `no memory at ${describeRange(gap)}`,
    symptom: `FATAL: Invalid MMIO/RAM read, addr: ${hex(gap.start)} size: ${size}`,
    fix: LOW_RAM_FIX,
    path: ['cell'],
  };
  if (isCertain) return [failure('placement/low-ram', message, facts)];
  return [{ code: 'placement/low-ram', severity: 'warning', message, ...facts }];
}
