import type { FindingCode } from '../base/codes.ts';
import type { Call } from './kind.ts';

/** A place of the hypervisor that gives up, as a build with CONFIG_TRACE_ERROR prints it. */
interface Place {
  /** The end of its path. */
  file: string;
  /** The function. */
  place: string;
  errno: string;
  /** The calls that end in this errno because of it. */
  fails: readonly Call[];
  /** What failed; of several lines, each. */
  meaning: string | readonly string[];
  fix: string;
  rules: readonly FindingCode[];
  /** Its line, or lines, from that release on. */
  lines: Readonly<Record<string, readonly number[]>>;
}

/** Lines of each release since 0.6, and of its development branch after 0.12. */
const PLACES: readonly Place[] = [
  {
    file: 'control.c',
    place: 'cell_init',
    errno: 'EINVAL',
    fails: ['CELL_CREATE', 'ENABLE'],
    meaning: 'the set of CPUs has more than 4096 bytes',
    fix: 'correct cpu_set_size: the config is damaged, or of another layout',
    rules: ['cell/value', 'cell/layout'],
    lines: { '0.6': [174], '0.8': [187], '0.9': [188], '0.10': [246], master: [250] },
  },
  {
    file: 'control.c',
    place: 'cell_create',
    errno: 'E2BIG',
    fails: ['CELL_CREATE'],
    meaning: 'the config is larger than 64 KiB',
    fix: 'leave devices, capabilities and memory regions out of the config',
    rules: [],
    lines: { '0.6': [371], '0.8': [384], '0.9': [388], '0.10': [447], '0.12': [449], master: [453] },
  },
  {
    file: 'control.c',
    place: 'cell_create',
    errno: 'EBUSY',
    fails: ['CELL_CREATE'],
    meaning: [
      'the command runs on a CPU that the cell is to get',
      'a CPU of the cell does not belong to the root cell: another cell has it, or the system config lacks it',
    ],
    fix: 'give the cell CPUs that `jailhouse cell list` shows for the root cell',
    rules: ['cell/cpu-shared', 'cell/cpus-outside-root'],
    lines: {
      '0.6': [398, 405],
      '0.8': [411, 418],
      '0.9': [415, 422],
      '0.10': [474, 481],
      '0.12': [476, 483],
      master: [480, 487],
    },
  },
  {
    file: 'control.c',
    place: 'hypercall',
    errno: 'EPERM',
    fails: [],
    meaning:
      'the guest writes to the console of the hypervisor, which its cell is not allowed; harmless, one line for each character',
    fix: 'flag the cell VIRTUAL_CONSOLE_PERMITTED, or take console=jailhouse off its command line',
    rules: ['kernel/hypervisor-console'],
    lines: { '0.9': [890], '0.10': [956], '0.11': [958], '0.12': [962], master: [966] },
  },
  {
    file: 'setup.c',
    place: 'init_late',
    errno: 'EINVAL',
    fails: ['ENABLE'],
    meaning: 'the CPUs that are online are not exactly those of the system config',
    fix: 'compare `cpus` of the system config with /sys/devices/system/cpu/online (SMT, nosmt, maxcpus=, CPUs switched off)',
    rules: [],
    lines: { '0.6': [142], '0.7': [156], '0.9': [142], '0.10': [173], '0.12': [174] },
  },
  {
    file: 'paging.c',
    place: 'paging_init',
    errno: 'EINVAL',
    fails: ['ENABLE'],
    meaning: "the debug console is mapped over the hypervisor's own area",
    fix: 'correct debug_console.address and debug_console.size of the system config',
    rules: [],
    lines: {
      '0.6': [603],
      '0.8': [602],
      '0.9': [606],
      '0.10': [675],
      '0.11': [677],
      '0.12': [692],
      master: [702],
    },
  },
  {
    file: 'paging.c',
    place: 'paging_create_hvpt_link',
    errno: 'EINVAL',
    fails: ['ENABLE'],
    meaning: 'the memory of the hypervisor or its console is not mapped as expected',
    fix: 'compare hypervisor_memory and debug_console of the system config with the machine',
    rules: [],
    lines: { '0.10': [528], '0.11': [530], '0.12': [544], master: [554] },
  },
  {
    file: 'ivshmem.c',
    place: 'ivshmem_init',
    errno: 'EINVAL',
    fails: ['ENABLE', 'CELL_CREATE'],
    meaning: [
      'an ivshmem device names a memory region that the config does not have',
      'the other end of the link has another memory region, size or protocol',
    ],
    fix: 'compare shmem_regions_start, shmem_dev_id, shmem_peers and the memory regions of the ivshmem device on both sides',
    rules: ['cell/shmem-sections', 'cell/shmem-dev-id', 'cell/shmem-memory', 'cell/shmem-protocol'],
    lines: { '0.6': [330, 351] },
  },
  {
    file: 'ivshmem.c',
    place: 'ivshmem_init',
    errno: 'EINVAL',
    fails: ['ENABLE', 'CELL_CREATE'],
    meaning: [
      'the memory regions of an ivshmem device (its first, two more, and one for each peer) go beyond the table, or it has more than 16 vectors',
      'shmem_dev_id is 12 or more',
    ],
    fix: 'compare shmem_regions_start, shmem_dev_id, shmem_peers and the memory regions of the ivshmem device on both sides',
    rules: ['cell/shmem-sections', 'cell/shmem-dev-id', 'cell/shmem-memory', 'cell/shmem-protocol'],
    lines: { '0.12': [407, 415], master: [413, 421] },
  },
  {
    file: 'ivshmem.c',
    place: 'ivshmem_init',
    errno: 'EBUSY',
    fails: ['ENABLE', 'CELL_CREATE'],
    meaning:
      'the place of the ivshmem device on its link is taken: from 0.12 on, by one with the same shmem_dev_id; before, there are two devices already',
    fix: 'compare shmem_regions_start, shmem_dev_id, shmem_peers and the memory regions of the ivshmem device on both sides',
    rules: ['cell/shmem-same-dev-id', 'cell/shmem-crowd'],
    lines: { '0.6': [341], '0.12': [419], master: [425] },
  },
  {
    file: 'arch/x86/apic.c',
    place: 'apic_cpu_init',
    errno: 'ERANGE',
    fails: ['ENABLE'],
    meaning: 'a CPU has an APIC id above 254, or one that Jailhouse does not know',
    fix: 'this is the processor or the firmware, not the config: compare `jailhouse hardware check`; in a virtual machine, give the guest what its host has',
    rules: [],
    lines: { '0.6': [142], '0.10': [145], master: [155] },
  },
  {
    file: 'arch/x86/apic.c',
    place: 'apic_cpu_init',
    errno: 'EBUSY',
    fails: ['ENABLE'],
    meaning: 'two CPUs have the same APIC id',
    fix: 'this is the processor or the firmware, not the config: compare `jailhouse hardware check`; in a virtual machine, give the guest what its host has',
    rules: [],
    lines: { '0.6': [144], '0.10': [147], master: [157] },
  },
  {
    file: 'arch/x86/apic.c',
    place: 'apic_cpu_init',
    errno: 'EIO',
    fails: ['ENABLE'],
    meaning:
      'the APIC is not in the mode that Jailhouse expects (more than 8 CPUs without x2APIC, or a virtual machine)',
    fix: 'switch on x2APIC in the firmware and leave nox2apic off the command line of the root',
    rules: [],
    lines: { '0.6': [150], '0.10': [153], master: [163] },
  },
  {
    file: 'arch/x86/apic.c',
    place: 'apic_init',
    errno: 'EIO',
    fails: ['ENABLE'],
    meaning: 'the APIC is off',
    fix: 'take nolapic off the command line of the root',
    rules: [],
    lines: { '0.6': [202], '0.10': [205], master: [215] },
  },
  {
    file: 'arch/x86/cat.c',
    place: 'cat_cell_init',
    errno: 'EBUSY',
    fails: ['CELL_CREATE'],
    meaning: 'there is no class of service left for the cache of another cell',
    fix: 'give fewer cells cache regions',
    rules: [],
    lines: { '0.6': [166], '0.9': [151], master: [152] },
  },
  {
    file: 'arch/x86/cat.c',
    place: 'cat_cell_init',
    errno: 'EINVAL',
    fails: ['CELL_CREATE'],
    meaning: [
      'a cache region is not of L3, is empty, or beyond the cache',
      'the cache regions of the cells leave the root cell nothing',
    ],
    fix: 'correct cache_regions of the cell: start and size count ways of the L3 cache',
    rules: [],
    lines: { '0.6': [174, 183], '0.9': [159, 168], master: [161, 170] },
  },
  {
    file: 'arch/x86/ioapic.c',
    place: 'ioapic_get_or_add_phys',
    errno: 'ERANGE',
    fails: ['ENABLE', 'CELL_CREATE'],
    meaning: 'the machine has more IOAPICs than Jailhouse can hold',
    fix: 'leave irqchips that no cell uses out of the system config',
    rules: [],
    lines: { '0.6': [239], '0.8': [233], '0.9': [226], '0.11': [210], '0.12': [213], master: [214] },
  },
  {
    file: 'arch/x86/ioapic.c',
    place: 'ioapic_get_or_add_phys',
    errno: 'EIO',
    fails: ['ENABLE', 'CELL_CREATE'],
    meaning: 'there is not an IOAPIC at the address of an irqchip',
    fix: 'correct the address of the irqchip',
    rules: ['cell/irqchip-unknown'],
    lines: { '0.6': [248], '0.8': [242], '0.9': [235], '0.11': [219], '0.12': [222], master: [223] },
  },
  {
    file: 'arch/x86/ioapic.c',
    place: 'ioapic_cell_init',
    errno: 'ERANGE',
    fails: ['ENABLE', 'CELL_CREATE'],
    meaning: 'the cell has more irqchips than Jailhouse can hold',
    fix: 'leave irqchips that the cell does not use out of its config',
    rules: [],
    lines: { '0.6': [360], '0.8': [356], '0.9': [351], '0.11': [335], '0.12': [338], master: [339] },
  },
  {
    file: 'arch/x86/ioapic.c',
    place: 'ioapic_cell_init',
    errno: 'EINVAL',
    fails: ['ENABLE', 'CELL_CREATE'],
    meaning: 'pin_base of an irqchip is not 0',
    fix: 'set pin_base of the irqchip to 0',
    rules: [],
    lines: { '0.6': [374], '0.8': [370], '0.9': [365], '0.11': [349], '0.12': [352], master: [353] },
  },
  {
    file: 'arch/x86/svm.c',
    place: 'svm_check_features',
    errno: 'ENODEV',
    fails: ['ENABLE'],
    meaning: 'the processor has no SVM',
    fix: 'this is the processor or the firmware, not the config: compare `jailhouse hardware check`; in a virtual machine, give the guest what its host has',
    rules: [],
    lines: { '0.6': [104], '0.11': [99] },
  },
  {
    file: 'arch/x86/svm.c',
    place: 'svm_check_features',
    errno: 'EIO',
    fails: ['ENABLE'],
    meaning: 'the processor has no nested paging',
    fix: 'this is the processor or the firmware, not the config: compare `jailhouse hardware check`; in a virtual machine, give the guest what its host has',
    rules: [],
    lines: { '0.6': [108], '0.11': [103] },
  },
  {
    file: 'arch/x86/svm.c',
    place: 'vcpu_vendor_early_init',
    errno: 'EPERM',
    fails: ['ENABLE'],
    meaning: 'the firmware has switched SVM off',
    fix: 'switch on SVM (AMD-V) in the firmware',
    rules: [],
    lines: { '0.6': [288], '0.9': [293], '0.10': [292], '0.11': [287] },
  },
  {
    file: 'arch/x86/svm.c',
    place: 'vcpu_init',
    errno: 'EBUSY',
    fails: ['ENABLE'],
    meaning: 'SVM is in use',
    fix: 'unload KVM and other hypervisors (kvm_intel, kvm_amd, VirtualBox) in the root before `jailhouse enable`',
    rules: [],
    lines: { '0.6': [414], '0.9': [419], '0.10': [418], '0.11': [413], '0.12': [400] },
  },
  {
    file: 'arch/x86/svm.c',
    place: 'vcpu_init',
    errno: 'EIO',
    fails: ['ENABLE'],
    meaning: 'Linux uses bits of CR0 that Jailhouse does not know',
    fix: 'this is the processor or the firmware, not the config: compare `jailhouse hardware check`; in a virtual machine, give the guest what its host has',
    rules: [],
    lines: { '0.6': [433], '0.9': [438], '0.10': [437], '0.11': [432], '0.12': [419] },
  },
  {
    file: 'arch/x86/vmx.c',
    place: 'vmx_check_features',
    errno: 'ENODEV',
    fails: ['ENABLE'],
    meaning: 'the processor has no VMX',
    fix: 'this is the processor or the firmware, not the config: compare `jailhouse hardware check`; in a virtual machine, give the guest what its host has',
    rules: [],
    lines: { '0.6': [197], '0.10': [199] },
  },
  {
    file: 'arch/x86/vmx.c',
    place: 'vmx_check_features',
    errno: 'EIO',
    fails: ['ENABLE'],
    meaning: [
      'VMX lacks the controls that Jailhouse needs',
      'VMX cannot intercept NMIs, or has no preemption timer',
      'VMX has no bitmaps for ports or MSRs',
      'VMX cannot leave CR3 to the guest',
      'VMX has no EPT, unrestricted guest or APIC access pages',
      'the processor has RDTSCP, INVPCID, XSAVES or WAITPKG, but VMX does not let guests use it',
      'VMX cannot save and load PAT and EFER',
      'VMX cannot leave a CPU halted',
      'VMX does not allow the CR0 that guests need',
      'VMX does not allow the CR4 that guests need',
    ],
    fix: 'in a virtual machine, give the guest all of VMX, or hide the feature (QEMU: -cpu host,-xsaves); on hardware, update the firmware or Jailhouse',
    rules: [],
    lines: {
      '0.6': [207, 213, 220, 226, 236, 246, 257, 261, 278, 284],
      '0.10': [209, 215, 222, 228, 238, 248, 259, 263, 280, 286],
      master: [209, 215, 222, 228, 238, 251, 262, 266, 283, 289],
    },
  },
  {
    file: 'arch/x86/vmx.c',
    place: 'vcpu_init',
    errno: 'EBUSY',
    fails: ['ENABLE'],
    meaning: 'VMX is in use',
    fix: 'unload KVM and other hypervisors (kvm_intel, kvm_amd, VirtualBox) in the root before `jailhouse enable`',
    rules: [],
    lines: { '0.6': [632], '0.10': [634], '0.12': [620], master: [623] },
  },
  {
    file: 'arch/x86/vmx.c',
    place: 'vcpu_init',
    errno: 'ENODEV',
    fails: ['ENABLE'],
    meaning: 'the firmware has locked VMX off',
    fix: 'switch on VT-x in the firmware, then switch the machine off and on',
    rules: [],
    lines: { '0.6': [651], '0.10': [653], '0.12': [639], master: [642] },
  },
  {
    file: 'arch/x86/vmx.c',
    place: 'vcpu_init',
    errno: 'EIO',
    fails: ['ENABLE'],
    meaning: [
      'Linux uses bits of CR0 or CR4 that Jailhouse does not know: the processor or the kernel is newer',
      'VMXON failed',
      'the VMCS cannot be loaded',
    ],
    fix: 'update Jailhouse, or use an older root kernel; in a virtual machine, update the hypervisor of its host',
    rules: [],
    lines: {
      '0.6': [666, 680, 688],
      '0.10': [668, 682, 688],
      '0.12': [654, 668, 674],
      master: [657, 671, 677],
    },
  },
  {
    file: 'arch/x86/vtd.c',
    place: 'vtd_init',
    errno: 'EINVAL',
    fails: ['ENABLE'],
    meaning: [
      'interrupt_limit is above 32768',
      'the system config has no IOMMU unit',
      'the first IOMMU unit of the system config is not of Intel',
    ],
    fix: 'compare iommu_units of the system config with the machine (`jailhouse config create` on it writes them)',
    rules: [],
    lines: {
      '0.9': [999, 1010],
      '0.10': [1001, 1012],
      '0.11': [1004, 1015],
      '0.12': [1009, 1020, 1033],
      master: [1000, 1011, 1024],
    },
  },
  {
    file: 'arch/x86/vtd.c',
    place: 'vtd_init',
    errno: 'ENOMEM',
    fails: ['ENABLE'],
    meaning: 'there is no room to map the registers of the IOMMU',
    fix: 'give hypervisor_memory more',
    rules: [],
    lines: { '0.9': [1014], '0.10': [1016], '0.11': [1019], '0.12': [1024], master: [1015] },
  },
  {
    file: 'arch/x86/vtd.c',
    place: 'vtd_init',
    errno: 'EIO',
    fails: ['ENABLE'],
    meaning: [
      'there is no IOMMU at the address of the config',
      'the IOMMU has neither 3 nor 4 levels of page tables',
      'the IOMMUs differ in their page tables',
      'the IOMMU lacks queued invalidation or interrupt remapping',
      'Linux uses interrupt remapping on some IOMMUs only',
    ],
    fix: 'compare iommu_units of the system config with the machine (`jailhouse config create` on it writes them)',
    rules: [],
    lines: {
      '0.9': [1034, 1044, 1048, 1054, 1066],
      '0.10': [1036, 1046, 1050, 1056, 1068],
      '0.11': [1039, 1049, 1053, 1059, 1071],
      '0.12': [1046, 1056, 1060, 1066, 1078],
      master: [1037, 1047, 1051, 1057, 1069],
    },
  },
  {
    file: 'arch/x86/vtd.c',
    place: 'vtd_init',
    errno: 'EBUSY',
    fails: ['ENABLE'],
    meaning: 'Linux uses the IOMMU for DMA',
    fix: 'put intel_iommu=off on the command line of the root; interrupt remapping may stay on',
    rules: [],
    lines: { '0.9': [1060], '0.10': [1062], '0.11': [1065], '0.12': [1072], master: [1063] },
  },
  {
    file: 'arch/x86/vtd.c',
    place: 'vtd_init_ir_emulation',
    errno: 'EIO',
    fails: ['ENABLE'],
    meaning: 'Linux uses the IOMMU in a mode that Jailhouse does not emulate',
    fix: 'put intel_iommu=sm_off, or intel_iommu=off, on the command line of the root',
    rules: [],
    lines: { '0.6': [582], '0.9': [978], '0.10': [980], '0.11': [983], '0.12': [988], master: [979] },
  },
  {
    file: 'arch/x86/vtd.c',
    place: 'vtd_reserve_int_remap_region',
    errno: 'E2BIG',
    fails: ['ENABLE', 'CELL_CREATE'],
    meaning: 'the table for interrupt remapping is full',
    fix: 'raise interrupt_limit of the system config; give the irqchips of a cell the address and id that the system config has for them, so that their pins take no new entries',
    rules: ['cell/irqchip-unknown', 'cell/pci-interrupts'],
    lines: { '0.6': [770], '0.9': [629], '0.10': [631], '0.11': [634], '0.12': [635] },
  },
  {
    file: 'arch/x86/vtd.c',
    place: 'vtd_cell_init',
    errno: 'ERANGE',
    fails: ['CELL_CREATE'],
    meaning: 'there are more cells than the IOMMU can hold',
    fix: 'destroy a cell first',
    rules: [],
    lines: { '0.9': [722], '0.10': [724], '0.11': [727], '0.12': [728] },
  },
  {
    file: 'arch/x86/vtd.c',
    place: 'iommu_map_memory_region',
    errno: 'E2BIG',
    fails: ['ENABLE', 'CELL_CREATE'],
    meaning: 'a region with DMA has a guest address that the IOMMU cannot reach',
    fix: 'move the region to lower guest addresses, or take DMA off it',
    rules: [],
    lines: { '0.6': [892], '0.9': [753], '0.10': [755], '0.11': [758], '0.12': [760] },
  },
  {
    file: 'arch/x86/amd_iommu.c',
    place: 'amd_iommu_init_pci',
    errno: 'EINVAL',
    fails: ['ENABLE'],
    meaning: 'the size of an IOMMU unit is not a power of two',
    fix: 'compare iommu_units of the system config with the machine (`jailhouse config create` on it writes them)',
    rules: [],
    lines: { '0.6': [172], '0.9': [638], '0.10': [637] },
  },
  {
    file: 'arch/x86/amd_iommu.c',
    place: 'amd_iommu_init_pci',
    errno: 'EIO',
    fails: ['ENABLE'],
    meaning: 'the IOMMU lacks its extended features',
    fix: 'this is the processor or the firmware, not the config: compare `jailhouse hardware check`; in a virtual machine, give the guest what its host has',
    rules: [],
    lines: { '0.6': [177], '0.9': [643], '0.10': [642] },
  },
  {
    file: 'arch/x86/amd_iommu.c',
    place: 'amd_iommu_init_pci',
    errno: 'EPERM',
    fails: ['ENABLE'],
    meaning: 'the firmware has locked the address of the IOMMU',
    fix: 'look for settings of the IOMMU in the firmware',
    rules: [],
    lines: { '0.6': [188], '0.9': [654], '0.10': [653] },
  },
  {
    file: 'arch/x86/amd_iommu.c',
    place: 'amd_iommu_init',
    errno: 'EINVAL',
    fails: ['ENABLE'],
    meaning: 'the first IOMMU unit of the system config is not of AMD',
    fix: 'compare iommu_units of the system config with the machine (`jailhouse config create` on it writes them)',
    rules: [],
    lines: { '0.9': [792], '0.10': [791], '0.12': [786] },
  },
  {
    file: 'arch/x86/amd_iommu.c',
    place: 'iommu_add_pci_device',
    errno: 'ERANGE',
    fails: ['ENABLE', 'CELL_CREATE'],
    meaning: 'a PCI device has an iommu of 8 or more',
    fix: 'correct iommu of the devices',
    rules: ['cell/iommu-unit'],
    lines: { '0.6': [517], '0.9': [320] },
  },
  {
    file: 'arch/x86/amd_iommu.c',
    place: 'iommu_map_memory_region',
    errno: 'E2BIG',
    fails: ['ENABLE', 'CELL_CREATE'],
    meaning: 'a region with DMA has a guest address above 48 bits',
    fix: 'move the region to lower guest addresses, or take DMA off it',
    rules: [],
    lines: { '0.6': [416], '0.9': [219] },
  },
  {
    file: 'arch/x86/setup.c',
    place: 'arch_cpu_init',
    errno: 'EINVAL',
    fails: ['ENABLE'],
    meaning: 'the root kernel keeps its task state where Jailhouse does not look: it is newer',
    fix: 'update Jailhouse, or use an older root kernel',
    rules: [],
    lines: { '0.8': [133], '0.9': [130], master: [129] },
  },
  {
    file: 'arch/x86/test-device.c',
    place: 'testdev_cell_init',
    errno: 'EINVAL',
    fails: ['CELL_CREATE'],
    meaning: 'the cell has the flag TEST_DEVICE, but no place for the page of that device',
    fix: 'take the flag off: it is for tests of Jailhouse',
    rules: [],
    lines: { '0.9': [84], '0.11': [85] },
  },
  {
    file: 'arch/arm-common/irqchip.c',
    place: 'irqchip_cell_init',
    errno: 'EINVAL',
    fails: ['ENABLE', 'CELL_CREATE'],
    meaning: 'pin_base of an irqchip is not a multiple of 32, or its pins go beyond 1024',
    fix: 'correct pin_base of the irqchip: the number of its first interrupt, 32 for the first shared one',
    rules: ['cell/vpci-pin'],
    lines: { '0.6': [392], '0.8': [375], '0.9': [409], '0.12': [423], master: [427] },
  },
  {
    file: 'arch/arm-common/irqchip.c',
    place: 'irqchip_cpu_init',
    errno: 'EINVAL',
    fails: ['ENABLE'],
    meaning: 'gic_version of the system config is neither 2 nor 3',
    fix: 'set gic_version of the system config',
    rules: [],
    lines: { '0.9': [325], '0.10': [324], '0.12': [333], master: [337] },
  },
  {
    file: 'arch/arm-common/gic-v2.c',
    place: 'gicv2_init',
    errno: 'ENODEV',
    fails: ['ENABLE'],
    meaning: 'there is not a GICv2 at gicd_base of the system config',
    fix: 'compare gic_version, gicd_base, gicc_base and gicr_base of the system config with the interrupt controller in the device tree of the root',
    rules: [],
    lines: { '0.8': [53], master: [54] },
  },
  {
    file: 'arch/arm-common/gic-v2.c',
    place: 'gicv2_cpu_init',
    errno: 'EINVAL',
    fails: ['ENABLE'],
    meaning: 'a CPU has a number above 7, which a GICv2 does not have',
    fix: 'correct `cpus` of the system config, and gic_version',
    rules: [],
    lines: { '0.10': [158], '0.11': [159], master: [117] },
  },
  {
    file: 'arch/arm-common/gic-v2.c',
    place: 'gicv2_cpu_init',
    errno: 'ENODEV',
    fails: ['ENABLE'],
    meaning: 'a CPU has no interface of the interrupt controller at gicc_base',
    fix: 'compare gic_version, gicd_base, gicc_base and gicr_base of the system config with the interrupt controller in the device tree of the root',
    rules: [],
    lines: { '0.10': [164], '0.11': [165], master: [123] },
  },
  {
    file: 'arch/arm-common/gic-v3.c',
    place: 'gicv3_init',
    errno: 'ENODEV',
    fails: ['ENABLE'],
    meaning: 'there is not a GICv3 at gicd_base of the system config',
    fix: 'compare gic_version, gicd_base, gicc_base and gicr_base of the system config with the interrupt controller in the device tree of the root',
    rules: [],
    lines: { '0.10': [126], '0.12': [132], master: [133] },
  },
  {
    file: 'arch/arm-common/gic-v3.c',
    place: 'gicv3_init',
    errno: 'EIO',
    fails: ['ENABLE'],
    meaning: 'the GICv3 runs in its GICv2 mode',
    fix: 'the firmware must switch on affinity routing; or set gic_version to 2 with the addresses of a GICv2',
    rules: [],
    lines: { '0.8': [118], '0.9': [119], '0.10': [130], '0.12': [136], master: [137] },
  },
  {
    file: 'arch/arm-common/gic-v3.c',
    place: 'gicv3_cpu_init',
    errno: 'EIO',
    fails: ['ENABLE'],
    meaning: 'a CPU has a number in its cluster (Aff0) of 16 or more',
    fix: 'this is the processor or the firmware, not the config: compare `jailhouse hardware check`; in a virtual machine, give the guest what its host has',
    rules: [],
    lines: { '0.8': [216], '0.9': [221], '0.10': [236], '0.11': [239], '0.12': [245], master: [246] },
  },
  {
    file: 'arch/arm-common/mmu_cell.c',
    place: 'arm_paging_cell_init',
    errno: 'E2BIG',
    fails: ['CELL_CREATE'],
    meaning: 'there are more than 256 cells',
    fix: 'destroy a cell first',
    rules: [],
    lines: { '0.6': [96], '0.10': [94], '0.12': [114] },
  },
  {
    file: 'arch/arm-common/smccc.c',
    place: 'smccc_discover',
    errno: 'EIO',
    fails: ['ENABLE'],
    meaning: 'the firmware offers SDEI on some CPUs only, or with a PSCI below 1.0',
    fix: 'this is the processor or the firmware, not the config: compare `jailhouse hardware check`; in a virtual machine, give the guest what its host has',
    rules: [],
    lines: { master: [37, 42, 49] },
  },
  {
    file: 'arch/arm64/setup.c',
    place: 'arch_cpu_init',
    errno: 'EIO',
    fails: ['ENABLE'],
    meaning: [
      'the firmware refused to register the SDEI event',
      'the firmware refused to enable the SDEI event',
      'the firmware refused to unmask SDEI',
    ],
    fix: 'use firmware (TF-A) whose SDEI works, or one without it',
    rules: [],
    lines: { master: [70, 73, 76] },
  },
  {
    file: 'arch/arm64/mmio.c',
    place: 'arch_inject_dabt',
    errno: 'EINVAL',
    fails: [],
    meaning:
      'the guest used emulated memory in a way that cannot be emulated: page tables in it, or a cache operation; its CPU repeats that for ever',
    fix: 'align phys_start, virt_start and size of the memory regions to 4 KiB',
    rules: ['cell/alignment'],
    lines: { '0.6': [35], '0.9': [29], master: [38] },
  },
  {
    file: 'arch/arm64/smmu.c',
    place: 'arm_smmu_device_cfg_probe',
    errno: 'EIO',
    fails: ['ENABLE'],
    meaning: 'the SMMU is not a version 2, has no stage 2, or addresses less than the CPU',
    fix: 'compare iommu_units of the system config with the SMMU in the device tree of the root',
    rules: [],
    lines: { master: [304, 314, 357, 359, 361] },
  },
  {
    file: 'arch/arm64/smmu.c',
    place: 'arm_smmu_device_cfg_probe',
    errno: 'EBUSY',
    fails: ['ENABLE'],
    meaning: 'Linux uses the SMMU',
    fix: 'switch off the driver of the SMMU in the root (iommu.passthrough=1, arm-smmu.disable_bypass=n)',
    rules: ['root/kernel'],
    lines: { master: [308] },
  },
  {
    file: 'arch/arm64/smmu.c',
    place: 'arm_smmu_device_cfg_probe',
    errno: 'ENODEV',
    fails: ['ENABLE'],
    meaning: 'the SMMU has not the registers that it reports: its address is wrong',
    fix: 'compare iommu_units of the system config with the SMMU in the device tree of the root',
    rules: [],
    lines: { master: [321, 349] },
  },
  {
    file: 'arch/arm64/smmu.c',
    place: 'arm_smmu_cell_init',
    errno: 'ret',
    fails: ['ENABLE', 'CELL_CREATE'],
    meaning: 'a stream id of the cell overlaps one of another cell, or the SMMU has no group left',
    fix: 'correct stream_ids of the cell',
    rules: [],
    lines: { master: [435] },
  },
  {
    file: 'arch/arm64/smmu-v3.c',
    place: 'arm_smmu_device_init_features',
    errno: 'ENODEV',
    fails: ['ENABLE'],
    meaning: 'the SMMUv3 has no stage 2, tables that cannot be changed, or no queue for commands',
    fix: 'compare iommu_units of the system config with the SMMU in the device tree of the root',
    rules: [],
    lines: { '0.12': [890, 901, 907], master: [892, 903, 909] },
  },
];

