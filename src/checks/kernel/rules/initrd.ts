import { ARCHITECTURES } from '../../../base/choices.ts';
import { judgeInitrdCompression, judgeInitrdInit } from '../judges/initrd.ts';
import { judgeInitArchitecture, judgeInitExecutable, judgeInitInterpreter } from '../judges/init.ts';
import { judgeInitrdMemory } from '../judges/memory.ts';
import type { Rule } from '../rule.ts';

const WITH_INITRD = { architecture: ARCHITECTURES, initrd: true } as const;

const INIT = 'Linux, init/main.c';

/** What an initrd asks of the kernel, and of the cell's memory. */
export const INITRD_RULES: readonly Rule[] = [
  {
    id: 'kernel/initrd-support',
    reason: 'the kernel does not use its initrd',
    when: WITH_INITRD,
    wanted: { symbol: 'BLK_DEV_INITRD', value: 'y' },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'VFS: Unable to mount root fs',
    fix: 'set CONFIG_BLK_DEV_INITRD=y, or leave the initrd out',
    source: 'Linux, init/Kconfig',
  },
  {
    id: 'kernel/initrd-compression',
    reason: 'the kernel can unpack only formats that it was built with, for each archive of the initrd',
    when: WITH_INITRD,
    wanted: {
      symbols: ['RD_GZIP', 'RD_BZIP2', 'RD_LZMA', 'RD_XZ', 'RD_LZO', 'RD_LZ4', 'RD_ZSTD'],
      words:
        'the symbol of each way in which a part of the initrd is packed: `CONFIG_RD_GZIP=y`, `CONFIG_RD_ZSTD=y` ...',
      needs: ['config', 'initrd'],
      judge: judgeInitrdCompression,
    },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'Initramfs unpacking failed: compression method ... not configured',
    fix: 'turn the named symbol on, or pack the initrd in another way',
    source: 'Linux, usr/Kconfig and Documentation/driver-api/early-userspace/buffer-format.rst',
  },
  {
    id: 'kernel/initrd-memory',
    reason:
      'until the last archive is unpacked, RAM holds the kernel and the initrd, both packed and unpacked',
    when: { architecture: ARCHITECTURES },
    wanted: {
      symbols: ['TMPFS'],
      words:
        'RAM for the kernel, for CMA, and for the initrd and its content at once; an error where it surely does not fit, else a warning, see below',
      needs: ['cell', ['initrd', 'image']],
      judge: judgeInitrdMemory,
    },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'System is deadlocked on memory, or Initramfs unpacking failed: write error',
    fix: 'give the cell more RAM, or put less into the initrd',
    source:
      'Linux, init/initramfs.c, mm/shmem.c and kernel/dma/contiguous.c; 36 MB in a cell of 72 MB deadlocked Linux 6.1',
  },
  {
    id: 'kernel/initrd-init',
    reason: 'Linux starts /init of an initrd; without one it searches for a root file system',
    when: WITH_INITRD,
    wanted: {
      symbols: [],
      words:
        '`/init` in the initrd, or what `rdinit=` names, or `root=` on the command line; a warning if no config says whether an initrd is built in',
      needs: ['cmdline', 'initrd'],
      judge: judgeInitrdInit,
    },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'VFS: Unable to mount root fs, or No working init found',
    fix: 'put a program /init into the initrd, or name another one by rdinit=',
    source: 'Linux, init/main.c and Documentation/filesystems/ramfs-rootfs-initramfs.rst',
  },
  {
    id: 'initrd/init-executable',
    reason: 'Linux does not start it',
    when: WITH_INITRD,
    wanted: {
      symbols: [],
      words: 'an ELF program or a script with `#!` as `/init` (or what `rdinit=` names), with an x bit',
      needs: ['cmdline', 'initrd'],
      judge: judgeInitExecutable,
    },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'Failed to execute /init (error -8), or VFS: Unable to mount root fs',
    fix: 'chmod +x it, and begin a script with #! and the path of its shell',
    source: INIT,
  },
  {
    id: 'initrd/init-architecture',
    reason: 'init is not started',
    when: WITH_INITRD,
    wanted: {
      symbols: [],
      words:
        '`/init` (or what `rdinit=` names) and its interpreter for the architecture of the kernel; i386 with `CONFIG_IA32_EMULATION`, arm on arm64 with `CONFIG_COMPAT`; a warning if the config is unknown',
      needs: ['cmdline', 'initrd'],
      judge: judgeInitArchitecture,
    },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'Failed to execute /init (error -8)',
    fix: 'build the initrd for the architecture of the cell',
    source: `${INIT} and fs/binfmt_elf.c`,
  },
  {
    id: 'initrd/init-interpreter',
    reason: 'init is not started',
    when: WITH_INITRD,
    wanted: {
      symbols: [],
      words: 'the interpreter of a script `/init`, or the dynamic loader of a program, in the initrd',
      needs: ['cmdline', 'initrd'],
      judge: judgeInitInterpreter,
    },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'Failed to execute /init (error -2)',
    fix: 'put it into the initrd, or link the program statically',
    source: `${INIT}, fs/binfmt_elf.c and fs/binfmt_script.c`,
  },
];
