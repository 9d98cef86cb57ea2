/** A line of each pattern, and one that is close and means something else, or nothing. */
export const LINES: Readonly<Record<string, readonly [line: string, near: string]>> = {
  'pio-keyboard': ['FATAL: Invalid PIO read, port: 64 size: 1', 'FATAL: Invalid PIO read, port: 641 size: 1'],
  'pio-timer': ['FATAL: Invalid PIO read, port: 61 size: 1', 'FATAL: Invalid PIO read, port: 62 size: 1'],
  'pio-interrupt-controller': [
    'FATAL: Invalid PIO write, port: 21 size: 1',
    'FATAL: Invalid PIO write, port: 22 size: 1',
  ],
  'pio-cmos': ['FATAL: Invalid PIO write, port: 70 size: 1', 'FATAL: Invalid PIO write, port: 7 size: 1'],
  'pio-uart': ['FATAL: Invalid PIO read, port: 2f9 size: 1', 'FATAL: Invalid PIO read, port: 2f7 size: 1'],
  'pio-delay': ['FATAL: Invalid PIO write, port: 80 size: 1', 'FATAL: Invalid PIO write, port: 8000 size: 1'],
  'pio-dma': ['FATAL: Invalid PIO write, port: 87 size: 1', 'FATAL: Invalid PIO write, port: 90 size: 1'],
  'pio-super-io': [
    'FATAL: Invalid PIO write, port: 4e size: 1',
    'FATAL: Invalid PIO write, port: 3e size: 1',
  ],
  'pio-other': ['FATAL: Invalid PIO read, port: 1771 size: 1', 'Invalid PIO read, port: 1771 size: 1'],
  'msr-mce': ['FATAL: Unhandled MSR read: c0002001', 'FATAL: Unhandled MSR read: c0012001'],
  'msr-other': ['FATAL: Unhandled MSR write: c0010015', 'FATAL: Unhandled MSR access'],
  xapic: ['FATAL: xAPIC access in x2APIC mode', 'x2apic: IRQ remapping in x2APIC mode'],
  'mmio-comm-region': [
    'FATAL: Invalid MMIO/RAM read, addr: 0x0000000000100006 size: 2',
    'FATAL: Invalid MMIO/RAM read, addr: 0x0000000001000006 size: 2',
  ],
  'mmio-acpi': [
    'FATAL: Invalid MMIO/RAM read, addr: 0x00000000000e0000 size: 1',
    'FATAL: Invalid MMIO/RAM read, addr: 0x0000000000e00000 size: 1',
  ],
  'mmio-roms': [
    'FATAL: Invalid MMIO/RAM read, addr: 0x00000000000c0000 size: 2',
    'FATAL: Invalid MMIO/RAM read, addr: 0x0000000000c00000 size: 2',
  ],
  'mmio-ioapic': [
    'FATAL: Invalid MMIO/RAM write, addr: 0x00000000fec00000 size: 4',
    'FATAL: Invalid MMIO/RAM write, addr: 0x00000000fed00000 size: 4',
  ],
  'mmio-other': ['FATAL: Invalid RAM write', 'FATAL: Invalid ROM write'],
  'mmio-subpage': ['FATAL: Invalid MMIO write, address: fe200004, size: 1', 'FATAL: Invalid MMIO write'],
  'pci-config': [
    'FATAL: Invalid PCI config write, device 04:00.0, reg: 0xb4, size: 2',
    'pci 0000:04:00.0: [8086:1533] config write',
  ],
  'triple-fault': [
    'FATAL: Unexpected #VMEXIT, exitcode 7f, exitinfo1 0x0000000000000000 exitinfo2 0x0000000000000000',
    'FATAL: Unexpected #VMEXIT, exitcode 7fe, exitinfo1 0x0000000000000000',
  ],
  'vm-exit': ['FATAL: Unhandled VM-Exit, reason 26', 'FATAL: Unhandled VM-Entry, reason 26'],
  'arm-data': ['Unhandled data write at 0x7bf00000(8)', 'Unhandled data at 0x7bf00000(8)'],
  'arm-instruction': ['FATAL: instruction abort at 0x200', 'FATAL: instruction abort and can not get ipa'],
  'arm-trap': ['FATAL: forbidden access (exception class 0x17)', 'FATAL: forbidden access'],
  'memory-region': ['FATAL: Invalid memory region (0x1, 0x0, 0x1000, 3)', 'FATAL: Invalid memory access'],
  parked: ['Parking CPU 5 (Cell: "RootCell")', ' Parking CPU 5'],
  'create-einval': ['JAILHOUSE_CELL_CREATE: Invalid argument', 'JAILHOUSE_ENABLE: Invalid argument'],
  'create-e2big': ['JAILHOUSE_CELL_CREATE: Argument list too long', 'sh: ls: Argument list too long'],
  'create-enomem': ['JAILHOUSE_CELL_CREATE: Cannot allocate memory', 'fork: Cannot allocate memory'],
  'create-eexist': ['JAILHOUSE_CELL_CREATE: File exists', "mkdir: cannot create directory 'a': File exists"],
  'create-ebusy': ['JAILHOUSE_CELL_CREATE: Device or resource busy', 'umount: Device or resource busy'],
  'create-eperm': ['JAILHOUSE_CELL_DESTROY: Operation not permitted', 'chown: Operation not permitted'],
  'load-einval': ['JAILHOUSE_CELL_LOAD: Invalid argument', 'JAILHOUSE_CELL_LOADED: Invalid argument'],
  'load-ebusy': [
    'jailhouse: Unable to map cell RAM at 60000000 for image loading',
    'jailhouse: Unable to map RAM',
  ],
  'no-cell': ['JAILHOUSE_CELL_LOAD: No such file or directory', 'jailhouse: No such file or directory'],
  'start-einval': ['JAILHOUSE_CELL_START: Invalid argument', 'JAILHOUSE_CELL_STATE: Invalid argument'],
  'call-other': ['JAILHOUSE_CELL_CREATE: No such device', 'JAILHOUSE_CELL_CREATE: 19'],
  'not-a-cell': ['jailhouse: Not a cell configuration', 'not a configuration'],
  'revision-mismatch': ['jailhouse: Configuration revision mismatch', 'revision mismatch'],
  'architecture-mismatch': ['jailhouse: Configuration architecture mismatch', 'architecture mismatch'],
  'no-space': ['No space found to load all images', 'No space left on device'],
  'initramfs-compression': [
    'Initramfs unpacking failed: compression method zstd not configured',
    'compression method zstd not configured',
  ],
  'initramfs-xz': [
    'Initramfs unpacking failed: Input was encoded with settings that are not supported by this XZ decoder',
    'Initramfs unpacking failed: Input is not in the XZ format (wrong magic bytes)',
  ],
  'initramfs-memory': ['Initramfs unpacking failed: write error', 'md0: write error'],
  'initramfs-overwritten': [
    'rootfs image is not initramfs (junk within compressed archive); looks like an initrd',
    'junk within compressed archive',
  ],
  'initramfs-other': ['Initramfs unpacking failed: Decoding failed', 'Unpacking initramfs...'],
  'initrd-region': [
    'INITRD: 0x48000000+0x01000000 overlaps in-use memory region',
    'INITRD: 0x48000000+0x01000000 is fine',
  ],
  'initrd-place': [
    'Kernel panic - not syncing: Cannot find place for new RAMDISK of size 37748736',
    'Allocated new RAMDISK: [mem 0x7c000000-0x7e3fffff]',
  ],
  'initrd-linear': [
    'initrd not fully accessible via the linear mapping -- please check your bootloader ...',
    'initrd is in the linear mapping',
  ],
  kaslr: ['Physical KASLR disabled: no suitable memory region!', "KASLR disabled: 'nokaslr' on cmdline."],
  'boot-address': ['Destination address too large', 'Destination address unreachable'],
  'boot-corrupt': ['XZ-compressed data is corrupt', 'XZ-compressed data follows'],
  'setup-data': [
    'Kernel panic - not syncing: Jailhouse: No valid setup data found',
    'Jailhouse: Restart not supported, halting',
  ],
  'setup-data-version': [
    'Kernel panic - not syncing: Jailhouse: Unsupported setup data structure',
    'Jailhouse: PM-Timer IO Port: 0x408',
  ],
  e801: [
    'BIOS-e801: [mem 0x0000000000000000-0x000000000009efff] usable',
    'BIOS-e820: [mem 0x0000000000000000-0x000000000009efff] usable',
  ],
  'alloc-low-pages': [
    'Kernel panic - not syncing: alloc_low_pages: can not alloc memory',
    'alloc_low_pages+0x1a0/0x2b0',
  ],
  'deadlocked-on-memory': [
    'Kernel panic - not syncing: System is deadlocked on memory',
    'Out of memory: Killed process 71 (sh)',
  ],
  'no-console': ['Warning: unable to open an initial console.', 'Console: switching to colour dummy device'],
  'init-not-executable': ['Failed to execute /init (error -8)', 'Run /init as init process'],
  'init-failed': [
    'Kernel panic - not syncing: Requested init /sbin/start failed (error -2).',
    'Run /sbin/start as init process',
  ],
  'no-init': [
    'Kernel panic - not syncing: No working init found.  Try passing init= option to kernel.',
    'No init= given',
  ],
  'init-ended': [
    'Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100',
    'Attempted to kill the idle task!',
  ],
  'no-root': [
    'VFS: Cannot open root device "sda1" or unknown-block(0,0): error -6',
    'VFS: Mounted root (ext4 filesystem) readonly on device 8:1.',
  ],
  'too-many-words': [
    "Kernel panic - not syncing: Too many boot env vars at `a33=1'",
    'Unknown kernel command line parameters "a33=1", will be passed to user space.',
  ],
  gic: [
    'GICv3: /interrupt-controller@8000000: unable to map gic dist registers',
    'GICv3: 224 SPIs implemented',
  ],
  'device-tree': [
    'Error: invalid device tree blob at physical address 0x0000000048000000 (virtual address 0xfffffbfffda00000)',
    'OF: fdt: Machine model: linux,dummy-virt',
  ],
  'cpu-boot': ['CPU1: failed to boot: -22', 'CPU1: Booted secondary processor 0x0000000001'],
  'cpu-method': ['/cpus/cpu@1: missing enable-method property', 'psci: probing for conduit method from DT.'],
};
