/* CPUID: QEMU's own answers, but for what tells the guest that it runs under Jailhouse. */
#include "box.h"

#define LEAF_1_ECX_VMX		(1u << 5)
#define LEAF_1_ECX_X2APIC	(1u << 21)
#define LEAF_1_ECX_OSXSAVE	(1u << 27)
#define LEAF_1_ECX_HYPERVISOR	(1u << 31)
#define EXTENDED_1_ECX_SVM	(1u << 2)
#define EXTENDED_1_EDX_GB_PAGES	(1u << 26)

#define CR4_OSXSAVE		(1ul << 18)

void exit_cpuid(struct cpu *cpu)
{
	uint32_t leaf = cpu->vmcb->rax;
	uint32_t eax, ebx, ecx, edx;

	asm volatile("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx)
		     : "a"(leaf), "c"((uint32_t)cpu->registers[RCX]));
	switch (leaf) {
	case 1:
		ecx &= ~(LEAF_1_ECX_VMX | LEAF_1_ECX_OSXSAVE);
		ecx |= LEAF_1_ECX_HYPERVISOR;
		/* It mirrors CR4, which is the monitor's at this moment. */
		if (cpu->vmcb->cr4 & CR4_OSXSAVE)
			ecx |= LEAF_1_ECX_OSXSAVE;
		if (blob->flags & BOX_X2APIC)
			ecx |= LEAF_1_ECX_X2APIC;
		break;
	case 0x40000000:
		eax = 0x40000001;
		ebx = 0x6c69614a;	/* "Jail" */
		ecx = 0x73756f68;	/* "hous" */
		edx = 0x65;		/* "e" */
		break;
	case 0x40000001:
		eax = ebx = ecx = edx = 0;
		break;
	case 0x80000001:
		ecx &= ~EXTENDED_1_ECX_SVM;
		/* On for the sake of the monitor's own page tables. */
		edx &= ~EXTENDED_1_EDX_GB_PAGES;
		break;
	}
	cpu->vmcb->rax = eax;
	cpu->registers[RBX] = ebx;
	cpu->registers[RCX] = ecx;
	cpu->registers[RDX] = edx;
	skip_instruction(cpu, 2);
}
