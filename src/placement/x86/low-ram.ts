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

/** What the kernel's decompressor reads in search of ACPI (Linux, arch/x86/boot/compressed/acpi.c). */
const ACPI_SEARCH: AddressRange = rangeTo(0xe0000n, 1n << 20n);

/** The first version whose decompressor does so, whatever the command line says. */
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
  const [unreadable] = uncovered(ACPI_SEARCH, readable);
  return unreadable === undefined ? [] : judgeAcpiSearch(request, unreadable);
}

const noTrampoline = (): Diagnostic =>
  failure('placement/low-ram', 'the cell has no RAM below 1 MiB, where an x86 kernel starts its other CPUs', {
    requested: `RAM below ${hex(1n << 20n)}`,
    actual: 'none',
    symptom: 'Kernel panic - not syncing: Real mode trampoline was not allocated',
    fix: LOW_RAM_FIX,
    path: ['cell'],
  });

function judgeAcpiSearch({ kernel, config }: X86Request, unreadable: AddressRange): Diagnostic[] {
  const acpi = hasAcpi(config);
  if (acpi === false) return [];
  const version = parseKernelVersion(kernel.image.version ?? '');
  const isCertain = acpi === true && (version === null || isAtLeast(version, SEARCHES_SINCE));
  const who = acpi === true ? 'the kernel, which has CONFIG_ACPI,' : 'a kernel with CONFIG_ACPI';
  const message = `${who} looks for ACPI at ${describeRange(ACPI_SEARCH)}, and the cell has no memory at ${describeRange(unreadable)}`;
  const facts = {
    requested: `RAM up to ${hex(1n << 20n)}`,
    actual: `no memory at ${describeRange(unreadable)}`,
    symptom: `FATAL: Invalid MMIO/RAM read, addr: ${hex(unreadable.start)} size: 1`,
    fix: LOW_RAM_FIX,
    path: ['cell'],
  };
  if (isCertain) return [failure('placement/low-ram', message, facts)];
  return [{ code: 'placement/low-ram', severity: 'warning', message, ...facts }];
}
