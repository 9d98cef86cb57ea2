/* A CPU of the cell: its state when it starts, and what brings it back to the monitor. */
#include "box.h"

/* behind 0x0f */
#define SYSCALL			0x05
#define SYSRET			0x07

#define CR4_OF_MONITOR		0x220ul		/* PAE OSFXSR, as in start.S */
#define CR4_OF_TRANSLATION	0x300090ul	/* PSE PGE SMEP SMAP */

uint64_t get_register(const struct cpu *cpu, unsigned int number)
{
	if (number == RAX)
		return cpu->vmcb->rax;
	if (number == RSP)
		return cpu->vmcb->rsp;
	return cpu->registers[number];
}

void set_register(struct cpu *cpu, unsigned int number, uint64_t value)
{
	if (number == RAX)
		cpu->vmcb->rax = value;
	else if (number == RSP)
		cpu->vmcb->rsp = value;
	else
		cpu->registers[number] = value;
}

static void set_up_intercepts(struct vmcb *vmcb)
{
	/* Interrupts and HLT need none: interrupts go to the guest as they come. */
	vmcb->intercept_exceptions = INTERCEPT_UD;
	vmcb->intercept_3 = INTERCEPT_NMI | INTERCEPT_CPUID | INTERCEPT_IO | INTERCEPT_MSR | INTERCEPT_SHUTDOWN;
	vmcb->intercept_4 = INTERCEPT_SVM;
	vmcb->io_permissions = (uint64_t)io_permissions;
	vmcb->msr_permissions = (uint64_t)msr_permissions;
	vmcb->address_space = 1;
	vmcb->nested_paging = 1;
}

/* Real mode at `start`, as after INIT and SIPI. Jailhouse starts all CPUs of a cell so. */
void reset_guest(struct cpu *cpu, uint64_t start)
{
	static const struct segment data = { .attributes = 0x93, .limit = 0xffff };
	static const struct segment table = { .limit = 0xffff };
	struct vmcb *vmcb = cpu->vmcb;
	uint64_t nested_cr3 = vmcb->nested_cr3;

	memset(vmcb, 0, sizeof(*vmcb));
	vmcb->nested_cr3 = nested_cr3;
	set_up_intercepts(vmcb);
	vmcb->flush_tlb = 1;

	vmcb->cs = (struct segment){
		.selector = start >> 4 & 0xf000,
		.attributes = 0x9b,
		.limit = 0xffff,
		.base = start & ~0xfffful,
	};
	vmcb->rip = start & 0xffff;
	vmcb->ds = vmcb->es = vmcb->fs = vmcb->gs = vmcb->ss = data;
	vmcb->ldtr = (struct segment){ .attributes = 0x82, .limit = 0xffff };
	vmcb->tr = (struct segment){ .attributes = 0x8b, .limit = 0xffff };
	vmcb->gdtr = vmcb->idtr = table;
	vmcb->cr0 = 0x60000010;
	vmcb->rflags = 2;
	vmcb->dr6 = 0xffff0ff0;
	vmcb->dr7 = 0x400;
	vmcb->efer = EFER_SVME;

	memset(cpu->registers, 0, sizeof(cpu->registers));
	cpu->syscall_wanted = cpu->syscall_seen = false;
	cpu->pat = 0x0007040600070406;
	/* FS, GS, TR, LDTR, the system call registers: VMRUN leaves them alone. */
	asm volatile("vmload" : : "a"(vmcb));
}

/* The instruction at RIP is SYSCALL, or SYSRET with or without REX.W. */
static bool is_system_call(const struct cpu *cpu, uint8_t opcode)
{
	uint8_t first, second;
	unsigned int at = 0;

	if (!fetch_code(cpu, at, &first))
		return false;
	if (first == 0x48 && !fetch_code(cpu, ++at, &first))
		return false;
	return first == 0x0f && fetch_code(cpu, at + 1, &second) && second == opcode;
}

/*
 * System calls are off in the VMCB until this CPU meets the first one: its #UD shows that user space runs, also to
 * who has no console. A task that entered the kernel on another CPU may leave it here, by SYSRET. Any other #UD is
 * the guest's own.
 */
static void exit_undefined_opcode(struct cpu *cpu)
{
	static bool told;
	struct vmcb *vmcb = cpu->vmcb;
	bool from_user = vmcb->cpl == 3;

	if (!cpu->syscall_wanted || cpu->syscall_seen || !is_system_call(cpu, from_user ? SYSCALL : SYSRET)) {
		vmcb->event_injection = INJECT_UD;
		return;
	}
	cpu->syscall_seen = true;
	vmcb->efer |= EFER_SCE;
	if (from_user && !__atomic_exchange_n(&told, true, __ATOMIC_RELAXED))
		print("box: user space on CPU %d, system call %d\n", cpu->id, (int)vmcb->rax);
}

static void exit_other(struct cpu *cpu)
{
	const struct vmcb *vmcb = cpu->vmcb;

	if (vmcb->exit_code == EXIT_INVALID)
		print("FATAL: VM-Entry failure\n");
	else
		print("FATAL: Unexpected #VMEXIT, exitcode %lx, exitinfo1 0x%016lx exitinfo2 0x%016lx\n",
		      vmcb->exit_code, vmcb->exit_info_1, vmcb->exit_info_2);
	park(cpu);
}

/*
 * QEMU's TCG forgets all translations whenever VMRUN or an exit changes one of these bits. So the monitor runs with
 * the guest's: that saves a fifth of the time of a boot, most of which is Linux' search of the PCI bus.
 */
static void take_over_cr4(struct cpu *cpu)
{
	uint64_t wanted = CR4_OF_MONITOR | (cpu->vmcb->cr4 & CR4_OF_TRANSLATION);

	if (wanted == cpu->monitor_cr4)
		return;
	cpu->monitor_cr4 = wanted;
	asm volatile("mov %0, %%cr4" : : "r"(wanted));
}

void run_guest(struct cpu *cpu)
{
	struct vmcb *vmcb = cpu->vmcb;

	for (;;) {
		take_over_cr4(cpu);
		enter_guest(cpu);
		vmcb->flush_tlb = 0;
		vmcb->event_injection = 0;
		switch (vmcb->exit_code) {
		case EXIT_NESTED_PAGE_FAULT:
			exit_nested_page_fault(cpu);
			break;
		case EXIT_IO:
			exit_io(cpu);
			break;
		case EXIT_MSR:
			exit_msr(cpu);
			break;
		case EXIT_CPUID:
			exit_cpuid(cpu);
			break;
		case EXIT_NMI:
			take_events(cpu);
			break;
		case EXIT_HYPERCALL:
			exit_hypercall(cpu);
			break;
		case EXIT_EXCEPTION_UD:
			exit_undefined_opcode(cpu);
			break;
		default:
			exit_other(cpu);
		}
	}
}
