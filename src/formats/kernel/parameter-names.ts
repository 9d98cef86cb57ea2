import { nearest } from '../../base/text.ts';

/**
 * Parameters that Linux knows by themselves, not as a module's (Linux 6.1, Documentation/admin-guide/kernel-parameters.txt),
 * with underscores for dashes, as Linux compares them.
 */
const NAMES = `
  acpi acpi_apic_instance acpi_backlight acpi_enforce_resources acpi_force_32bit_fadt_addr
  acpi_force_table_verification acpi_irq_balance acpi_irq_isa acpi_irq_nobalance acpi_irq_pci acpi_mask_gpe
  acpi_no_auto_serialize acpi_no_memhotplug acpi_no_static_ssdt acpi_no_watchdog acpi_os_name acpi_osi
  acpi_pm_good acpi_rev_override acpi_rsdp acpi_sci acpi_skip_timer_override acpi_sleep
  acpi_use_timer_override acpica_no_return_repair add_efi_memmap agp align_va_addr alignment alloc_snapshot
  allow_mismatched_32bit_el0 amd_iommu amd_iommu_dump amd_iommu_intr amd_pstate apc apic apic_extnmi apm
  apparmor arcrimi ataflop atarimouse audit audit_backlog_limit autoconf bau baycom_epp baycom_par
  baycom_ser_fdx baycom_ser_hdx bert_disable bgrt_disable blkdevparts boot_delay bootconfig bulk_remove
  ca_keys cachesize carrier_timeout cca ccw_timeout_log cgroup_disable cgroup_no_v1 checkreqprot cio_ignore
  clearcpuid clk_ignore_unused clock clocksource cma cma_pernuma cmo_free_hint coherent_pool com20020
  com90io com90xx condev conmode console console_msg_format consoleblank coredump_filter cpcihp_generic
  cpu0_hotplug cpu_init_udelay crash_kexec_post_notifiers crashkernel cs89x0_dma cs89x0_media csdlock_debug
  dasd debug debug_boot_weak_hash debug_guardpage_minorder debug_locks_verbose debug_objects debug_pagealloc
  debugfs debugpat default_hugepagesz deferred_probe_timeout delayacct dfltcc dhash_entries dis_ucode_ldr
  disable disable_1tb_segments disable_cpu_apicid disable_ddw disable_ipv6 disable_mtrr_cleanup
  disable_mtrr_trim disable_radix disable_timer_pin_1 disable_tlbie dma_debug dma_debug_driver
  dma_debug_entries driver_async_probe dt_cpu_ftrs dump_apple_properties early_ioremap_debug early_page_ext
  earlycon earlyprintk edac_report edd efi efi_fake_mem efi_no_storage_paranoia efivar_ssdt eisa_irq_edge
  ekgdboc elanfreq elfcorehdr enable_mtrr_cleanup enable_timer_pin_1 enforcing erst_disable ether evm
  fail_make_request fail_page_alloc fail_usercopy failslab fb_tunnels floppy force_pal_cache_flush forcepae
  ftrace ftrace_boot_snapshot ftrace_filter ftrace_graph_filter ftrace_graph_max_depth ftrace_graph_notrace
  ftrace_notrace fw_devlink gamma gart_fix_e820 gather_data_sampling gcov_persist goldfish gpt
  hardened_usercopy hardlockup_all_cpu_backtrace hashdist hcl hd hest_disable hibernate highmem highres hlt
  hostname hpet hpet_mmap hugepages hugepagesz hugetlb_cma hugetlb_free_vmemmap hung_task_panic hv_nopvspin
  hvc_iucv hvc_iucv_allow i2c_bus i810 icn idle ieee754 ignore_loglevel ignore_rlimit_data ihash_entries
  ima_appraise ima_appraise_tcb ima_canonical_fmt ima_hash ima_policy ima_tcb ima_template ima_template_fmt
  indirect_target_selection init init_on_alloc init_on_free init_pkru initcall_blacklist initcall_debug
  initramfs_async initramfs_options initrd initrdmem int_pln_enable integrity_audit intel_iommu intel_pstate
  intremap io7 io_delay iomem iommu ip ipcmni_extend irqaffinity irqfixup irqpoll isapnp isolcpus iucv
  ivrs_acpihid ivrs_hpet ivrs_ioapic js kasan_multi_shot keep_bootcon keepinitrd kernelcore kgdbdbgp kgdboc
  kgdboc_earlycon kgdbwait kmac kmemleak kprobe_event kpti kvm_cma_resv_ratio l1d_flush l1tf l2cr l3cr lapic
  lapic_timer_c2_ok load_ramdisk lockdown log_buf_len loglevel lp lpj lsm ltpc machtype machvec max_addr
  max_loop maxcpus mce md mdacon mds mem mem_encrypt mem_sleep_default memblock memchunk memhp_default_state
  memmap memory_corruption_check memory_corruption_check_period memory_corruption_check_size memtest
  mfgpt_irq mfgptfix mga min_addr mini2440 mitigations mminit_loglevel mmio_stale_data module_blacklist
  movable_node movablecore mtdparts mtdset mtrr_chunk_size mtrr_gran_size mtrr_spare_reg_nr multitce netdev
  nfsaddrs nfsroot nfsrootdebug nmi_debug nmi_watchdog no387 no5lvl no_console_suspend no_debug_objects
  no_entry_flush no_file_caps no_hash_pointers no_kvmapf no_kvmclock no_scroll no_steal_acc no_timer_check
  no_uaccess_flush no_vmw_sched_clock noaliencache noalign noaltinstr noapic noautogroup nocache nodsp noefi
  noexec noexec32 nofpu nofsgsbase nofxsr nohalt nohibernate nohlt nohugeiomap nohugevmalloc nohz nohz_full
  noinitrd nointremap nointroute noinvpcid noiotrap noirqdebug noisapnp nojitter nokaslr nolapic
  nolapic_timer nomca nomce nomfgpt nomodeset nomodule nonmi_ipi nopat nopcid nopku nopti nopv nopvspin
  norandmaps noreplace_smp noresume nosbagart nosgx nosmap nosmep nosmp nosmt nosoftlockup
  nospec_store_bypass_disable nospectre_bhb nospectre_v1 nospectre_v2 nosync novmcoredd nowatchdog nowb
  nox2apic noxsave noxsaveopt noxsaves nps_mtm_hs_ctr nptcg nr_cpus nr_uarts numa numa_balancing
  numa_zonelist_order ohci1394_dma olpc_ec_timeout omap_mux oops page_owner page_poison panic panic_on_taint
  panic_on_warn panic_print parport parport_init_mode pause_on_oops pcbit pci pcie_aspm pcie_pme
  pcie_port_pm pcie_ports pcmv pd_ignore_unused pdcchassis percpu_alloc pirq plip pm_debug_messages pmtmr
  pmu_override pnp_reserve_dma pnp_reserve_io pnp_reserve_irq pnp_reserve_mem pnpacpi pnpbios ports
  powersave ppc_strict_facility_enable ppc_tm preempt print_fatal_signals profile prompt_ramdisk prot_virt
  psi pti quiet r128 radix_hcall_invalidate raid ramdisk_size ramdisk_start randomize_kstack_offset ras
  rcu_nocb_poll rdinit rdrand rdt reboot reg_file_data_sampling relax_domain_level reserve reservetop
  reset_devices resume resume_offset resumedelay resumewait retain_initrd retbleed rhash_entries ring3mwait
  ro rodata root rootdelay rootflags rootfstype rootwait rproc_mem rw s390_iommu s390_iommu_aperture
  sa1100ir sched_thermal_decay_shift sched_verbose schedstats security selinux serialnumber sev shapers
  show_lapic simeth simscsi skew_tick slab_max_order slab_merge slab_nomerge slram slub_max_order slub_merge
  slub_min_objects slub_min_order slub_nomerge smart2 smt softlockup_all_cpu_backtrace softlockup_panic
  spec_rstack_overflow spec_store_bypass_disable spectre_bhi spectre_v2 spectre_v2_user spia_fio_base
  spia_io_base spia_peddr spia_pedr split_lock_detect srbds ssbd stack_depot_disable stack_guard_gap
  stacktrace stacktrace_filter sti sti_font stifb stress_slb svm swiotlb switches sysrq_always_enabled
  tcpmhash_entries tdfx test_suspend thash_entries threadirqs topology topology_updates tp720 tp_printk
  tp_printk_stop_on_boot tpm_suspend_pcr trace_buf_size trace_clock trace_event trace_options
  traceoff_on_warning transparent_hugepage tsa tsc tsc_early_khz tsx tsx_async_abort udbg_immortal
  uhash_entries unknown_nmi_panic user_debug userpte vdso vdso32 vector vga video vmalloc vmcp_cma vmhalt
  vmpanic vmpoff vmscape vsyscall watchdog watchdog_thresh x2apic_phys xen_512gb_limit xen_emul_unplug
  xen_legacy_crash xen_msr_safe xen_no_vector_callback xen_nopv xen_nopvspin xen_scrub_pages xen_timer_slop
  xirc2ps_cs xive xmon
`;