/** What failed at a place. */
export interface Failure {
  place: string;
  meaning: string;
  fix: string;
  rules: readonly FindingCode[];
  fails: readonly Call[];
}

const RELEASES = ['0.6', '0.7', '0.8', '0.9', '0.9.1', '0.10', '0.11', '0.12', 'master'];

/** The lines of a place in a release; undefined: it is not in it yet. */
function linesIn({ lines }: Place, release: string): readonly number[] | undefined {
  const at = RELEASES.indexOf(release);
  const since = RELEASES.slice(0, at + 1).findLast((each) => each in lines);
  return since === undefined ? undefined : lines[since];
}

/** The release that a text of the hypervisor names, `v0.12 (12-g0ad2b8c)`: one between two is nearer to the next. */
function releasesOf(release: string | null): readonly string[] {
  const named = /^v?(\d+\.\d+(?:\.\d+)?)/.exec(release ?? '')?.[1];
  const known = RELEASES.filter((each) => each === named);
  return known.length > 0 && !/[-(+]/.test(release ?? '') ? known : RELEASES.toReversed();
}

/** Lines that a patch or two may have moved a place by. */
const NEAR = 12;

/**
 * What failed where the hypervisor printed `FILE:LINE: returning error -ERRNO`; `null`: it is not known.
 *
 * @param errno `null`: it is cut off
 * @param release as the hypervisor names it; `null`: it is not known
 */
export function decodeTrace(
  file: string,
  line: number,
  errno: string | null,
  release: string | null,
): Failure | null {
  const places = PLACES.filter(
    (each) => `/${file}`.endsWith(`/${each.file}`) || isSameFile(file, each.file),
  ).filter((each) => errno === null || each.errno === errno);
  let best: { distance: number; failure: Failure } | null = null;
  for (const each of releasesOf(release)) {
    for (const place of places) {
      for (const [index, at] of (linesIn(place, each) ?? []).entries()) {
        const distance = Math.abs(at - line);
        if (distance > NEAR || (best !== null && best.distance <= distance)) continue;
        best = { distance, failure: failureAt(place, index) };
      }
    }
  }
  if (best !== null) return best.failure;
  return places.length === 1 && typeof places[0]!.meaning === 'string' ? failureAt(places[0]!, 0) : null;
}

/** Builds print `arch/arm64/../arm-common/gic-v3.c`. */
const isSameFile = (file: string, known: string): boolean =>
  `/${file.replaceAll(/[\w-]{1,32}\/\.\.\//g, '')}`.endsWith(`/${known}`);

const failureAt = ({ place, meaning, fix, rules, fails }: Place, index: number): Failure => ({
  place,
  meaning: typeof meaning === 'string' ? meaning : meaning[Math.min(index, meaning.length - 1)]!,
  fix,
  rules,
  fails,
});
