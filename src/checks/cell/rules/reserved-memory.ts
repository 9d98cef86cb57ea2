import { describeSize, hex } from '../../../base/address.ts';
import {
  commonTo,
  describeRange,
  joined,
  overlaps,
  uncovered,
  type AddressRange,
} from '../../../base/ranges.ts';
import { isLoadable, isRam, isRootShared } from '../../../formats/cell/memory.ts';
import { registersOf } from '../../../formats/dtb/addresses.ts';
import { uartsOf } from '../../../formats/dtb/uarts.ts';
import { pathOf } from '../../../formats/dtb/walk.ts';
import { rootCmdline } from '../../../formats/root/facts.ts';
import { parseMemoryWords } from '../../../formats/root/memory-words.ts';
import { physicalRegions, type PlacedRegion } from '../ranges.ts';
import { presentMemory, usedByLinux } from '../root-memory.ts';
import { eachCell, type CellRule, type Found } from '../rule.ts';
import type { Party, Scene } from '../scene.ts';
import { ivshmemDevices } from '../shmem.ts';

const rangesText = (ranges: readonly AddressRange[]): string => ranges.map(describeRange).join(', ');

/** A cell's RAM, and the sections of its ivshmem devices. */
function memoryOf(cell: Party): PlacedRegion[] {
  const sections = new Set(
    ivshmemDevices(cell).flatMap((device) => device.sections.map(({ index }) => index)),
  );
  return physicalRegions(cell).filter(
    ({ index, region }) => isRam(region) || isLoadable(region) || sections.has(index),
  );
}

/** Hints on words of the root's command line that are not what they were meant to be. */
function lostWords({ facts }: Scene): string | undefined {
  const { unreadable } = parseMemoryWords((facts && rootCmdline(facts)) ?? '');
  if (unreadable.length === 0) return undefined;
  return `Linux does not read ${unreadable.join(' ')} as a reservation; GRUB drops a $ that has no \\ in front of it`;
}

const reservation = ({ architecture }: Scene, range: AddressRange): string =>
  architecture === 'x86'
    ? `boot the root with memmap=${hex(range.size)}$${hex(range.start)} (in GRUB's files \\$ or \\\\\\$), or mem= below it`
    : "reserve it in the root's device tree (/reserved-memory, no-map), or keep it out of mem=";

/** On 32-bit arm Linux maps the hypervisor's memory into its vmalloc area, which has 240 MiB for everything. */
const ARM_HYPERVISOR_LIMIT = 64n << 20n;
const ARM_VMALLOC = 240n << 20n;

function* unreservedHypervisor(scene: Scene): Iterable<Found> {
  const { system, root, facts } = scene;
  if (!system || !root) return;
  const { phys_start: start, size } = system.hypervisorMemory;
  const hypervisor = { start, size };
  const cmdline = facts && rootCmdline(facts);
  const ram = facts && usedByLinux(facts, system.architecture);
  const used = ram ? commonTo([hypervisor], ram) : [];
  if (used.length > 0) {
    const detail = lostWords(scene);
    yield {
      of: [root],
      message: `Linux in ${root.title} uses memory of the hypervisor: ${rangesText(used)}`,
      requested: `${describeRange(hypervisor)} reserved`,
      actual: `${rangesText(used)} is RAM of the root's Linux${cmdline === null ? ', unless its command line, which is not given, keeps it out' : ''}`,
      fix: reservation(scene, hypervisor),
      ...(detail === undefined ? {} : { detail }),
    };
  }
  const vmalloc = parseMemoryWords(cmdline ?? '').vmalloc ?? ARM_VMALLOC;
  if (system.architecture === 'arm' && size >= ARM_HYPERVISOR_LIMIT && vmalloc <= ARM_VMALLOC) {
    yield {
      of: [root],
      message: `the hypervisor's memory has ${describeSize(size)}, which Linux on 32-bit arm cannot map without vmalloc=`,
      requested: 'vmalloc=512M on the command line of the root, or less hypervisor memory',
      actual: cmdline === null ? 'the command line is not given' : `vmalloc has ${describeSize(vmalloc)}`,
      symptom:
        'JAILHOUSE_ENABLE: Cannot allocate memory, or `vmap allocation for size ... failed` in dmesg of the root',
      fix: 'boot the root with vmalloc=512M; waive this if it does (or give its command line)',
    };
  }
}

