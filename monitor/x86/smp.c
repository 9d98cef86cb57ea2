/*
 * INIT and SIPI between the CPUs of the cell. The sender leaves a note and sends an NMI; the target exits, or wakes,
 * and does what the note says.
 */
#include "box.h"

static int notes;

static void wake(const struct cpu *target)
{
	write_apic_register(0x31, target->id << 24);
	write_apic_register(0x30, 0x400);	/* NMI */
}

void send_init(struct cpu *target)
{
	lock(&notes);
	target->init = true;
	target->sipi = false;
	unlock(&notes);
	wake(target);
}

void send_sipi(struct cpu *target, uint8_t vector)
{
	lock(&notes);
	/* As hardware: only the first one after INIT counts. */
	if ((target->init || target->waits_for_sipi) && !target->sipi) {
		target->sipi = true;
		target->sipi_vector = vector;
	}
	unlock(&notes);
	wake(target);
}

void wait_for_sipi(struct cpu *cpu)
{
	uint8_t vector;

	for (;;) {
		lock(&notes);
		cpu->init = false;
		if (cpu->sipi)
			break;
		unlock(&notes);
		wait_for_nmi();
	}
	cpu->sipi = false;
	cpu->waits_for_sipi = false;
	vector = cpu->sipi_vector;
	unlock(&notes);

	print("CPU %d received SIPI, vector %x\n", cpu->id, vector);
	reset_guest(cpu, (uint64_t)vector << 12);
	cpu->vmcb->cs.selector = vector << 8;
	cpu->vmcb->cs.base = (uint64_t)vector << 12;
	cpu->vmcb->rip = 0;
}

void take_events(struct cpu *cpu)
{
	bool init;

	take_nmi();
	lock(&notes);
	init = cpu->init;
	if (init)
		cpu->waits_for_sipi = true;
	unlock(&notes);
	if (init) {
		reset_apic();
		wait_for_sipi(cpu);
	}
}
