/* CPUs: from QEMU's CPU 0 to the cell's first one, and each into the guest. */
#include "monitor.h"

struct cpu cpus[BOX_CPUS];

/*
 * AArch64 at EL1 (RW), ACTLR_EL1 (TAC) and SMC (TSC) trapped, stage 2 on (VM). IMO, FMO and AMO are clear: physical
 * interrupts go straight to EL1, where the guest has QEMU's GIC itself; no virtual interrupts are needed.
 */
#define HCR		(1UL << 31 | 1 << 21 | 1 << 19 | 1 << 0)
/* EL1 may use the physical timer and counter (EL1PCEN, EL1PCTEN). */
#define CNTHCT		3
/* No traps of floating point (TFP, bit 10); the other bits are RES1. */
#define CPTR		0x33ff
/* After a reset: little-endian, MMU and caches off; the RES1 bits. */
#define SCTLR_EL1	0x30d00800
#define MPIDR_RES1	(1UL << 31)

u64 qemu_affinity(const struct cpu *cpu)
{
	u32 cluster = blob->gic_version == 2 ? 8 : 16;
	u32 index = cpu->config->qemu;

	return index / cluster << 8 | index % cluster;
}

_Noreturn void start_cell(void)
{
	open_console();
	if (blob->magic != BOX_MAGIC || blob->version != BOX_VERSION || blob->size != sizeof(struct box_blob) ||
	    blob->architecture != BOX_ARM64) {
		print("box: error: the blob is not of this monitor\n");
		power_off();
	}
	build_stage2();
	fill_comm_region();
	for (u32 n = 0; n < blob->num_cpus; n++)
		cpus[n].config = &blob->cpus[n];
	cpus[0].entry = blob->reset_address;
	cpus[0].context = blob->entry_x0;
	print("box: ready\n");

	if (cpus[0].config->qemu == 0)
		run_cpu(&cpus[0]);
	smc(PSCI_CPU_ON, qemu_affinity(&cpus[0]), (u64)secondary_start, (u64)&cpus[0]);
	smc(PSCI_CPU_OFF, 0, 0, 0);
	handle_own_fault();
}

_Noreturn void run_cpu(struct cpu *cpu)
{
	write_sysreg(tpidr_el2, cpu);
	enable_stage2();
	enable_gic();
	write_sysreg(hcr_el2, HCR);
	write_sysreg(cnthctl_el2, CNTHCT);
	write_sysreg(cntvoff_el2, 0);
	write_sysreg(cptr_el2, CPTR);
	write_sysreg(vpidr_el2, read_sysreg(midr_el1));
	write_sysreg(vmpidr_el2, MPIDR_RES1 | cpu->config->mpidr);
	write_sysreg(sctlr_el1, SCTLR_EL1);
	asm volatile("tlbi vmalls12e1; dsb sy; isb");
	enter_guest(cpu->entry, cpu->context);
}
