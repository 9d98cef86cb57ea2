/*
 * SMC: PSCI 1.1 and SMCCC 1.1 as Jailhouse offers them to a cell. What concerns another CPU of the cell goes on to
 * QEMU's PSCI, which knows what is on and off.
 */
#include "monitor.h"

#define OWNER(function)		((function) >> 24 & 0x3f)
#define OWNER_ARCH		0
#define OWNER_SIP		2
#define OWNER_STANDARD		4

#define SMCCC_VERSION		0x80000000
#define SMCCC_ARCH_FEATURES	0x80000001
#define VERSION_1_1		0x10001

#define PSCI_VERSION		0x84000000
#define PSCI_CPU_SUSPEND_32	0x84000001
#define PSCI_CPU_SUSPEND	0xc4000001
#define PSCI_CPU_ON_32		0x84000003
#define PSCI_AFFINITY_INFO_32	0x84000004
#define PSCI_AFFINITY_INFO	0xc4000004
#define PSCI_SYSTEM_OFF		0x84000008
#define PSCI_FEATURES		0x8400000a

#define SUCCESS			0
#define NOT_SUPPORTED		(-1UL)
#define DENIED			(-3UL)

static struct cpu *cpu_by_mpidr(u64 mpidr)
{
	for (u32 n = 0; n < blob->num_cpus; n++)
		if (cpus[n].config->mpidr == mpidr)
			return &cpus[n];
	return NULL;
}

static u64 cpu_on(const u64 *argument)
{
	struct cpu *cpu = cpu_by_mpidr(argument[1]);

	if (!cpu)
		return DENIED;
	cpu->entry = argument[2];
	cpu->context = argument[3];
	return smc(PSCI_CPU_ON, qemu_affinity(cpu), (u64)secondary_start, (u64)cpu);
}

static u64 affinity_info(const u64 *argument)
{
	struct cpu *cpu = cpu_by_mpidr(argument[1]);

	return cpu ? smc(PSCI_AFFINITY_INFO, qemu_affinity(cpu), 0, 0) : DENIED;
}

static u64 psci_features(u32 function)
{
	switch (function) {
	case SMCCC_VERSION:
	case PSCI_VERSION:
	case PSCI_CPU_SUSPEND_32:
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_OFF:
	case PSCI_CPU_ON_32:
	case PSCI_CPU_ON:
	case PSCI_AFFINITY_INFO_32:
	case PSCI_AFFINITY_INFO:
	case PSCI_FEATURES:
		return SUCCESS;
	default:
		return NOT_SUPPORTED;
	}
}

static u64 psci(const u64 *argument)
{
	switch ((u32)argument[0]) {
	case PSCI_VERSION:
		return VERSION_1_1;
	case PSCI_CPU_SUSPEND_32:
	case PSCI_CPU_SUSPEND:
		/* A suspended CPU may wake at once. */
		return SUCCESS;
	case PSCI_CPU_OFF:
		return smc(PSCI_CPU_OFF, 0, 0, 0);
	case PSCI_CPU_ON_32:
	case PSCI_CPU_ON:
		return cpu_on(argument);
	case PSCI_AFFINITY_INFO_32:
	case PSCI_AFFINITY_INFO:
		return affinity_info(argument);
	case PSCI_FEATURES:
		return psci_features(argument[1]);
	default:
		return NOT_SUPPORTED;
	}
}

/* Workarounds for errata are the firmware's, and QEMU has none. */
static u64 smccc_features(u32 function)
{
	return function == SMCCC_VERSION || function == SMCCC_ARCH_FEATURES ? SUCCESS : NOT_SUPPORTED;
}

/* 0: nobody answers this call. */
int handle_smc(struct registers *regs)
{
	u32 function = regs->x[0];

	switch (OWNER(function)) {
	case OWNER_ARCH:
		if (function == SMCCC_VERSION) {
			regs->x[0] = VERSION_1_1;
			return 1;
		}
		if (function == SMCCC_ARCH_FEATURES) {
			regs->x[0] = smccc_features(regs->x[1]);
			return 1;
		}
		print("Unhandled SMC arch trap %x\n", function);
		return 0;
	case OWNER_SIP:
		regs->x[0] = NOT_SUPPORTED;
		return 1;
	case OWNER_STANDARD:
		regs->x[0] = psci(regs->x);
		return 1;
	default:
		return 0;
	}
}

_Noreturn void power_off(void)
{
	close_console();
	for (;;)
		smc(PSCI_SYSTEM_OFF, 0, 0, 0);
}
