/* The model-specific registers that exit: permissions.c says which. */
#include "box.h"

#define MSR_APIC_BASE		0x1b
#define MSR_PAT			0x277
#define MSR_MTRR_DEF_TYPE	0x2ff
#define MSR_X2APIC_FIRST	0x800
#define MSR_X2APIC_LAST		0x83f

#define APIC_BASE_X2APIC	(1ul << 10)
#define MTRR_ENABLE		(1ul << 11)

static bool is_x2apic(uint32_t msr)
{
	return blob->flags & BOX_X2APIC && msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST;
}

static void give(struct cpu *cpu, uint64_t value)
{
	cpu->vmcb->rax = (uint32_t)value;
	cpu->registers[RDX] = value >> 32;
}

static void read(struct cpu *cpu, uint32_t msr)
{
	if (msr == MSR_PAT) {
		give(cpu, cpu->pat);
	} else if (msr == MSR_APIC_BASE) {
		give(cpu, read_msr(msr) | APIC_BASE_X2APIC);
	} else if (is_x2apic(msr)) {
		give(cpu, read_x2apic(cpu, msr));
	} else {
		print("FATAL: Unhandled MSR read: %x\n", msr);
		park(cpu);
	}
}

/* Each byte is a memory type; 2, 3 and 8 up are reserved. */
static bool is_valid_pat(uint64_t pat)
{
	for (unsigned int shift = 0; shift < 64; shift += 8) {
		uint8_t type = pat >> shift;

		if (type == 2 || type == 3 || type > 7)
			return false;
	}
	return true;
}

static void write_pat(struct cpu *cpu, uint64_t value)
{
	if (!is_valid_pat(value)) {
		print("FATAL: Invalid PAT value: %lx\n", value);
		park(cpu);
	}
	cpu->pat = value;
	/* 0, uncached, while the guest's MTRRs are off. */
	if (cpu->vmcb->pat)
		cpu->vmcb->pat = value;
}

static void write_efer(struct cpu *cpu, uint64_t value)
{
	struct vmcb *vmcb = cpu->vmcb;

	cpu->syscall_wanted = value & EFER_SCE;
	if (!cpu->syscall_seen)
		value &= ~EFER_SCE;
	vmcb->efer = (value & ~EFER_LMA) | (vmcb->efer & EFER_LMA) | EFER_SVME;
	vmcb->flush_tlb = 1;
}

static void write(struct cpu *cpu, uint32_t msr, uint64_t value)
{
	if (msr == MSR_PAT) {
		write_pat(cpu, value);
	} else if (msr == MSR_MTRR_DEF_TYPE) {
		cpu->vmcb->pat = value & MTRR_ENABLE ? cpu->pat : 0;
	} else if (msr == MSR_EFER) {
		write_efer(cpu, value);
	} else if (is_x2apic(msr)) {
		if (!write_x2apic(cpu, msr, value))
			park(cpu);
	} else {
		print("FATAL: Unhandled MSR write: %x\n", msr);
		park(cpu);
	}
}

void exit_msr(struct cpu *cpu)
{
	uint32_t msr = cpu->registers[RCX];

	if (cpu->vmcb->exit_info_1)
		write(cpu, msr, (uint32_t)cpu->vmcb->rax | cpu->registers[RDX] << 32);
	else
		read(cpu, msr);
	skip_instruction(cpu, 2);
}
