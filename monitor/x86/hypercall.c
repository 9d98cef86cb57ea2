/* VMMCALL: what a cell that is not the root may ask of Jailhouse. */
#include "box.h"

#define ERROR_NOT_PERMITTED	(-1)	/* EPERM */
#define ERROR_UNKNOWN		(-38)	/* ENOSYS */

enum { LAST_OF_ROOT = 4, LAST_OF_QUERIES = 7, PUT_CHARACTER = 8 };

void exit_hypercall(struct cpu *cpu)
{
	struct vmcb *vmcb = cpu->vmcb;
	uint32_t call = vmcb->rax;
	int64_t result = 0;

	if (call <= LAST_OF_ROOT) {
		result = ERROR_NOT_PERMITTED;
	} else if (call == PUT_CHARACTER) {
		if (blob->comm_flags & BOX_COMM_PUTC)
			print_character(cpu->registers[RDI]);
		else
			result = ERROR_NOT_PERMITTED;
	} else if (call > LAST_OF_QUERIES) {
		print("CPU %d: Unknown hypercall %d, RIP: 0x%016lx\n", cpu->id, call, vmcb->rip);
		result = ERROR_UNKNOWN;
	}
	vmcb->rax = result;
	skip_instruction(cpu, 3);
}