const KNOWN = new Set(NAMES.trim().split(/\s+/));

/** Whether Linux takes the parameter for itself; what it does not, it hands to init. */
export const isKnownParameter = (name: string): boolean =>
  name.includes('.') || KNOWN.has(name.replaceAll('-', '_'));

/** What is often given to a cell's kernel; another word that looks like one of them is most likely a slip. */
const COMMON = `
  clocksource coherent_pool console earlycon earlyprintk hugepages hugepagesz ignore_loglevel initcall_debug iommu
  isolcpus loglevel maxcpus memmap mitigations nfsroot noapic nohz_full nokaslr nolapic nosmp nr_cpus panic quiet
  rcu_nocbs rdinit root rootdelay rootflags rootfstype rootwait selinux swiotlb
`
  .trim()
  .split(/\s+/);

/** Up to here a changed letter easily makes another word: `boot` is no slip of `root`. */
const SHORT = 4;

const lettersOf = (name: string): string => [...name.toLowerCase()].toSorted().join('');

/** The common parameter that an unknown one is a slip of the pen of: `consle` is `console`; `null` if of none. */
export function misspeltParameter(name: string): string | null {
  if (isKnownParameter(name)) return null;
  const word = name.replaceAll('-', '_');
  const meant = nearest(word, COMMON, 1);
  if (meant === undefined) return null;
  const isReplaced = word.length === meant.length && lettersOf(word) !== lettersOf(meant);
  return meant.length <= SHORT && isReplaced ? null : meant;
}
