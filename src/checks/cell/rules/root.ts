import { isDevice, isWritable } from '../../../formats/cell/memory.ts';
import { MEMORY_FLAGS } from '../../../formats/cell/names.ts';
import { isSetTo } from '../../../formats/kernel/kconfig.ts';
import { physicalRegions, type PlacedRegion } from '../ranges.ts';
import type { CellRule } from '../rule.ts';
import { ivshmemDevices } from '../shmem.ts';

/** What the root cell must have: memory, and a kernel that can give parts of the machine away. */
export const ROOT_RULES: readonly CellRule[] = [
  {
    id: 'system/no-ram',
    needs: ['system'],
    severity: 'error',
    refusesRoot: true,
    symptom: 'the root stops at its next access to memory, as soon as Jailhouse is enabled',
    fix: "give the root cell's config the regions that /proc/iomem of the root calls System RAM",
    source: 'Jailhouse, hypervisor/setup.c; configs of vendors',
    *find({ root }) {
      if (!root) return;
      const isMemory = ({ region }: PlacedRegion): boolean =>
        isWritable(region) && !isDevice(region) && (region.flags & MEMORY_FLAGS.execute) !== 0n;
      if (physicalRegions(root).some(isMemory)) return;
      yield {
        of: [root],
        message: `${root.title} has no memory region that Linux could run in`,
        requested: 'a region with READ, WRITE and EXECUTE',
        actual: `none among ${root.description.memoryRegions.length}`,
      };
    },
  },
  {
    id: 'root/kernel',
    needs: ['system', 'root-config'],
    severity: 'warning',
    symptom:
      'enabling works, but the root has no ivshmem devices: `failed to add virtual host controller` in its dmesg',
    fix: "build the root's kernel with these symbols",
    source: 'Jailhouse, driver/pci.c and driver/cell.c; users’ mails',
    *find({ facts, system, root }) {
      const config = facts?.kernelConfig;
      if (!config || !system || !root) return;
      const missing = (symbols: readonly string[]): string[] =>
        symbols.filter((symbol) => !isSetTo(config, symbol, 'y') && !isSetTo(config, symbol, 'm'));
      const needsHost =
        system.architecture !== 'x86' && system.pciIsVirtual !== 0 && ivshmemDevices(root).length > 0;
      const forHost = needsHost ? missing(['OF_OVERLAY', 'PCI_HOST_GENERIC']) : [];
      if (forHost.length > 0) {
        yield {
          of: [root],
          message: `the root's kernel lacks ${forHost.map((symbol) => `CONFIG_${symbol}`).join(' and ')}, which virtual PCI needs`,
          requested: forHost.map((symbol) => `CONFIG_${symbol}=y`).join(', '),
          actual: 'not set',
        };
      }
      if (missing(['HOTPLUG_CPU']).length > 0) {
        yield {
          of: [root],
          message: "the root's kernel lacks CONFIG_HOTPLUG_CPU: it cannot give CPUs to cells",
          requested: 'CONFIG_HOTPLUG_CPU=y',
          actual: 'not set',
          symptom: 'JAILHOUSE_CELL_CREATE: Operation not supported, or Operation not permitted',
        };
      }
    },
  },
];