/** What the root's Linux must leave alone, and what the board must have. */
export const RESERVED_MEMORY_RULES: readonly CellRule[] = [
  {
    id: 'system/hypervisor-memory',
    needs: ['system', 'root-ram'],
    severity: 'warning',
    symptom:
      'JAILHOUSE_ENABLE: Invalid argument, `request_mem_region failed for hypervisor memory` in dmesg of the root',
    fix: 'reserve the memory',
    source: 'Jailhouse, driver/main.c; Linux, arch/arm/mm/mmu.c; users’ mails',
    find: unreservedHypervisor,
  },
  {
    id: 'root/reserved',
    needs: ['root-ram'],
    item: 'memoryRegions',
    severity: 'warning',
    // Of a wish it is told with the words that keep all of it.
    after: ['system/architecture', 'machine/root-memory', 'machine/root-unknown'],
    symptom: 'the root stops as soon as its Linux touches that memory: `Invalid RAM write`',
    fix: 'reserve the memory',
    source: 'Linux, Documentation/admin-guide/kernel-parameters.txt; users’ mails',
    find: eachCell(function* (cell, scene) {
      const { facts, system, architecture } = scene;
      if (!facts) return;
      const ram = usedByLinux(facts, system?.architecture ?? architecture ?? 'arm64');
      const items = memoryOf(cell).filter(({ range }) => ram && commonTo([range], ram).length > 0);
      if (ram && items.length > 0) {
        const used = commonTo(
          items.map(({ range }) => range),
          ram,
        );
        const detail = lostWords(scene);
        yield {
          at: [items[0]!.index],
          message: `${cell.title} has memory that the root's Linux uses as RAM: ${rangesText(used)}`,
          requested: `${rangesText(joined(items.map(({ range }) => range)))} reserved`,
          actual: "RAM of the root's Linux",
          fix: reservation(scene, used[0]!),
          ...(detail === undefined ? {} : { detail }),
        };
      }
    }),
  },
  {
    id: 'root/uart',
    needs: ['board'],
    item: 'memoryRegions',
    severity: 'warning',
    after: ['system/architecture'],
    symptom:
      'the console of the cell or of the root stays silent, or the root stops as soon as its Linux touches the UART: `Unhandled data write`',
    fix: 'switch the UART off in the device tree of the root (an overlay will do), and take console= for it away',
    source: 'Linux, drivers/of/platform.c; users’ mails',
    find: eachCell(function* (cell, { facts }) {
      for (const { device } of facts?.board ? uartsOf(facts.board) : []) {
        const taken = physicalRegions(cell).find(
          ({ region, range }) =>
            !isRootShared(region) && registersOf(device).some((registers) => overlaps(registers, range)),
        );
        if (taken === undefined) continue;
        yield {
          at: [taken.index],
          message: `${cell.title} takes the UART ${pathOf(device)}, which is switched on in the root's device tree`,
          requested: 'status = "disabled" there',
          actual: 'switched on',
        };
      }
    }),
  },
  {
    id: 'root/ram-absent',
    needs: ['system', 'machine-ram'],
    item: 'memoryRegions',
    severity: 'warning',
    after: ['system/architecture'],
    symptom:
      'the root or the cell stops with `SError Interrupt` or `synchronous external abort`, or loading fails',
    fix: "correct .phys_start or .size: the board's RAM is what /sys/firmware/fdt or /proc/iomem of the root lists (the boot loader fills in what a device tree of a package lacks)",
    source: 'Linux, kernel/resource.c; users’ mails',
    *find({ facts, system, root, cells }) {
      if (!facts || !system || !root) return;
      const present = presentMemory(facts, system.architecture);
      if (present === null) return;
      const { phys_start: start, size } = system.hypervisorMemory;
      const absent = uncovered({ start, size }, present);
      if (absent.length > 0) {
        yield {
          of: [root],
          message: `the board has no RAM at ${rangesText(absent)}, where the hypervisor's memory is`,
          requested: `some of ${rangesText(present)}`,
          actual: describeRange({ start, size }),
        };
      }
      for (const cell of cells) {
        const items = memoryOf(cell).filter(({ range }) => uncovered(range, present).length > 0);
        const [first] = items;
        if (first === undefined) continue;
        const missing = joined(items.flatMap(({ range }) => uncovered(range, present)));
        yield {
          of: [cell],
          at: [first.index],
          message: `${cell.title} has memory where the board has no RAM: ${rangesText(missing)}`,
          requested: `some of ${rangesText(present)}`,
          actual: rangesText(items.map(({ range }) => range)),
        };
      }
    },
  },
];
