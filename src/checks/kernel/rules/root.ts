import { ARCHITECTURES } from '../../../base/choices.ts';
import { judgeNoRoot, judgeRootDevice } from '../judges/root.ts';
import type { Rule } from '../rule.ts';

const ALL = { architecture: ARCHITECTURES } as const;
const MOUNTS = 'Linux, init/do_mounts.c';

/** What Linux mounts as its root. */
export const ROOT_RULES: readonly Rule[] = [
  {
    id: 'kernel/no-root',
    reason: 'Linux has nothing to start init from',
    when: ALL,
    wanted: {
      symbols: [],
      words:
        'an initrd, one that is built into the kernel, or `root=` on the command line; a note if no config says whether one is built in',
      needs: ['cmdline', 'initrd'],
      judge: judgeNoRoot,
    },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'VFS: Unable to mount root fs on unknown-block(0,0)',
    fix: 'give an initrd, or name the root file system by root=',
    source: `${MOUNTS} and usr/Kconfig`,
  },
  {
    id: 'kernel/root-device',
    reason: 'Linux waits for a root file system, or panics',
    when: ALL,
    wanted: {
      symbols: [],
      words:
        'for `root=` an initrd, or a device of the kind that it names (SD or eMMC, disk, flash, network, virtio) in the cell or its device tree; not judged if the tree has a device of unknown kind; an error on x86 if the kernel’s config is known, as disks and network cards are PCI devices there',
      needs: ['cmdline', 'initrd', 'cell'],
      judge: judgeRootDevice,
    },
    severity: { strict: 'warning', mainline: 'warning' },
    symptom: 'VFS: Unable to mount root fs, or with rootwait a silent wait',
    fix: 'give an initrd, or give the cell the device',
    source: MOUNTS,
  },
];
