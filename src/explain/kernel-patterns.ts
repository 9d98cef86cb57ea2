import type { LogPattern } from './pattern.ts';

const INITRAMFS = 'Linux, init/initramfs.c';
const MAIN = 'Linux, init/main.c';

/** BLK_DEV_RAM decides which of two sentences the kernel says. */
const unpacking = (why: string): RegExp =>
  new RegExp(`(?:Initramfs unpacking failed: |rootfs image is not initramfs \\()(?<why>${why})`);

/** What the kernel in the cell says, the narrower ones first. */
export const KERNEL_PATTERNS: readonly LogPattern[] = [
  {
    id: 'initramfs-compression',
    pattern: unpacking('compression method (?<method>\\w{1,16}) not configured'),
    meaning: 'the initrd is packed with {method}, which the kernel cannot unpack',
    rules: ['kernel/initrd-compression'],
    fix: 'build the kernel with the CONFIG_RD_ symbol of {method}, or pack the initrd with another method',
    source: INITRAMFS,
  },
  {
    id: 'initramfs-xz',
    pattern: unpacking('Input was encoded with settings that are not supported'),
    meaning:
      'the initrd is xz data that Linux cannot unpack: usually it has the check CRC64, the default of xz',
    rules: ['initrd/xz-check'],
    fix: 'pack the initrd with xz --check=crc32',
    source: 'Linux, Documentation/staging/xz.rst and lib/decompress_unxz.c',
  },
  {
    id: 'initramfs-memory',
    pattern: unpacking('write error|/initrd\\.image: incomplete write'),
    meaning: 'the memory was full while the kernel unpacked the initrd',
    rules: ['kernel/initrd-memory'],
    fix: 'give the cell more RAM, or put less into the initrd: what counts is its unpacked size',
    source: INITRAMFS,
  },
  {
    id: 'initramfs-overwritten',
    pattern: unpacking(
      'invalid magic at start of compressed archive|junk (?:in|within) compressed archive|no cpio magic|broken padding',
    ),
    meaning:
      'the initrd is not what was loaded: the kernel unpacked itself over it, or only a part of it is there ({why})',
    rules: ['placement/overlap', 'placement/initrd'],
    fix: 'load the initrd where the plan has it; with `placement: upstream` the plan may be too tight, use `placement: exact`',
    source: `${INITRAMFS}; users' mails`,
  },
  {
    id: 'initramfs-other',
    pattern: unpacking('[^)\\n]{1,80}'),
    meaning: 'the kernel could not unpack the initrd: {why}',
    rules: ['placement/overlap', 'placement/initrd', 'kernel/initrd-memory'],
    fix: 'check that the initrd unpacks on the build machine, and that it was loaded where the plan has it',
    source: INITRAMFS,
  },
  {
    id: 'initrd-region',
    pattern:
      /INITRD: (?<range>0x[0-9a-f]{1,16}\+0x[0-9a-f]{1,16}) (?<why>is not a memory region|overlaps in-use memory region)/,
    meaning: 'the kernel drops the initrd at {range}: it {why}',
    rules: ['placement/overlap', 'dtb/stale-initrd'],
    fix: 'load the initrd where the plan has it, and let the device tree name no other',
    source: INITRAMFS,
  },
  {
    id: 'initrd-place',
    pattern: /Cannot find place for new RAMDISK of size (?<size>\d{1,20})/,
    meaning:
      'the initrd ({size} bytes) is where the kernel cannot reach it, and there is no room to move it to',
    rules: ['placement/initrd', 'placement/e820'],
    fix: 'load the initrd into RAM of the cell, below 4 GiB, or give the cell more',
    source: 'Linux, arch/x86/kernel/setup.c',
  },
  {
    id: 'initrd-linear',
    pattern: /initrd not fully accessible via the linear mapping/,
    meaning: 'the initrd is too far away from the kernel',
    rules: ['placement/initrd'],
    fix: 'load the initrd within 32 GiB of the kernel, in RAM of the cell',
    source: 'Linux, arch/arm64/mm/init.c; Documentation/arm64/booting.rst',
  },
  {
    id: 'kaslr',
    pattern: /Physical KASLR disabled: no suitable memory region/,
    meaning:
      "the cell's memory is too small or too split for the kernel to choose an address; it goes on at the fixed one",
    rules: ['kernel/randomize-base'],
    fix: 'build the kernel without CONFIG_RANDOMIZE_BASE, or put nokaslr on the command line',
    source: "Linux, arch/x86/boot/compressed/kaslr.c; users' mails",
  },
  {
    id: 'boot-address',
    pattern:
      /(?<why>Destination (?:physical|virtual) address inappropriately aligned|Destination address too large|Destination virtual address is beyond the kernel mapping area)/,
    meaning: 'the kernel cannot run where it was loaded: {why}',
    rules: ['placement/pref-address', 'placement/kernel', 'kernel/physical-start'],
    fix: 'build the kernel with CONFIG_PHYSICAL_START=0x1000000, and load it where the plan says',
    source: 'Linux, arch/x86/boot/compressed/misc.c',
  },
  {
    id: 'boot-corrupt',
    pattern:
      /(?<why>(?:XZ-compressed|ZSTD-compressed|LZMA) data is (?:probably )?corrupt|Decoding failed|uncompression error|Kernel is not a valid ELF file|Not a gzip file)/,
    meaning: 'the kernel could not unpack itself: {why}',
    rules: ['kernel/truncated', 'kernel/payload', 'placement/overlap'],
    fix: 'compare the digests of the loaded files with the bundle, and load them where the plan says',
    source: 'Linux, lib/decompress_*.c and arch/x86/boot/compressed/misc.c',
  },
  {
    id: 'setup-data',
    pattern: /Jailhouse: No valid setup data found/,
    meaning: 'the kernel runs in a cell, but finds nothing about the platform in its params',
    rules: [],
    fix: 'load the params image of this bundle: kernels from 4.16 on need the one of Jailhouse 0.8 or newer',
    source: 'Linux, arch/x86/kernel/jailhouse.c',
  },
  {
    id: 'setup-data-version',
    pattern: /Jailhouse: Unsupported setup data structure/,
    meaning: 'the params are of a Jailhouse release that the kernel does not understand',
    rules: [],
    fix: 'use a cell config, params and a kernel that fit the Jailhouse release on the target',
    source: 'Linux, arch/x86/kernel/jailhouse.c',
  },
  {
    id: 'e801',
    pattern: /BIOS-(?:e801|88): \[mem /,
    meaning:
      'the kernel ignores the memory map of its params and makes one up: the map has fewer than two entries',
    rules: ['placement/e820', 'placement/ram-without-dma'],
    fix: 'flag the RAM regions of the cell READ, WRITE, EXECUTE and DMA: only such regions get into the map',
    source: "Linux, arch/x86/kernel/e820.c; users' mails",
  },
  {
    id: 'alloc-low-pages',
    pattern: /alloc_low_pages: can not alloc memory/,
    meaning: 'the kernel has no memory for its page tables: the memory map lacks the RAM that it runs in',
    rules: ['placement/e820', 'placement/ram-without-dma'],
    fix: 'flag the RAM regions of the cell READ, WRITE, EXECUTE and DMA: only such regions get into the map',
    source: "Linux, arch/x86/mm/init.c; users' mails",
  },
  {
    id: 'deadlocked-on-memory',
    pattern: /System is deadlocked on memory|Out of memory and no killable processes/,
    meaning: 'the memory is full before any program runs: usually because of the unpacked initrd',
    rules: ['kernel/initrd-memory'],
    fix: 'give the cell more RAM, or put less into the initrd: what counts is its unpacked size',
    source: 'Linux, mm/oom_kill.c; seen with an initrd of 36 MB in 72 MB under a real Jailhouse',
  },
  {
    id: 'no-console',
    pattern: /unable to open an initial console/,
    meaning: 'there is no /dev/console: no console that can be read, or no such file in the initrd',
    rules: ['kernel/runtime-uarts', 'kernel/console-ports', 'kernel/console-write-only'],
    fix: 'let the kernel register the UART that console= names, and put a node /dev/console (5, 1) into the initrd; console=jailhouse alone can only be written to',
    source: `${MAIN}; seen without UARTs under a real Jailhouse`,
  },
  {
    id: 'init-not-executable',
    pattern: /Failed to execute (?<path>\/\S{0,200}) \(error -8\)/,
    meaning:
      '{path} is not a program that this kernel can run: it is for another architecture, or CONFIG_BINFMT_ELF or CONFIG_BINFMT_SCRIPT is missing',
    rules: ['kernel/user-space'],
    fix: 'build the programs of the initrd for the architecture of the kernel, and the kernel with CONFIG_BINFMT_ELF=y',
    source: MAIN,
  },
  {
    id: 'init-failed',
    pattern:
      /(?:Failed to execute|Requested init|Default init) (?<path>\/\S{0,200}) (?:failed )?\(error -(?<errno>\d{1,3})\)/,
    meaning:
      'the kernel could not start {path} (errno {errno}; 2: it or its interpreter is not there, 13: not executable)',
    rules: ['kernel/initrd-init'],
    fix: 'put {path}, executable and with its interpreter and libraries, into the initrd',
    source: MAIN,
  },
  {
    id: 'no-init',
    pattern: /No (?:working )?init found/,
    meaning: 'nothing in the initrd could be started as init',
    rules: ['kernel/initrd-init', 'kernel/initrd-support', 'placement/overlap'],
    fix: 'put an executable /init into the initrd; if it is there, the initrd did not arrive: look for a line about the initramfs above',
    source: `${MAIN}; users' mails`,
  },
  {
    id: 'init-ended',
    pattern: /Attempted to kill init! exitcode=(?<code>0x[0-9a-f]{8})/,
    meaning: 'init ended (wait status {code}); without /dev/console many do so at once',
    rules: ['kernel/runtime-uarts', 'kernel/console-ports', 'kernel/console-write-only'],
    fix: 'check first whether the kernel has a console that init can open, then what init itself does',
    source: 'Linux, kernel/exit.c; seen without UARTs under a real Jailhouse',
  },
  {
    id: 'no-root',
    pattern:
      /VFS: (?:Unable to mount root fs (?:on|via) (?<device>[\w(),.-]{1,40})|Cannot open root device "(?<name>[^"]{0,100})")/,
    meaning: 'the kernel looks for a disk as root: it got no initrd, or one without /init',
    rules: ['kernel/initrd-support', 'kernel/initrd-compression', 'kernel/initrd-init', 'kernel/root-device'],
    fix: 'build the kernel with CONFIG_BLK_DEV_INITRD=y, name the initrd in the manifest, and put /init into it',
    source: 'Linux, init/do_mounts.c',
  },
  {
    id: 'too-many-words',
    pattern: /Too many boot (?<kind>env|init) vars at `(?<word>[^']{0,200})'/,
    meaning:
      'the command line has more words that are not parameters of the kernel than init can take; {word} is one too many',
    rules: ['cmdline/init-words'],
    fix: 'put what is meant for init after "--" or into a file of the initrd; look for misspelt parameters',
    source: MAIN,
  },
  {
    id: 'gic',
    pattern: /unable to map gic (?<part>dist|cpu) registers/,
    meaning: 'the interrupt controller is not where the device tree has it, or not in the cell',
    rules: ['dtb/gic'],
    fix: "let the device tree's interrupt controller have the addresses of the cell's irqchips",
    source: 'Linux, drivers/irqchip/irq-gic.c and irq-gic-v3.c',
  },
  {
    id: 'device-tree',
    pattern: /invalid device tree blob at physical address (?<address>0x[0-9a-f]{1,16})/,
    meaning:
      'there is no device tree at {address}: another one was loaded over it, or it crosses a 2 MiB border',
    rules: ['placement/overlap', 'placement/dtb-size'],
    fix: 'load the device tree where the plan has it, and nothing over it',
    source: 'Linux, arch/arm64/kernel/setup.c',
  },
  {
    id: 'cpu-boot',
    pattern: /CPU(?<cpu>\d{1,4}): failed to (?:boot: -\d{1,3}|come online)/,
    meaning: "CPU {cpu} of the device tree does not start: it is not one of the cell's, or PSCI is missing",
    rules: ['dtb/cpus', 'kernel/psci'],
    fix: 'let the device tree have the CPUs of the cell, each with enable-method = "psci", and a /psci node',
    source: 'Linux, arch/arm64/kernel/smp.c and arch/arm/kernel/smp.c',
  },
  {
    id: 'cpu-method',
    pattern: /missing enable-method property/,
    meaning: 'the device tree does not say how a CPU is started',
    rules: ['dtb/cpus'],
    fix: 'give each CPU of the device tree enable-method = "psci", and the tree a /psci node',
    source: 'Linux, arch/arm64/kernel/cpu_ops.c',
  },
];
